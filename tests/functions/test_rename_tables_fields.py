from __future__ import annotations

import pytest

from functions.tables.rename_tables_fields import rename_tables_fields
from functions.workspace import Tables
from tests.functions.conftest import MakeTables, rows_of

Both = pytest.mark.parametrize("layered", [True, False])


def renamed(tables: Tables, names: dict[str, str]) -> list:
    return rows_of(rename_tables_fields.call(tables, {"t": names}).tables["t"])


@Both
def test_a_field_gets_its_new_name(layered: bool, tables: MakeTables):
    assert renamed(tables(layered, t=[{"a": 1, "b": 2}]), {"a": "c"}) == [{"c": 1, "b": 2}]


@Both
def test_a_row_without_the_old_field_is_not_changed(layered: bool, tables: MakeTables):
    given = tables(layered, t=[{"b": 2}, {"a": None, "b": 2}, {"a": 1, "b": 2}])
    assert renamed(given, {"a": "b"}) == [{"b": 2}, {"b": 2}, {"b": 1}]


@Both
def test_two_fields_can_change_places(layered: bool, tables: MakeTables):
    given = tables(layered, t=[{"a": 1, "b": 2}, {"a": 3}, {"b": 4}, {}])
    assert renamed(given, {"a": "b", "b": "a"}) == [{"a": 2, "b": 1}, {"b": 3}, {"a": 4}, {}]


@Both
def test_a_chain_of_renames_looks_at_the_row_as_it_was(layered: bool, tables: MakeTables):
    assert renamed(tables(layered, t=[{"a": 1, "b": 2, "c": 3}]), {"a": "b", "b": "c"}) == [{"b": 1, "c": 2}]


@Both
def test_of_two_fields_with_one_new_name_the_later_counts_where_it_is_there(layered: bool, tables: MakeTables):
    given = tables(layered, t=[{"a": 1, "b": 2}, {"a": 3}, {"b": 4}, {"c": 5}])
    assert renamed(given, {"a": "c", "b": "c"}) == [{"c": 2}, {"c": 3}, {"c": 4}, {"c": 5}]


@Both
def test_a_field_may_keep_its_name(layered: bool, tables: MakeTables):
    assert renamed(tables(layered, t=[{"a": 1}, {"b": 2}]), {"a": "a"}) == [{"a": 1}, {"b": 2}]


@Both
def test_an_unknown_field_changes_nothing(layered: bool, tables: MakeTables):
    assert renamed(tables(layered, t=[{"a": 1}]), {"z": "y"}) == [{"a": 1}]


@Both
@pytest.mark.parametrize("name", ["", "a.b", "a`b", "a'b", "a'\"b", "field:a", "layer:0", "日本", "X" * 300])
def test_any_name_will_do(name: str, layered: bool, tables: MakeTables):
    assert renamed(tables(layered, t=[{"x": 1}]), {"x": name}) == [{name: 1}]
    assert renamed(tables(layered, t=[{name: 1}]), {name: "y"}) == [{"y": 1}]
