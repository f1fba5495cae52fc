"""Whole lists of steps, checked against the catalog and run as a job would run them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from functions.batches import Batches
from functions.catalog import Catalog, Function
from functions.check import Flow
from functions.kept import KeptFrames
from functions.records.rejects import Rejects
from functions.storage.roots import Roots
from functions.storage.s3 import S3
from functions.storage.s3_access import Access
from functions.storage.s3_output import Uploads
from functions.storage.staging import Staging
from functions.storage.storage import Storage
from functions.workspace import Dataset, Frame, Tables, Workspace
from spark_runner.executor import execute

PROJECT = Path(__file__).parents[2]
#: Their examples need a batch, a webhook or a bucket; tests of their own run them against real ones.
ELSEWHERE = {"load_batch", "map_webhook", "upload_tables"}


class Steps:
    """Runs steps over copies of the examples' files, in a folder of its own."""

    def __init__(self, catalog: Catalog, spark: SparkSession, folder: Path) -> None:
        shutil.copytree(PROJECT / "examples", folder / "examples", ignore=shutil.ignore_patterns("jobs"))
        shutil.copy(PROJECT / "README.md", folder)
        self.folder = folder
        self.roots = Roots.of(folder, ["README.md", "examples"], ["data"])
        self.rejects = Rejects()
        self.staging: Staging
        self._catalog = catalog
        self._spark = spark
        self._runs = 0
        self._kept = KeptFrames()

    def run(self, steps: list[Any]) -> Workspace:
        """What the steps give; nothing but plans."""
        calls = self._catalog.check(steps, Flow(self.roots))
        self._runs += 1
        attempt = self.folder / f"attempt-{self._runs}"
        attempt.mkdir()
        self.rejects = Rejects()
        self.staging = Staging(self.roots, f"job-{self._runs}", "1-nonce", attempt, lambda: None)
        collaborators = {
            Storage: Storage(self._spark, self.roots, self.staging, S3(Access()), Uploads(Access(), "job", 1)),
            Rejects: self.rejects,
            KeptFrames: self._kept,
            SparkSession: self._spark,
            Batches: None,
        }
        return execute(calls, collaborators, lambda _call, _workspace: None)

    def outcome(self, item: Function, steps: list[Any]) -> tuple[list[str], list[DataFrame]]:
        """The columns, with their types, and the frames that a function gives as the last of some steps."""
        workspace = self.run(steps)
        if item.gives is None:
            assert self.staging.outputs
            return [], []
        if issubclass(item.gives, Tables):
            assert workspace.tables is not None
            frames = [workspace.tables.rows(name, argument="name").frame for name in workspace.tables.tables]
        elif issubclass(item.gives, Dataset):
            assert workspace.dataset is not None
            frames = [workspace.dataset.rows]
        else:
            assert issubclass(item.gives, Frame)
            assert workspace.frame is not None
            frames = [workspace.frame.frame]
        return [f"{field.name}: {field.dataType.simpleString()}" for frame in frames for field in frame.schema], frames

    def release(self) -> None:
        """Lets go of what steps kept."""
        self._kept.release()
