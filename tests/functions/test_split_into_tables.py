from __future__ import annotations

from functions.arguments.tables import Part
from functions.frames.split_into_tables import split_into_tables
from functions.workspace import Objects
from tests.functions.conftest import MakeObjects, objects_of

ODD_NAMES = [
    "",
    " ",
    "a.b",
    "a`b",
    "a'b",
    'a"b',
    "a'\"b",
    "a]b",
    "['a']",
    "$",
    "\\",
    "a\\'b",
    "日本",
    "A",
    "a",
    "a\nb",
    "part:1:t:a",
]


def split(objects: Objects, **tables: list[str]) -> Objects:
    return split_into_tables.call(objects, {name: Part(fields=fields) for name, fields in tables.items()})


def test_each_object_becomes_its_fields_by_table(objects: MakeObjects):
    given = objects([{"id": 1, "name": "Ana", "items": [1], "other": True}, {"id": 2}])
    assert objects_of(split(given, people=["id", "name"], orders=["items", "id"])) == [
        {"people": {"id": 1, "name": "Ana"}, "orders": {"items": [1], "id": 1}},
        {"people": {"id": 2, "name": None}, "orders": {"items": None, "id": 2}},
    ]


def test_what_is_no_object_gives_only_nulls(objects: MakeObjects):
    found = objects_of(split(objects([5, "a", None, [1], [{"a": 1}], True]), t=["a"]))
    assert found == [{"t": {"a": None}}] * 6


def test_a_null_and_an_absent_field_are_the_same(objects: MakeObjects):
    assert objects_of(split(objects([{"a": None}, {}]), t=["a"])) == [{"t": {"a": None}}] * 2


def test_any_field_name_is_found(objects: MakeObjects):
    given = {name: place for place, name in enumerate(ODD_NAMES)}
    assert objects_of(split(objects([given]), t=ODD_NAMES)) == [{"t": given}]


def test_any_two_names_stay_apart(objects: MakeObjects):
    tables = {"a": Part(fields=["b:c", "c"]), "a:b": Part(fields=["c"]), "A": Part(fields=["c"])}
    found = split_into_tables.call(objects([{"b:c": 1, "c": 2}]), tables)
    assert objects_of(found) == [{"a": {"b:c": 1, "c": 2}, "a:b": {"c": 2}, "A": {"c": 2}}]


def test_a_field_named_twice_stands_once(objects: MakeObjects):
    found = split(objects([{"a": 1}]), t=["a", "a"])
    assert found.parts == {"t": ("a",)}


def test_a_table_may_have_no_fields(objects: MakeObjects):
    assert objects_of(split(objects([{"a": 1}]), t=[])) == [{"t": {}}]


def test_split_objects_may_be_split_again(objects: MakeObjects):
    once = split(objects([{"a": 1, "b": [2.5]}]), t=["a", "b"], u=[])
    assert objects_of(split(once, v=["t", "u", "x"])) == [{"v": {"t": {"a": 1, "b": [2.5]}, "u": {}, "x": None}}]
