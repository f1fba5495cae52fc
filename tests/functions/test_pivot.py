"""Values of a column as columns."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from functions.arguments.aggregates import Aggregation
from functions.errors import StepFailed
from functions.relations.pivot import pivot
from functions.workspace import Rows
from tests.functions.conftest import MakeRows, dicts_of

SCHEMA = "`c.d` string, year int, sold int, m map<string, int>"
VALUES = [("Recife", 2023, 5, None), ("Recife", 2024, 7, None), ("Recife", 2024, 1, None), (None, 2023, None, None)]
SUM = [Aggregation.model_validate({"function": "sum", "column": "sold"})]


@pytest.mark.parametrize(
    ("by", "column", "argument", "detail"),
    [
        (["c"], "year", "by", "no column `c`"),
        (["c.d"], "yaer", "column", "no column `yaer`"),
        (["year"], "year", "column", "makes the groups already"),
        (["c.d"], "m", "column", "`m` is map<string,int>; `pivot` makes columns of plain values"),
    ],
)
def test_columns_that_do_not_fit_are_told(rows: MakeRows, by: list[str], column: str, argument: str, detail: str):
    with pytest.raises(StepFailed) as caught:
        pivot.call(rows(SCHEMA, *VALUES), by, column, SUM)
    assert caught.value.argument == argument
    assert detail in caught.value.detail


def test_too_many_values_and_none_are_told(rows: MakeRows, spark: SparkSession):
    many = Rows(spark.range(1001).selectExpr("1 AS a", "id AS b", "id AS sold"))
    with pytest.raises(StepFailed, match="more than 1,000 values"):
        pivot.call(many, ["a"], "b", SUM)
    with pytest.raises(StepFailed, match="has no values"):
        pivot.call(rows(SCHEMA), ["c.d"], "year", SUM)


def test_values_become_columns(rows: MakeRows):
    expected = [{"c.d": "Recife", "2023": 5, "2024": 8}, {"c.d": None, "2023": None, "2024": None}]
    assert sorted(dicts_of(pivot.call(rows(SCHEMA, *VALUES), ["c.d"], "year", SUM)), key=str) == expected
    named = pivot.call(rows(SCHEMA, *VALUES), ["c.d"], "year", SUM, ["2024", "1999"])
    assert named.columns == ["c.d", "2024", "1999"]


def test_several_aggregates_are_named_for_both(rows: MakeRows):
    count = Aggregation.model_validate({"function": "count", "as": "n"})
    found = pivot.call(rows(SCHEMA, *VALUES), ["c.d"], "year", [*SUM, count], ["2024"])
    assert found.columns == ["c.d", "2024_sum_sold", "2024_n"]


def test_a_value_that_names_a_group_is_told(rows: MakeRows):
    with pytest.raises(StepFailed, match="two columns would be named `a`"):
        pivot.call(rows("a int, b string, sold int", (1, "a", 1)), ["a"], "b", SUM)


def test_values_stand_in_their_order_and_as_the_column_writes_them(rows: MakeRows):
    given = rows("a int, n int, x double, sold int", (1, 10, 1.0, 5), (1, 9, 2.5, 6))
    assert pivot.call(given, ["a"], "n", SUM).columns == ["a", "9", "10"]
    assert dicts_of(pivot.call(given, ["a"], "x", SUM, ["1"])) == [{"a": 1, "1.0": 5}]
    with pytest.raises(StepFailed, match="`two` is no value of `n`, which is int") as caught:
        pivot.call(given, ["a"], "n", SUM, ["two"])
    assert caught.value.argument == "values"
