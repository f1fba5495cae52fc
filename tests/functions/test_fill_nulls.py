"""Values in place of nulls."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from functions.columns.fill_nulls import fill_nulls
from tests.functions.applied import applied, failure, refusals
from tests.functions.conftest import MakeRows, dicts_of


def test_a_missing_column_is_told_with_a_near_name(rows: MakeRows):
    given = rows("age int")
    assert failure(fill_nulls, given, {"aeg": 0})[1:] == ("value", "did you mean `age`?")
    assert failure(fill_nulls, given, 0, ["aeg"])[1:] == ("columns", "did you mean `age`?")


@pytest.mark.parametrize(
    ("kind", "value", "told"),
    [
        ("int", "0", 'int, which cannot hold "0"'),
        ("int", 1.5, "int, which cannot hold 1.5"),
        ("tinyint", 300, "tinyint, which cannot hold 300"),
        ("int", True, "int, which cannot hold true"),
        ("double", True, "double, which cannot hold true"),
        ("string", 0, "string, which cannot hold 0"),
        ("boolean", 0, "boolean, which cannot hold 0"),
        ("decimal(4,2)", 100, "decimal(4,2), which cannot hold 100"),
        ("decimal(4,2)", 0.125, "decimal(4,2), which cannot hold 0.125"),
        ("date", "2023-02-29", 'date, which cannot hold "2023-02-29"'),
        ("timestamp", "noon", 'timestamp, which cannot hold "noon"'),
        ("timestamp_ntz", "2024-01-01T00:00:00Z", 'timestamp_ntz, which cannot hold "2024-01-01T00:00:00Z"'),
        ("array<int>", 1, "array<int>, which cannot hold 1"),
    ],
)
def test_a_value_that_the_type_cannot_hold_is_told(kind: str, value: object, told: str, rows: MakeRows):
    detail, argument, hint = failure(fill_nulls, rows(f"c {kind}"), {"c": value})
    assert (detail, argument) == (f"`c` is {told}", "value")
    assert hint


def test_a_value_that_no_column_can_hold_is_told(rows: MakeRows):
    assert failure(fill_nulls, rows("a int, d date"), "2024-01-01")[0] == 'no column can hold "2024-01-01"'
    assert failure(fill_nulls, rows("a int"), {"a": 1}, ["a"])[1] == "columns"


def test_values_that_are_none_are_refused():
    assert refusals(fill_nulls, None)
    assert refusals(fill_nulls, [1])
    assert refusals(fill_nulls, {"a": None})
    assert refusals(fill_nulls, {"a": {"b": 1}})


def test_each_column_gets_its_value(rows: MakeRows):
    schema = "`a.b` int, `c``d` string, x double, p decimal(4,2), b boolean, d date, t timestamp, n timestamp_ntz"
    fill = {"a.b": 7, "c`d": "größe", "x": 1, "p": 9.9, "b": False, "d": "2024-02-29", "t": "2024-01-01T01:00:00+01:00"}
    fill["n"] = "2024-01-01 02:00"
    found = applied(fill_nulls, rows(schema, (None,) * 8), fill)
    assert found.frame.dtypes == rows(schema).frame.dtypes
    assert dicts_of(found) == [
        {
            "a.b": 7,
            "c`d": "größe",
            "x": 1.0,
            "p": Decimal("9.90"),
            "b": False,
            "d": datetime.date(2024, 2, 29),
            "t": datetime.datetime(2024, 1, 1),  # noqa: DTZ001
            "n": datetime.datetime(2024, 1, 1, 2),  # noqa: DTZ001
        }
    ]


def test_one_value_goes_to_all_columns_that_can_hold_it(rows: MakeRows):
    given = rows("i int, s string, x double, d date, b boolean", (None, "", float("nan"), None, None), (None,) * 5)
    zero = dicts_of(applied(fill_nulls, given, 0))
    assert [(row["i"], row["s"], row["d"], row["b"]) for row in zero] == [(0, "", None, None), (0, None, None, None)]
    assert (str(zero[0]["x"]), zero[1]["x"]) == ("nan", 0.0)
    assert [row["s"] for row in dicts_of(applied(fill_nulls, given, "?"))] == ["", "?"]
    assert [row["b"] for row in dicts_of(applied(fill_nulls, given, True))] == [True, True]
    assert [row["d"] for row in dicts_of(applied(fill_nulls, given, "2024-01-01", "d"))] == [
        datetime.date(2024, 1, 1)
    ] * 2


def test_no_rows_stay_no_rows(rows: MakeRows):
    assert dicts_of(applied(fill_nulls, rows("a int"), 0)) == []
