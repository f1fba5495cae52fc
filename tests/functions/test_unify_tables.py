from __future__ import annotations

from typing import Any

import pytest

from functions.errors import StepFailed
from functions.tables.explode_tables import explode_tables
from functions.tables.flatten_tables import flatten_tables
from functions.tables.json_to_list_for_tables import json_to_list_for_tables
from functions.tables.unify_tables import Unification, unify_tables
from functions.workspace import Tables
from tests.functions.conftest import MakeTables, rows_of

Both = pytest.mark.parametrize("layered", [True, False])


def unified(tables: Tables, *unifications: dict[str, Any]) -> dict[str, list]:
    found = unify_tables.call(tables, [Unification(**item) for item in unifications])
    return {name: rows_of(table) for name, table in found.tables.items()}


@Both
def test_rows_come_in_the_order_of_the_sources_and_sources_can_be_dropped(layered: bool, tables: MakeTables):
    given = tables(layered, a=[{"x": 1}], b=[{"y": 2}], c=[{"x": 3}])
    found = unified(given, {"sources": ["c", "a", "b"], "sink": "all", "sources_to_delete": ["a", "c"]})
    assert found == {"b": [{"y": 2}], "all": [{"x": 3}, {"x": 1}, {"y": 2}]}


@Both
def test_fields_of_different_kinds_stay_what_they_are(layered: bool, tables: MakeTables):
    given = tables(layered, a=[{"x": 1}], b=[{"x": {"y": 2}}, {"x": "text"}])
    assert unified(given, {"sources": ["a", "b"], "sink": "c"})["c"] == [{"x": 1}, {"x": {"y": 2}}, {"x": "text"}]


@Both
def test_the_sink_is_replaced_and_may_be_a_source(layered: bool, tables: MakeTables):
    given = tables(layered, a=[{"x": 1}], b=[{"x": 2}], c=[{"x": 3}])
    assert unified(given, {"sources": ["a", "b"], "sink": "c"})["c"] == [{"x": 1}, {"x": 2}]
    assert unified(given, {"sources": ["a", "b"], "sink": "a", "sources_to_delete": ["b"]}) == {
        "a": [{"x": 1}, {"x": 2}],
        "c": [{"x": 3}],
    }


@Both
def test_a_source_may_stand_twice(layered: bool, tables: MakeTables):
    assert unified(tables(layered, a=[{"x": 1}]), {"sources": ["a", "a"], "sink": "b"})["b"] == [{"x": 1}] * 2


@Both
def test_one_source_is_enough(layered: bool, tables: MakeTables):
    given = tables(layered, a=[{"x": 1}])
    assert unified(given, {"sources": ["a"], "sink": "b", "sources_to_delete": ["a"]}) == {"b": [{"x": 1}]}


@Both
def test_unifications_run_one_after_the_other(layered: bool, tables: MakeTables):
    given = tables(layered, a=[{"x": 1}], b=[{"x": 2}])
    found = unified(
        given,
        {"sources": ["a", "b"], "sink": "c", "sources_to_delete": ["a", "b"]},
        {"sources": ["c", "c"], "sink": "d", "sources_to_delete": ["c"]},
    )
    assert found == {"d": [{"x": 1}, {"x": 2}] * 2}


def test_tables_with_named_fields_and_tables_of_whole_objects_go_together(tables: MakeTables):
    both = Tables({**tables(True, a=[{"x": 1, "z": 1}]).tables, **tables(False, b=[{"x": 2, "y": 2}]).tables})
    assert unified(both, {"sources": ["a", "b"], "sink": "c"})["c"] == [{"x": 1, "z": 1}, {"x": 2, "y": 2}]
    assert unified(both, {"sources": ["b", "a"], "sink": "c"})["c"] == [{"x": 2, "y": 2}, {"x": 1, "z": 1}]


@Both
def test_a_field_that_one_source_dropped_still_comes_from_the_other(layered: bool, tables: MakeTables):
    given = tables(layered, a=[{"x": {"v": 1}}], b=[{"x": {"v": 2}}])
    flat = flatten_tables.call(given, {"a": {"x": {"v": ["v"]}}})
    assert unified(flat, {"sources": ["a", "b"], "sink": "c"})["c"] == [{"v": 1}, {"x": {"v": 2}}]


@Both
def test_a_field_that_every_source_dropped_stays_away(layered: bool, tables: MakeTables):
    given = tables(layered, a=[{"x": {"v": 1}}], b=[{"x": {"v": 2}}])
    wanted = {"x": {"v": ["v"]}}
    flat = flatten_tables.call(given, {"a": wanted, "b": wanted})
    found = unify_tables.call(flat, [Unification(sources=["a", "b"], sink="c")]).tables["c"]
    assert rows_of(found) == [{"v": 1}, {"v": 2}]
    assert "x" not in found.named_fields()


@Both
def test_exploded_tables_unify_with_others(layered: bool, tables: MakeTables):
    given = tables(layered, a=[{"i": 1, "x": [{"y": 1}, {"y": 2}]}], b=[{"i": 2, "y": 3, "x": "text"}])
    exploded = explode_tables.call(given, {"a": ["x"]})
    found = unified(exploded, {"sources": ["b", "a"], "sink": "c"})["c"]
    assert found == [{"i": 2, "y": 3, "x": "text"}, {"i": 1, "y": 1}, {"i": 1, "y": 2}]


@Both
def test_lists_of_different_lengths_unify_by_place(layered: bool, tables: MakeTables):
    given = tables(layered, a=[{"x": 1, "y": 2}], b=[{"x": 3}])
    lists = json_to_list_for_tables.call(given, {"a": ["x", "y"], "b": ["x"]})
    assert unified(lists, {"sources": ["b", "a"], "sink": "c"})["c"] == [[3, None], [1, 2]]


@Both
def test_rows_unify_with_lists_as_lists_of_their_fields(layered: bool, tables: MakeTables):
    given = tables(layered, a=[{"x": 1, "y": 2}], b=[{"p": 3, "q": 4}])
    lists = json_to_list_for_tables.call(given, {"a": ["y", "x"]})
    assert unified(lists, {"sources": ["a", "b"], "sink": "c"})["c"] == [[2, 1], [3, 4]]


@pytest.mark.parametrize(
    "item", [{"sources": ["peple"], "sink": "x"}, {"sources": ["people"], "sink": "x", "sources_to_delete": ["peple"]}]
)
def test_a_missing_table_is_told_with_a_near_name(item: dict[str, Any], tables: MakeTables):
    with pytest.raises(StepFailed) as caught:
        unified(tables(people=[{}]), item)
    assert caught.value.argument == "unifications"
    assert caught.value.hint == "did you mean `people`?"
