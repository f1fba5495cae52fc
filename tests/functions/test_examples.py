"""Every example in the catalog runs as it stands."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from functions.batches import Batches
from functions.catalog import Function, load
from functions.check import Flow
from functions.kept import KeptFrames
from functions.rejects import Rejects
from functions.storage.roots import Roots
from functions.storage.s3 import S3
from functions.storage.s3_access import Access
from functions.storage.s3_output import Uploads
from functions.storage.staging import Staging
from functions.storage.storage import Storage
from functions.workspace import Dataset, Frame, Tables
from spark_runner.executor import execute

PROJECT = Path(__file__).parents[2]
#: They need a batch, a webhook or a bucket; tests of their own run them against real ones.
ELSEWHERE = {"load_batch", "map_webhook", "upload_tables"}


@pytest.mark.parametrize("item", [item for item in load() if item.name not in ELSEWHERE], ids=lambda item: item.name)
def test_the_example_runs(item: Function, spark: SparkSession, tmp_path: Path):
    shutil.copytree(PROJECT / "examples", tmp_path / "examples")
    shutil.copy(PROJECT / "README.md", tmp_path)
    (tmp_path / "attempt").mkdir()
    roots = Roots.of(tmp_path, ["README.md", "examples"], ["data"])
    staging = Staging(roots, "job", "1-nonce", tmp_path / "attempt", lambda: None)
    kept = KeptFrames()
    collaborators = {
        Storage: Storage(spark, roots, staging, S3(Access()), Uploads(Access(), "job", 1)),
        Rejects: Rejects(),
        KeptFrames: kept,
        SparkSession: spark,
        Batches: None,
    }
    calls = load().check(list(item.example_steps), Flow(roots))

    workspace = execute(calls, collaborators, lambda _call, _workspace: None)

    if item.gives is None:
        assert staging.outputs
    elif issubclass(item.gives, Dataset):
        assert workspace.dataset is not None
        workspace.dataset.rows.collect()
    elif issubclass(item.gives, Tables):
        assert workspace.tables is not None
        for name in workspace.tables.tables:
            workspace.tables.rows(name, argument="name").frame.collect()
    elif issubclass(item.gives, Frame):
        assert workspace.frame is not None
        assert workspace.frame.frame.collect()
    kept.release()
