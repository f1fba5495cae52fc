"""Every example in the catalog runs as it stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from functions.catalog import Catalog, Function, load
from functions.workspace import Frame
from tests.functions.running_steps import ELSEWHERE, Steps


@pytest.mark.parametrize("item", [item for item in load() if item.name not in ELSEWHERE], ids=lambda item: item.name)
def test_the_example_runs(item: Function, catalog: Catalog, spark: SparkSession, tmp_path: Path):
    steps = Steps(catalog, spark, tmp_path)
    _, frames = steps.outcome(item, list(item.example_steps))
    rows = [frame.collect() for frame in frames]
    assert all(rows) or item.gives is None or not issubclass(item.gives, Frame)
    steps.release()
