"""Rows spread anew."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from functions.control.repartition import repartition
from functions.errors import StepFailed
from functions.workspace import Lines, Rows
from tests.functions.conftest import MakeObjects, MakeRows, dicts_of


def test_what_cannot_be_is_told(rows: MakeRows, objects: MakeObjects):
    for frame, arguments, argument in (
        (rows("n int"), (None, None), "number"),
        (rows("n int"), (None, ["m"]), "columns"),
        (rows("m map<string, int>"), (2, ["m"]), "columns"),
        (objects([{}]), (2, ["a"]), "columns"),
    ):
        with pytest.raises(StepFailed) as caught:
            repartition.call(frame, *arguments)
        assert caught.value.argument == argument


def test_rows_are_spread_evenly(spark: SparkSession):
    found = repartition.call(Rows(spark.range(0, 100, 1, 1).toDF("id")), 4)
    parts = found.frame.groupBy(F.spark_partition_id()).count().collect()
    assert [row["count"] for row in parts] == [25] * 4
    assert isinstance(repartition.call(Lines(spark.createDataFrame([], "value string")), 2), Lines)


def test_equal_rows_lie_together(rows: MakeRows):
    given = rows("`a.b` string, n int", *[(name, n) for n in range(20) for name in ("x", "y", None)])
    found = repartition.call(given, 3, ["a.b"])
    places = found.frame.select("`a.b`", F.spark_partition_id().alias("place")).distinct().collect()
    assert len(places) == 3
    assert len(dicts_of(repartition.call(given, None, ["a.b"]))) == 60
