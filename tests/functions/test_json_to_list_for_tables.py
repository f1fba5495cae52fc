from __future__ import annotations

import pytest

from functions.errors import StepFailed
from functions.tables.explode_tables import explode_tables
from functions.tables.json_to_list_for_tables import json_to_list_for_tables
from functions.workspace import Tables
from tests.functions.conftest import MakeTables, rows_of

Both = pytest.mark.parametrize("layered", [True, False])


def listed(tables: Tables, *fields: str) -> list:
    return rows_of(json_to_list_for_tables.call(tables, {"t": list(fields)}).tables["t"])


@Both
def test_rows_become_lists_in_the_order_asked_for(layered: bool, tables: MakeTables):
    given = tables(layered, t=[{"a": 1, "b": {"c": [2]}, "d": "x"}, {"b": None, "d": ""}])
    assert listed(given, "d", "b", "z", "a", "d") == [["x", {"c": [2]}, None, 1, "x"], ["", None, None, None, ""]]


@Both
def test_no_fields_give_empty_lists(layered: bool, tables: MakeTables):
    assert listed(tables(layered, t=[{"a": 1}, {}])) == [[], []]


def test_lists_have_no_fields_any_more(tables: MakeTables):
    lists = json_to_list_for_tables.call(tables(t=[{"a": 1}]), {"t": ["a"]})
    with pytest.raises(StepFailed, match="have become lists"):
        explode_tables.call(lists, {"t": ["a"]})
