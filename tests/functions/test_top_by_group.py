"""The first rows of each group."""

from __future__ import annotations

import pytest

from functions.errors import StepFailed
from functions.ordering import Order
from functions.rows.top_by_group import top_by_group
from tests.functions.conftest import MakeRows, dicts_of

SCHEMA = "`c.d` string, n int"
VALUES = [("Recife", 5), ("Recife", 7), ("Recife", 7), ("Recife", None), (None, 1), (None, 2), ("Olinda", None)]


def test_columns_that_are_not_there_are_told(rows: MakeRows):
    for by, order, argument in ((["c"], ["n"], "by"), (["c.d"], ["m"], "order_by")):
        with pytest.raises(StepFailed) as caught:
            top_by_group.call(rows(SCHEMA, *VALUES), by, order)
        assert caught.value.argument == argument


@pytest.mark.parametrize(
    ("amount", "ties", "expected"),
    [
        (1, False, [("None", 2), ("Olinda", None), ("Recife", 7)]),
        (1, True, [("None", 2), ("Olinda", None), ("Recife", 7), ("Recife", 7)]),
        (3, False, [("None", 1), ("None", 2), ("Olinda", None), ("Recife", 5), ("Recife", 7), ("Recife", 7)]),
    ],
)
def test_the_first_of_each_group_are_kept(
    rows: MakeRows, amount: int, ties: bool, expected: list[tuple[str, int | None]]
):
    order: list[str | Order] = [Order(column="n", order="desc")]
    found = dicts_of(top_by_group.call(rows(SCHEMA, *VALUES), ["c.d"], order, amount, ties))
    assert sorted(((str(row["c.d"]), row["n"]) for row in found), key=str) == expected
    assert list(found[0]) == ["c.d", "n"]


def test_no_rows(rows: MakeRows):
    assert dicts_of(top_by_group.call(rows(SCHEMA), ["c.d"], ["n"])) == []
