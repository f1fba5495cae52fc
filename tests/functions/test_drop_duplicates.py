"""Dropping rows that repeat earlier ones in some columns."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from functions.arguments.ordering import OrderKey
from functions.catalog import Catalog, StepFaults
from functions.check import Flow
from functions.errors import StepFailed
from functions.rows.drop_duplicates import drop_duplicates
from functions.storage.roots import Roots
from functions.workspace import Lines
from tests.functions.conftest import MakeRows, dicts_of

ROWS = [(1, 1, "a"), (1, 3, "b"), (1, None, "c"), (None, 5, "d"), (None, 4, "e")]


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ({"keep": "last"}, 'keep="last" needs an order'),
        ({"order": ["id"]}, "an order has no effect"),
    ],
)
def test_an_order_belongs_to_first_and_last_alone(catalog: Catalog, roots: Roots, step: dict[str, object], told: str):
    with pytest.raises(StepFaults) as caught:
        catalog.check([["load_rows", [{"id": 1}]], {"function": "drop_duplicates", **step}], Flow(roots))
    assert told in caught.value.faults[0].detail


def test_missing_columns_are_told_with_a_near_name(rows: MakeRows):
    for columns, order, argument in ((["idd"], None, "columns"), (["id"], [OrderKey(column="idd")], "order")):
        with pytest.raises(StepFailed) as caught:
            drop_duplicates.call(rows("id int"), columns, "first" if order else "any", order)
        assert (caught.value.argument, caught.value.hint) == (argument, "did you mean `id`?")


def test_values_that_cannot_be_compared_are_refused(rows: MakeRows):
    with pytest.raises(StepFailed, match="cannot be compared") as caught:
        drop_duplicates.call(rows("m map<string,int>"), ["m"])
    assert caught.value.argument == "columns"


@pytest.mark.parametrize(("keep", "found"), [("first", ["a", "e"]), ("last", ["c", "d"])])
def test_the_first_or_the_last_by_an_order_stays(rows: MakeRows, keep: str, found: list[str]):
    given = rows("id int, place int, name string", *ROWS)
    kept = drop_duplicates.call(given, ["id"], keep, [OrderKey(column="place")])
    assert sorted(row["name"] for row in dicts_of(kept)) == found
    assert kept.frame.columns == ["id", "place", "name"]


def test_any_row_stays_and_no_rows(rows: MakeRows, lines: Callable[..., Lines]):
    given = rows("`a.b` int, `c``d` map<string,int>", (1, {"x": 1}), (1, {"x": 1}), (None, None))
    assert len(dicts_of(drop_duplicates.call(given, ["a.b"]))) == 2
    assert len(dicts_of(drop_duplicates.call(rows("id int, n int", (1, 1), (1, 1), (1, 2))))) == 2
    assert dicts_of(drop_duplicates.call(rows("id int"), ["id"], "last", [OrderKey(column="id")])) == []
    assert isinstance(drop_duplicates.call(lines(["a", "a"])), Lines)
