from __future__ import annotations

import pytest

from functions.tables.explode_tables import explode_tables
from functions.tables.rename_tables_fields import rename_tables_fields
from functions.workspace import Tables
from tests.functions.conftest import MakeTables, rows_of

Both = pytest.mark.parametrize("layered", [True, False])


def exploded(tables: Tables, *fields: str) -> list:
    return rows_of(explode_tables.call(tables, {"t": list(fields)}).tables["t"])


@Both
def test_each_object_of_the_list_gives_a_row(layered: bool, tables: MakeTables):
    given = tables(layered, t=[{"id": 1, "items": [{"sku": "a"}, {"sku": "b", "n": 2}]}])
    assert exploded(given, "items") == [{"id": 1, "sku": "a"}, {"id": 1, "sku": "b", "n": 2}]


@Both
def test_the_rows_own_fields_win_but_not_with_null(layered: bool, tables: MakeTables):
    given = tables(layered, t=[{"a": 1, "b": None, "items": [{"a": 9, "b": 9, "c": 9}]}])
    assert exploded(given, "items") == [{"a": 1, "b": 9, "c": 9}]


@Both
@pytest.mark.parametrize("value", [[], None, 5, "text", {"sku": "a"}, True, [1, "x", None], [[{"sku": "a"}]]])
def test_a_row_without_objects_to_list_stays_as_it_is(value: object, layered: bool, tables: MakeTables):
    row = {"id": 1} | ({} if value is None else {"items": value})
    assert exploded(tables(layered, t=[{"id": 1, "items": value}]), "items") == [row]


@Both
def test_a_row_without_the_field_stays_as_it_is(layered: bool, tables: MakeTables):
    assert exploded(tables(layered, t=[{"id": 1}, {"id": 2, "items": [{}]}]), "items") == [{"id": 1}, {"id": 2}]


@Both
def test_what_is_no_object_in_the_list_is_passed_over(layered: bool, tables: MakeTables):
    given = tables(layered, t=[{"id": 1, "items": [5, {"sku": "a"}, None, [{}], {"sku": "b"}]}])
    assert exploded(given, "items") == [{"id": 1, "sku": "a"}, {"id": 1, "sku": "b"}]


@Both
def test_an_element_may_hold_a_field_named_like_the_list(layered: bool, tables: MakeTables):
    given = tables(layered, t=[{"items": [{"items": 5}, {"x": 1}]}])
    assert exploded(given, "items") == [{"items": 5}, {"x": 1}]


@Both
def test_nested_lists_are_exploded_one_after_the_other(layered: bool, tables: MakeTables):
    given = tables(layered, t=[{"id": 1, "a": [{"n": 1, "b": [{"m": 1}, {"m": 2}]}, {"n": 2}]}])
    assert exploded(given, "a", "b") == [{"id": 1, "n": 1, "m": 1}, {"id": 1, "n": 1, "m": 2}, {"id": 1, "n": 2}]


@Both
def test_the_same_field_may_be_exploded_twice(layered: bool, tables: MakeTables):
    given = tables(layered, t=[{"a": [{"a": [{"x": 1}, {"x": 2}]}]}])
    assert exploded(given, "a", "a") == [{"x": 1}, {"x": 2}]


@Both
def test_two_lists_give_every_pair(layered: bool, tables: MakeTables):
    given = tables(layered, t=[{"a": [{"x": 1}, {"x": 2}], "b": [{"y": 1}, {"y": 2}]}])
    assert exploded(given, "a", "b") == [{"x": x, "y": y} for x in (1, 2) for y in (1, 2)]


@Both
def test_a_field_that_was_renamed_away_may_come_back_from_an_element(layered: bool, tables: MakeTables):
    given = tables(layered, t=[{"id": 1, "items": [{"id": 7}]}])
    renamed = rename_tables_fields.call(given, {"t": {"id": "number"}})
    assert exploded(renamed, "items") == [{"number": 1, "id": 7}]


@Both
def test_rows_of_any_shape_explode_together(layered: bool, tables: MakeTables):
    given = tables(layered, t=[{"a": [{"b": 1}]}, {"a": {"b": 2}}, {"a": "x"}, {}, {"a": [{"b": {"c": 3}}]}])
    assert exploded(given, "a") == [{"b": 1}, {"a": {"b": 2}}, {"a": "x"}, {}, {"b": {"c": 3}}]


@Both
def test_no_fields_change_nothing(layered: bool, tables: MakeTables):
    assert exploded(tables(layered, t=[{"a": [{"b": 1}]}])) == [{"a": [{"b": 1}]}]
