"""Fewer partitions."""

from __future__ import annotations

from pyspark.sql import SparkSession

from functions.control.coalesce import coalesce
from functions.workspace import Lines, Rows
from tests.functions.conftest import dicts_of


def test_rows_stand_in_fewer_partitions(spark: SparkSession):
    given = Rows(spark.range(0, 100, 1, 8).toDF("id"))
    found = coalesce.call(given, 3)
    assert found.frame.rdd.getNumPartitions() == 3
    assert sorted(row["id"] for row in dicts_of(found)) == list(range(100))
    assert coalesce.call(given, 50).frame.rdd.getNumPartitions() == 8


def test_lines_stay_lines(spark: SparkSession):
    assert isinstance(coalesce.call(Lines(spark.createDataFrame([], "value string")), 1), Lines)
