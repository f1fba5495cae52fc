"""Rounded numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from functions.columns.round_column import round_column
from tests.functions.applied import applied, failure, refusals
from tests.functions.conftest import MakeRows, dicts_of


def test_a_missing_column_and_another_type_are_told(rows: MakeRows):
    assert failure(round_column, rows("price double"), "prcie")[1:] == ("columns", "did you mean `price`?")
    assert failure(round_column, rows("p string"), "p") == (
        "`p` is string; `round_column` takes numbers",
        "columns",
        "cast gives it another type",
    )


def test_bad_arguments_are_refused():
    assert refusals(round_column, "a", 39)[0][0] == "/2"
    assert refusals(round_column, "a", 1.5)[0][0] == "/2"
    assert refusals(round_column, "a", 1, "up")[0][0] == "/3"


@pytest.mark.parametrize(
    ("kind", "value", "places", "half_up", "half_even"),
    [
        ("double", 2.5, 0, 3.0, 2.0),
        ("double", -2.5, 0, -3.0, -2.0),
        ("double", 2.675, 2, 2.68, 2.68),
        ("double", 1250.0, -2, 1300.0, 1200.0),
        ("double", float("inf"), 2, float("inf"), float("inf")),
        ("float", 0.5, 0, 1.0, 0.0),
        ("decimal(4,3)", Decimal("9.995"), 2, Decimal("10.00"), Decimal("10.00")),
        ("decimal(5,2)", Decimal("2.50"), 0, Decimal(3), Decimal(2)),
        ("decimal(5,2)", Decimal("2.50"), 5, Decimal("2.50"), Decimal("2.50")),
        ("decimal(38,0)", Decimal("9" * 38), -1, None, None),
        ("decimal(38,0)", Decimal("9" * 37 + "4"), -1, Decimal("9" * 37 + "0"), Decimal("9" * 37 + "0")),
        ("decimal(38,0)", Decimal(25), -38, Decimal(0), Decimal(0)),
        ("int", 25, -1, 30, 20),
        ("int", 25, 3, 25, 25),
        ("tinyint", 127, -1, None, None),
        ("bigint", 2**63 - 1, -1, None, None),
        ("bigint", -(2**63), -1, None, None),
        ("bigint", 2**63 - 1, -38, 0, 0),
        ("double", None, 1, None, None),
    ],
)
def test_numbers_are_rounded(kind: str, value: Any, places: int, half_up: Any, half_even: Any, rows: MakeRows):
    given = rows(f"`a.b` {kind}", (value,))
    assert dicts_of(applied(round_column, given, "a.b", places)) == [{"a.b": half_up}]
    assert dicts_of(applied(round_column, given, "a.b", places, "half_even", "c")) == [{"a.b": value, "c": half_even}]


def test_types_stay_and_decimals_get_their_places(rows: MakeRows):
    given = rows("i int, x double, f float, p decimal(10,4), n bigint")
    found = applied(round_column, given, given.columns, 2)
    assert dict(found.frame.dtypes) == {"i": "int", "x": "double", "f": "float", "p": "decimal(9,2)", "n": "bigint"}
    assert dict(applied(round_column, given, ["i", "n"], -1).frame.dtypes)["n"] == "bigint"
    assert dicts_of(found) == []
