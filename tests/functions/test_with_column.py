"""Columns worked out from others."""

from __future__ import annotations

import pytest

from functions.catalog import Catalog, StepFaults
from functions.check import Flow
from functions.columns.with_column import with_column
from functions.errors import StepFailed
from functions.storage.roots import Roots
from tests.functions.conftest import MakeRows, dicts_of


def test_what_is_not_allowed_is_refused_with_its_place(catalog: Catalog, roots: Roots):
    with pytest.raises(StepFaults) as caught:
        catalog.check(
            [["load_range", 3], ["with_column", {"a": "id + 1", "b/c": "java_method('x', 'y')"}]], Flow(roots)
        )
    assert [fault.pointer for fault in caught.value.faults] == ["/steps/1/1/b~1c"]


def test_what_the_columns_do_not_allow_is_told(rows: MakeRows):
    given = rows("price double, amount int, t array<int>")
    for expression, detail in (("pric * 2", "there is no column `pric`"), ("t + 1", "DATATYPE_MISMATCH")):
        with pytest.raises(StepFailed) as caught:
            with_column.call(given, {"x": expression})
        assert caught.value.argument == "columns"
        assert detail in caught.value.detail or "type mismatch" in caught.value.detail
        assert "\n" not in caught.value.detail


def test_all_see_the_columns_as_they_were(rows: MakeRows):
    given = rows("a int, `b.c` int", (1, 10), (None, 20))
    found = with_column.call(given, {"a": "`b.c` + a", "b.c": "a", "é": "coalesce(a, -1)"})
    assert found.columns == ["a", "b.c", "é"]
    assert dicts_of(found) == [{"a": 11, "b.c": 1, "é": 1}, {"a": None, "b.c": None, "é": -1}]


def test_nested_values_and_no_rows(rows: MakeRows):
    found = with_column.call(rows("s struct<x: int>", ((3,),)), {"y": "s.x * 2", "l": "array(s.x, 1)"})
    assert dicts_of(found) == [{"s": {"x": 3}, "y": 6, "l": [3, 1]}]
    assert dicts_of(with_column.call(rows("n int"), {"m": "n"})) == []
