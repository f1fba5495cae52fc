"""Some rows, by chance, as the job's result."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from pyspark.sql import SparkSession

from functions.results.sample_rows import sample_rows
from functions.workspace import Dataset, Lines, Rows
from tests.functions.conftest import MakeObjects


def values(dataset: Dataset) -> list[Any]:
    return [json.loads(row.row) for row in dataset.rows.collect()]


def test_exactly_so_many_rows_if_there_are_so_many(spark: SparkSession):
    given = Rows(spark.range(0, 1000, 1, 1).toDF("id"))
    first, again, other = (values(sample_rows.call(given, 10, seed)) for seed in (1, 1, 2))
    assert first == again != other
    assert len({row["id"] for row in first}) == 10
    assert values(sample_rows.call(given, 0)) == []
    assert len(values(sample_rows.call(given, 5000))) == 1000


def test_lines_and_objects(lines: Callable[..., Lines], objects: MakeObjects):
    assert values(sample_rows.call(lines(["é"]), 5)) == ["é"]
    assert values(sample_rows.call(objects([{"a": None}]), 5)) == [{"a": None}]
