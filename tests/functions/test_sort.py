"""Putting rows in an order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from functions.arguments.ordering import OrderKey
from functions.catalog import Catalog, StepFaults
from functions.check import Flow
from functions.errors import StepFailed
from functions.records.rejects import Rejects
from functions.rows.sort import sort
from functions.storage.roots import Roots
from functions.workspace import Lines
from tests.functions.conftest import MakeRows, dicts_of


def by(*keys: Any) -> list[OrderKey]:
    return sort.model.model_validate({"by": list(keys)}).by


@pytest.mark.parametrize(
    ("keys", "pointer", "told"),
    [
        ([], "/steps/1/1", "must not be empty"),
        (["a", {"column": "a", "order": "desc"}], "/steps/1/1", "names `a` twice"),
        ([{"column": "a", "order": "down"}], "/steps/1/1/0/order", "must be one of asc, desc"),
        ([{"colum": "a"}], "/steps/1/1/0/column", "is needed"),
        (["a", 5], "/steps/1/1/1", "the name of a column or an object"),
    ],
)
def test_an_order_that_is_none_is_refused_before_anything_runs(
    catalog: Catalog, roots: Roots, keys: list[Any], pointer: str, told: str
):
    with pytest.raises(StepFaults) as caught:
        catalog.check([["load_rows", [{"a": 1}]], ["sort", keys]], Flow(roots))
    assert caught.value.faults[0].pointer == pointer
    assert told in caught.value.faults[0].detail


def test_a_missing_column_is_told_with_a_near_name(rows: MakeRows):
    with pytest.raises(StepFailed) as caught:
        sort.call(rows("age int"), by("aeg"), rejects=Rejects())
    assert (caught.value.argument, caught.value.hint) == ("by", "did you mean `age`?")


@pytest.mark.parametrize(
    "kind", ["map<string,int>", "variant", "array<map<string,int>>", "struct<a: struct<b: variant>>"]
)
def test_values_without_an_order_are_refused(rows: MakeRows, kind: str):
    with pytest.raises(StepFailed, match="whose values have no order") as caught:
        sort.call(rows(f"m {kind}"), by("m"), rejects=Rejects())
    assert caught.value.argument == "by"


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("n", [1.0, 2.0, float("nan"), None]),
        ({"column": "n", "order": "desc"}, [float("nan"), 2.0, 1.0, None]),
        ({"column": "n", "nulls": "first"}, [None, 1.0, 2.0, float("nan")]),
        ({"column": "n", "order": "desc", "nulls": "first"}, [None, float("nan"), 2.0, 1.0]),
    ],
)
def test_null_comes_last_unless_it_is_said_otherwise(rows: MakeRows, key: Any, found: list[Any]):
    given = rows("n double", (2.0,), (None,), (float("nan"),), (1.0,))
    assert repr([row["n"] for row in dicts_of(sort.call(given, by(key), rejects=Rejects()))]) == repr(found)


def test_several_columns_of_any_name_and_type(rows: MakeRows):
    given = rows("`a.b` string, `c``d` array<int>", ("é", [2]), ("a", [1, 2]), ("a", [1]), ("Z", None))
    found = dicts_of(sort.call(given, by({"column": "a.b", "order": "desc"}, "c`d"), rejects=Rejects()))
    assert [(row["a.b"], row["c`d"]) for row in found] == [("é", [2]), ("a", [1]), ("a", [1, 2]), ("Z", None)]
    assert dicts_of(sort.call(rows("a int"), by("a"), rejects=Rejects())) == []


def test_lines_stay_lines(lines: Callable[..., Lines]):
    found = sort.call(lines(["b", "", "a"]), by("value"), rejects=Rejects())
    assert isinstance(found, Lines)
    assert [row["value"] for row in dicts_of(found)] == ["", "a", "b"]
