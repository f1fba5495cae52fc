from __future__ import annotations

import json
from collections.abc import Callable

from functions.arguments.tables import Part
from functions.frames.split_into_tables import split_into_tables
from functions.results.collect import collect
from functions.workspace import Lines
from tests.functions.conftest import MakeObjects


def test_all_rows_are_wanted(lines: Callable[[list[str]], Lines]):
    dataset = collect.call(lines(["one", "two"]))
    assert dataset.amount is None
    assert [row.row for row in dataset.rows.collect()] == ['"one"', '"two"']


def test_split_objects_become_nested_json(objects: MakeObjects):
    split = split_into_tables.call(objects([{"a": {"b": 1}}, {}]), {"t": Part(fields=["a", "z"])})
    rows = [json.loads(row.row) for row in collect.call(split).rows.collect()]
    assert rows == [{"t": {"a": {"b": 1}, "z": None}}, {"t": {"a": None, "z": None}}]
