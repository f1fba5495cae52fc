"""Cutting a plan short."""

from __future__ import annotations

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from functions.control.checkpoint import checkpoint
from functions.workspace import Lines, Rows
from tests.functions.conftest import MakeRows, dicts_of


def test_later_steps_see_the_same_rows(spark: SparkSession):
    found = checkpoint.call(Rows(spark.range(5).select(F.rand().alias("a.b"))))
    assert dicts_of(found) == dicts_of(found)
    assert found.columns == ["a.b"]


def test_the_plan_is_cut_short(spark: SparkSession, rows: MakeRows):
    given = rows("n int", (1,), (None,))
    long = given.frame
    for _ in range(30):
        long = long.withColumn("n", F.col("n") + 1)
    found = checkpoint.call(Rows(long))
    assert found.frame._jdf.queryExecution().logical().toString().count("+") < 3
    assert dicts_of(found) == [{"n": 31}, {"n": None}]
    assert isinstance(checkpoint.call(Lines(spark.createDataFrame([], "value string"))), Lines)
