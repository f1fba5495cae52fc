"""Rows in order."""

from __future__ import annotations

import pytest

from functions.errors import StepFailed
from functions.ordering import Order
from functions.rows.sort import sort
from tests.functions.conftest import MakeRows, dicts_of


def test_columns_that_cannot_serve_are_told(rows: MakeRows):
    with pytest.raises(StepFailed) as caught:
        sort.call(rows("name string", ("a",)), ["nmae"])
    assert (caught.value.argument, caught.value.hint) == ("order_by", "did you mean `name`?")
    with pytest.raises(StepFailed, match="cannot be compared"):
        sort.call(rows("s struct<m: map<string, int>>"), ["s"])


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (["n"], [1, 2, float("inf"), None]),
        ([Order(column="n", order="desc")], [float("inf"), 2, 1, None]),
        ([Order(column="n", nulls="first")], [None, 1, 2, float("inf")]),
        ([Order(column="n", order="desc", nulls="first")], [None, float("inf"), 2, 1]),
    ],
)
def test_nulls_come_last_unless_said_otherwise(rows: MakeRows, order: list[str | Order], expected: list[float | None]):
    given = rows("n double", (2.0,), (None,), (float("inf"),), (1.0,))
    assert [row["n"] for row in dicts_of(sort.call(given, order))] == expected


def test_the_first_column_counts_most(rows: MakeRows):
    given = rows("`a.b` string, n int", ("é", 1), ("Z", 2), ("a", 3), ("Z", 1))
    found = dicts_of(sort.call(given, ["a.b", Order(column="n", order="desc")]))
    assert [tuple(row.values()) for row in found] == [("Z", 2), ("Z", 1), ("a", 3), ("é", 1)]
    assert dicts_of(sort.call(rows("n int"), ["n"])) == []
