"""Keeping rows at hand."""

from __future__ import annotations

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from functions.control.cache import cache
from functions.kept import KeptFrames
from functions.workspace import Lines, Rows
from tests.functions.conftest import dicts_of


def test_rows_are_worked_out_once_and_let_go_at_the_end(spark: SparkSession):
    kept = KeptFrames()
    found = cache.call(Rows(spark.range(5).select(F.rand().alias("x"))), kept=kept)
    assert dicts_of(found) == dicts_of(found)
    assert found.frame.storageLevel.useMemory
    assert found.frame.storageLevel.useDisk
    kept.release()
    assert not found.frame.storageLevel.useMemory


def test_lines_stay_lines(spark: SparkSession):
    kept = KeptFrames()
    assert isinstance(cache.call(Lines(spark.createDataFrame([], "value string")), kept=kept), Lines)
    kept.release()
