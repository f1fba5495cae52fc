"""Rows chosen at random as the job's result."""

from __future__ import annotations

import json
from collections.abc import Callable

from pyspark.sql import SparkSession

from functions.results.sample_rows import sample_rows
from functions.workspace import Dataset, Lines, Rows
from tests.functions.conftest import MakeObjects, MakeRows


def values(found: Dataset) -> list[object]:
    return [json.loads(row.row) for row in found.rows.collect()]


def test_many_rows_are_not_fetched_at_once(rows: MakeRows):
    given = rows("id int", (1,))
    assert [sample_rows.call(given, amount).most for amount in (0, 1000, 1001)] == [0, 1000, None]


def test_so_many_rows_are_chosen_and_the_seed_settles_which(spark: SparkSession, rows: MakeRows):
    given = Rows(spark.range(0, 1000, 1, 3).toDF("id"))
    found = values(sample_rows.call(given, 10))
    assert len({json.dumps(value) for value in found}) == 10
    assert values(sample_rows.call(given, 10)) == found
    assert values(sample_rows.call(given, 10, 5)) != found
    assert len(values(sample_rows.call(given, 2000))) == 1000
    assert values(sample_rows.call(given, 0)) == []
    assert values(sample_rows.call(rows("id int"), 5)) == []


def test_every_row_is_as_likely_as_any_other(spark: SparkSession):
    given = Rows(spark.range(0, 20, 1, 3).toDF("id").selectExpr("id div 10 as tens"))
    tens = [value["tens"] for seed in range(40) for value in values(sample_rows.call(given, 5, seed))]
    assert 60 < sum(tens) < 140  # of 200 half; equal rows are rows of their own


def test_lines_and_objects(lines: Callable[..., Lines], objects: MakeObjects):
    assert values(sample_rows.call(lines(["é"]), 1)) == ["é"]
    assert sorted(map(str, values(sample_rows.call(objects([{"a": None}, []]), 9)))) == ["[]", "{'a': None}"]
