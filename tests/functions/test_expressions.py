"""What is written from the checked tree means to Spark what the text meant that came in."""

from __future__ import annotations

from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from functions.expressions import known_functions as known
from functions.expressions.admission import Kind, admit, columns_of
from functions.expressions.queries import rename_tables, tables_of
from tests.benign_expressions import AGGREGATES, COLUMNS, QUERIES, ROWS, SCALARS, WINDOWS


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    made = spark.sql(ROWS)
    assert made.columns == COLUMNS
    made.createOrReplaceTempView("frame")
    made.createOrReplaceTempView("other")
    return made


def seen(frame: DataFrame) -> tuple[Any, list[str]]:
    """Types and rows; text of rows, since NaN is not equal to itself."""
    return [field.dataType for field in frame.schema], [repr(tuple(map(_plain, row))) for row in frame.collect()]


def _plain(value: Any) -> Any:
    return str(value) if type(value).__name__ == "VariantVal" else value


@pytest.mark.parametrize("text", SCALARS)
def test_an_admitted_expression_means_the_same(frame: DataFrame, text: str) -> None:
    assert seen(frame.select(F.expr(admit(text, Kind.EXPRESSION)))) == seen(frame.select(F.expr(text)))
    assert columns_of(admit(text, Kind.EXPRESSION)) <= set(COLUMNS)


@pytest.mark.parametrize("text", AGGREGATES)
def test_an_admitted_aggregate_means_the_same(frame: DataFrame, text: str) -> None:
    one = frame.coalesce(1)
    assert seen(one.agg(F.expr(admit(text, Kind.AGGREGATE)))) == seen(one.agg(F.expr(text)))


@pytest.mark.parametrize("text", WINDOWS)
def test_an_admitted_window_expression_means_the_same(frame: DataFrame, text: str) -> None:
    assert seen(frame.select(F.expr(admit(text, Kind.WINDOW)))) == seen(frame.select(F.expr(text)))


@pytest.mark.parametrize("text", QUERIES)
def test_an_admitted_query_means_the_same(spark: SparkSession, frame: DataFrame, text: str) -> None:
    admitted = admit(text, Kind.QUERY)
    expected = seen(spark.sql(text))
    assert seen(spark.sql(admitted)) == expected
    assert tables_of(admitted) <= {"frame", "other"}
    frame.createOrReplaceTempView("v_1")
    assert seen(spark.sql(rename_tables(admitted, {"frame": "v_1", "other": "v_1"}))) == expected


def test_spark_knows_every_function_that_is_allowed(spark: SparkSession) -> None:
    # Two are words of Spark's grammar.
    there = {row.function for row in spark.sql("SHOW SYSTEM FUNCTIONS").collect()} | {"timestampadd", "timestampdiff"}
    allowed = known.SCALAR_NAMES | known.AGGREGATE_NAMES | known.WINDOW_NAMES | known.GENERATOR_NAMES
    assert allowed - there == set()
