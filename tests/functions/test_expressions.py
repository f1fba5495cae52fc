"""What is written from the checked tree means to Spark what the text meant that came in.

Spark looks at all expressions of a kind at once, as they came in and as they were written, and works them out in one
action; the tests then look at one expression each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from functions.expressions import known_functions as known
from functions.expressions.admission import Kind, admit, columns_of
from functions.expressions.queries import rename_tables, tables_of
from tests.expressions.benign import AGGREGATES, COLUMNS, QUERIES, ROWS, SCALARS, WINDOWS


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    made = spark.sql(ROWS)
    assert made.columns == COLUMNS
    made.createOrReplaceTempView("frame")
    made.createOrReplaceTempView("other")
    return made


@dataclass(frozen=True)
class Compared:
    """An expression as it came in, and as it was written: types and values of each, or why Spark refused both."""

    given: Any = None
    written: Any = None
    error: PySparkException | None = None

    def check(self) -> None:
        if self.error is not None:
            raise self.error
        assert self.written == self.given


def compared(texts: Sequence[str], kind: Kind, select: Callable[[list[Column]], DataFrame]) -> Mapping[str, Compared]:
    """What each text gives, in one action; where Spark refuses some, those are looked for."""
    columns = [
        F.expr(text).alias(f"{place}:{form}")
        for place, given in enumerate(texts)
        for form, text in (("given", given), ("written", admit(given, kind)))
    ]
    try:
        found = select(columns)
        kinds, rows = [field.dataType for field in found.schema], found.collect()
    except PySparkException as error:
        if len(texts) == 1:
            return {texts[0]: Compared(error=error)}
        half = len(texts) // 2
        return {**compared(texts[:half], kind, select), **compared(texts[half:], kind, select)}
    assert rows
    # Values as text, since NaN is not equal to itself.
    seen = [(kind_of, [repr(_plain(row[place])) for row in rows]) for place, kind_of in enumerate(kinds)]
    return {text: Compared(seen[2 * place], seen[2 * place + 1]) for place, text in enumerate(texts)}


def _plain(value: Any) -> Any:
    return str(value) if type(value).__name__ == "VariantVal" else value


def seen(frame: DataFrame) -> tuple[Any, list[str]]:
    """Types and rows."""
    return [field.dataType for field in frame.schema], [repr(tuple(map(_plain, row))) for row in frame.collect()]


@pytest.fixture(scope="module")
def scalars(frame: DataFrame) -> Mapping[str, Compared]:
    return compared(SCALARS, Kind.EXPRESSION, lambda columns: frame.select(*columns))


@pytest.fixture(scope="module")
def aggregates(frame: DataFrame) -> Mapping[str, Compared]:
    one = frame.coalesce(1)
    # Spark 4.2 does not plan `listagg` beside an aggregate of distinct values.
    batches = [[text for text in AGGREGATES if ("DISTINCT" in text) is is_distinct] for is_distinct in (True, False)]
    found = [compared(batch, Kind.AGGREGATE, lambda columns: one.agg(*columns)) for batch in batches]
    return {**found[0], **found[1]}


@pytest.fixture(scope="module")
def windows(frame: DataFrame) -> Mapping[str, Compared]:
    return compared(WINDOWS, Kind.WINDOW, lambda columns: frame.select(*columns))


@pytest.mark.parametrize("text", SCALARS)
def test_an_admitted_expression_means_the_same(scalars: Mapping[str, Compared], text: str) -> None:
    scalars[text].check()
    assert columns_of(admit(text, Kind.EXPRESSION)) <= set(COLUMNS)


@pytest.mark.parametrize("text", AGGREGATES)
def test_an_admitted_aggregate_means_the_same(aggregates: Mapping[str, Compared], text: str) -> None:
    aggregates[text].check()


@pytest.mark.parametrize("text", WINDOWS)
def test_an_admitted_window_expression_means_the_same(windows: Mapping[str, Compared], text: str) -> None:
    windows[text].check()


@pytest.mark.parametrize("text", QUERIES)
def test_an_admitted_query_means_the_same(spark: SparkSession, frame: DataFrame, text: str) -> None:
    admitted = admit(text, Kind.QUERY)
    expected = spark.sql(text)
    check_same(spark.sql(admitted), expected)
    assert tables_of(admitted) <= {"frame", "other"}
    frame.createOrReplaceTempView("v_1")
    check_same(spark.sql(rename_tables(admitted, {"frame": "v_1", "other": "v_1"})), expected)


def check_same(one: DataFrame, other: DataFrame) -> None:
    """Plans that are equal give the same rows; of others the rows are compared."""
    assert one.sameSemantics(other) or seen(one) == seen(other)


def test_spark_knows_every_function_that_is_allowed(spark: SparkSession) -> None:
    # Two are words of Spark's grammar.
    there = {row.function for row in spark.sql("SHOW SYSTEM FUNCTIONS").collect()} | {"timestampadd", "timestampdiff"}
    allowed = known.SCALAR_NAMES | known.AGGREGATE_NAMES | known.WINDOW_NAMES | known.GENERATOR_NAMES
    assert allowed - there == set()


def test_what_spark_refuses_is_told_of_its_own_case_alone(frame: DataFrame) -> None:
    texts = ["n + 1", "id / 0", "upper(name)", "n + upper(xs)"]
    found = compared(texts, Kind.EXPRESSION, lambda columns: frame.select(*columns))
    assert [text for text in texts if found[text].error is not None] == ["id / 0", "n + upper(xs)"]
    found["n + 1"].check()
    with pytest.raises(PySparkException, match="Division by zero"):
        found["id / 0"].check()


def test_an_expression_that_means_something_else_is_told() -> None:
    with pytest.raises(AssertionError):
        Compared(("int", ["1"]), ("int", ["2"])).check()
