from __future__ import annotations

import pytest

from functions.errors import StepFailed
from functions.tables.flatten_tables import flatten_tables
from functions.workspace import Tables
from tests.functions.conftest import MakeTables, rows_of

Both = pytest.mark.parametrize("layered", [True, False])


def flattened(tables: Tables, fields: dict) -> list:
    return rows_of(flatten_tables.call(tables, {"t": fields}).tables["t"])


@Both
def test_values_are_lifted_and_the_field_is_dropped(layered: bool, tables: MakeTables):
    given = tables(layered, t=[{"id": 1, "who": {"name": {"first": "Ana"}, "age": 5}}])
    found = flattened(given, {"who": {"first": ["name", "first"], "age": ["age"], "name": ["name"]}})
    assert found == [{"id": 1, "first": "Ana", "age": 5, "name": {"first": "Ana"}}]


@Both
@pytest.mark.parametrize("value", [5, "text", True, [{"a": 1}], {}, {"a": None}, {"b": {"a": 1}}, None])
def test_a_path_that_is_missing_gives_no_value(value: object, layered: bool, tables: MakeTables):
    assert flattened(tables(layered, t=[{"id": 1, "who": value}]), {"who": {"a": ["a"]}}) == [{"id": 1}]


@Both
def test_a_missing_path_leaves_what_the_row_had(layered: bool, tables: MakeTables):
    given = tables(layered, t=[{"a": "old", "who": {}}, {"a": "old", "who": {"a": "new"}}])
    assert flattened(given, {"who": {"a": ["a"]}}) == [{"a": "old"}, {"a": "new"}]


@Both
def test_no_path_gives_the_field_itself(layered: bool, tables: MakeTables):
    assert flattened(tables(layered, t=[{"a": {"b": 1}}, {"a": 5}]), {"a": {"new": []}}) == [
        {"new": {"b": 1}},
        {"new": 5},
    ]


@Both
def test_new_may_be_named_like_the_field(layered: bool, tables: MakeTables):
    assert flattened(tables(layered, t=[{"a": {"a": 1}}, {"a": 5}]), {"a": {"a": ["a"]}}) == [{"a": 1}, {}]


@Both
def test_two_fields_may_exchange_what_is_in_them(layered: bool, tables: MakeTables):
    given = tables(layered, t=[{"a": {"x": 1}, "b": {"x": 2}}])
    assert flattened(given, {"a": {"b": ["x"]}, "b": {"a": ["x"]}}) == [{"b": 1, "a": 2}]


@Both
def test_of_two_values_for_one_name_the_later_counts_where_it_is_there(layered: bool, tables: MakeTables):
    given = tables(layered, t=[{"a": {"x": 1}, "b": {"y": 2}}, {"a": {"x": 3}}])
    assert flattened(given, {"a": {"n": ["x"]}, "b": {"n": ["y"]}}) == [{"n": 2}, {"n": 3}]


@Both
def test_a_field_with_nothing_to_lift_is_dropped(layered: bool, tables: MakeTables):
    assert flattened(tables(layered, t=[{"a": 1, "b": 2}]), {"a": {}}) == [{"b": 2}]


@Both
@pytest.mark.parametrize("key", ["", "a.b", "a'b", 'a"b', "a'\"b", "`", "[0]", "日本"])
def test_any_key_may_stand_in_a_path(key: str, layered: bool, tables: MakeTables):
    given = tables(layered, t=[{"f": {key: {key: {"x": 1}}}}])
    assert flattened(given, {"f": {"new": [key, key, "x"]}}) == [{"new": 1}]


def test_other_tables_stay_as_they_are(tables: MakeTables):
    given = tables(t=[{"a": {"b": 1}}], u=[{"a": {"b": 1}}])
    found = flatten_tables.call(given, {"t": {"a": {"b": ["b"]}}})
    assert rows_of(found.tables["u"]) == [{"a": {"b": 1}}]


def test_a_missing_table_is_told_with_a_near_name(tables: MakeTables):
    with pytest.raises(StepFailed) as caught:
        flatten_tables.call(tables(people=[]), {"peple": {}})
    assert caught.value.argument == "fields"
    assert caught.value.hint == "did you mean `people`?"
