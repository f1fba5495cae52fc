from __future__ import annotations

import json
from collections.abc import Callable

from functions.results.take import take
from functions.workspace import Lines
from tests.functions.conftest import MakeObjects


def test_lines_become_json_strings(lines: Callable[[list[str]], Lines]):
    given = ["one", "", 'a "quote" \\ \t é 😀']
    dataset = take.call(lines(given), 2)
    assert [json.loads(row.row) for row in dataset.rows.collect()] == given
    assert dataset.rows.columns == ["row"]
    assert dataset.amount == 2


def test_objects_become_json(objects: MakeObjects):
    given = [{"a": [1, {"b": None}]}, 5, None, "x"]
    assert [json.loads(row.row) for row in take.call(objects(given), 9).rows.collect()] == given


def test_none_may_be_taken(objects: MakeObjects):
    assert take.call(objects([1]), 0).amount == 0
