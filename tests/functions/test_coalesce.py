"""Fewer partitions."""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from functions.control.coalesce import coalesce
from functions.workspace import Frame, Lines, Objects, Rows
from tests.functions.conftest import MakeObjects, dicts_of, objects_of


def partitions(found: Frame) -> int:
    return found.frame.select(F.spark_partition_id().alias("id")).distinct().count()


def test_partitions_are_joined_and_never_made_more(spark: SparkSession):
    given = Rows(spark.range(0, 100, 1, 8).toDF("a.b"))
    assert partitions(coalesce.call(given, 3)) == 3
    assert partitions(coalesce.call(given, 50)) == 8
    assert [row["a.b"] for row in dicts_of(coalesce.call(given, 1))] == list(range(100))
    assert dicts_of(coalesce.call(Rows(spark.range(0).toDF("id")), 1)) == []


def test_lines_and_objects_stay_what_they_are(lines: Callable[..., Lines], objects: MakeObjects):
    assert isinstance(coalesce.call(lines(["a"]), 1), Lines)
    found = coalesce.call(objects([{"é": None}]), 1)
    assert isinstance(found, Objects)
    assert objects_of(found) == [{"é": None}]
