from __future__ import annotations

import pytest

from functions.arguments.tables import Part
from functions.errors import StepFailed
from functions.frames.split_into_tables import split_into_tables
from functions.tables.group_by_table import group_by_table
from tests.functions.conftest import MakeObjects, rows_of


def test_plain_objects_give_a_row_for_each_object_under_the_name(objects: MakeObjects):
    given = objects([{"t": {"a": 1, "b": {"c": 2}}, "u": {"x": 1}}, {"t": {}}, {"t": {"a": None}}])
    found = group_by_table.call(given, ["t", "u"]).tables
    assert rows_of(found["t"]) == [{"a": 1, "b": {"c": 2}}, {}, {}]
    assert rows_of(found["u"]) == [{"x": 1}]


def test_what_is_no_object_under_the_name_gives_no_row(objects: MakeObjects):
    given = objects([{"t": 5}, {"t": None}, {"t": [{"a": 1}]}, {"t": "x"}, {}, 7, None, [1], {"t": {"a": 2}}])
    assert rows_of(group_by_table.call(given, ["t"]).tables["t"]) == [{"a": 2}]


def test_a_name_that_no_object_has_gives_an_empty_table(objects: MakeObjects):
    assert rows_of(group_by_table.call(objects([{"a": 1}]), ["t"]).tables["t"]) == []


def test_split_objects_give_each_table_its_fields(objects: MakeObjects):
    split = split_into_tables.call(
        objects([{"a": 1, "b": 2}, {"b": 3}]), {"t": Part(fields=["a"]), "u": Part(fields=["b", "a"])}
    )
    found = group_by_table.call(split, ["t", "u"]).tables
    assert rows_of(found["t"]) == [{"a": 1}, {}]
    assert found["u"].named_fields() == ("b", "a")
    assert rows_of(found["u"]) == [{"b": 2, "a": 1}, {"b": 3}]


def test_a_table_that_the_objects_were_not_split_into_is_told_with_a_near_name(objects: MakeObjects):
    split = split_into_tables.call(objects([{"a": 1}]), {"people": Part(fields=["a"])})
    with pytest.raises(StepFailed) as caught:
        group_by_table.call(split, ["peopel"])
    assert caught.value.argument == "table_names"
    assert caught.value.hint == "did you mean `people`?"


@pytest.mark.parametrize("name", ["a.b", "a'b", "a'\"b", "`", "日本", " "])
def test_any_name_may_name_a_table(name: str, objects: MakeObjects):
    assert rows_of(group_by_table.call(objects([{name: {"x": 1}}]), [name]).tables[name]) == [{"x": 1}]
