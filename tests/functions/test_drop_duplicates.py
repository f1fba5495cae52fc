"""One row of each kind."""

from __future__ import annotations

import pytest

from functions.errors import StepFailed
from functions.ordering import Order
from functions.rows.drop_duplicates import drop_duplicates
from tests.functions.conftest import MakeRows, dicts_of

SCHEMA = "`a.b` string, n int, m map<string, int>"
VALUES = [("x", 1, None), ("x", 2, None), ("x", None, None), (None, 5, None), (None, 4, None)]


@pytest.mark.parametrize(
    ("columns", "order", "argument", "detail"),
    [
        (["a"], None, "columns", "no column `a` (columns here: `a.b`, `m`, `n`)"),
        (["a.b"], ["N"], "order_by", "no column `N`"),
        (["m"], None, "columns", "cannot be compared"),
        (None, None, "columns", "cannot be compared"),
    ],
)
def test_columns_that_cannot_serve_are_told(
    rows: MakeRows, columns: list[str], order: list[str], argument: str, detail: str
):
    with pytest.raises(StepFailed) as caught:
        drop_duplicates.call(rows(SCHEMA, *VALUES), columns, order)
    assert caught.value.argument == argument
    assert detail in caught.value.detail


def test_the_first_in_an_order_is_kept(rows: MakeRows):
    def kept(*order: str | Order) -> list[int | None]:
        found = drop_duplicates.call(rows(SCHEMA, *VALUES), ["a.b"], list(order))
        return sorted((row["n"] for row in dicts_of(found)), key=str)

    assert kept("n") == [1, 4]
    assert kept(Order(column="n", order="desc")) == [2, 5]
    assert kept(Order(column="n", nulls="first")) == [4, None]


def test_any_row_of_a_kind_is_kept(rows: MakeRows):
    assert len(dicts_of(drop_duplicates.call(rows(SCHEMA, *VALUES), ["a.b"]))) == 2
    assert len(dicts_of(drop_duplicates.call(rows("`q``r` int", (1,), (1,), (None,))))) == 2
    assert dicts_of(drop_duplicates.call(rows("n int"), ["n"], ["n"])) == []
