"""The first rows of each group."""

from __future__ import annotations

import pytest

from functions.arguments.ordering import OrderKey
from functions.errors import StepFailed
from functions.rows.top_by_group import top_by_group
from tests.functions.conftest import MakeRows, dicts_of

DOWN = [OrderKey(column="rank", order="desc")]


@pytest.mark.parametrize(
    ("by", "order", "argument"), [(["grop"], DOWN, "by"), (["group"], [OrderKey(column="rnk")], "order")]
)
def test_a_missing_column_is_told_with_a_near_name(rows: MakeRows, by: list[str], order: list[OrderKey], argument: str):
    with pytest.raises(StepFailed) as caught:
        top_by_group.call(rows("group string, rank int"), by, order)
    assert caught.value.argument == argument
    assert "did you mean" in (caught.value.hint or "")


def test_groups_and_orders_of_values_that_have_none_are_refused(rows: MakeRows):
    given = rows("group variant, rank map<string,int>, id int")
    with pytest.raises(StepFailed, match="cannot be compared"):
        top_by_group.call(given, ["group"], [OrderKey(column="id")])
    with pytest.raises(StepFailed, match="have no order"):
        top_by_group.call(given, ["id"], DOWN)


@pytest.mark.parametrize(
    ("amount", "ties", "found"),
    [
        (1, "any", {("é", 9): 1, (None, 3): 1}),
        (1, "all", {("é", 9): 2, (None, 3): 1}),
        (2, "any", {("é", 9): 2, (None, 3): 1, (None, None): 1}),
        (2, "all", {("é", 9): 2, (None, 3): 1, (None, None): 1}),
        (2, "values", {("é", 9): 2, ("é", 5): 1, (None, 3): 1, (None, None): 1}),
        (100, "any", {("é", 9): 2, ("é", 5): 1, ("é", 1): 1, (None, 3): 1, (None, None): 1}),
    ],
)
def test_the_first_of_each_group_stay(rows: MakeRows, amount: int, ties: str, found: dict[tuple[object, object], int]):
    values = [("é", 1), ("é", 9), ("é", 5), ("é", 9), (None, None), (None, 3)]
    kept = dicts_of(top_by_group.call(rows("group string, rank int", *values), ["group"], DOWN, amount, ties))
    counted: dict[tuple[object, object], int] = {}
    for row in kept:
        assert set(row) == {"group", "rank"}
        counted[row["group"], row["rank"]] = counted.get((row["group"], row["rank"]), 0) + 1
    assert counted == found


def test_names_of_any_characters_and_no_rows(rows: MakeRows):
    given = rows("`a.b` struct<x: int>, `c``d` string", ((1,), "b"), ((1,), "a"))
    found = dicts_of(top_by_group.call(given, ["a.b"], [OrderKey(column="c`d")]))
    assert found == [{"a.b": {"x": 1}, "c`d": "a"}]
    assert dicts_of(top_by_group.call(rows("group int, rank int"), ["group"], DOWN)) == []
