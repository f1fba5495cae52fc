"""Rows without their like."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from functions.errors import StepFailed
from functions.rows.distinct import distinct
from functions.workspace import Lines, Objects
from tests.functions.conftest import MakeObjects, MakeRows, dicts_of, objects_of


def test_a_column_that_cannot_be_compared_is_told(rows: MakeRows):
    with pytest.raises(StepFailed, match="the column `m` is map<string,int>, whose values cannot be compared"):
        distinct.call(rows("m map<string, int>", ({"a": 1},)))


def test_equal_rows_become_one(rows: MakeRows):
    given = rows("`a.b` string, n int, t array<string>", *[("é", 1, ["x"]), (None, None, None)] * 2)
    assert sorted(dicts_of(distinct.call(given)), key=str) == [
        {"a.b": "é", "n": 1, "t": ["x"]},
        {"a.b": None, "n": None, "t": None},
    ]
    assert dicts_of(distinct.call(rows("n int"))) == []


def test_lines_and_objects_stay_what_they_are(lines: Callable[..., Lines], objects: MakeObjects):
    found = distinct.call(lines(["a", "a", "A"]))
    assert isinstance(found, Lines)
    assert sorted(row["value"] for row in dicts_of(found)) == ["A", "a"]
    parsed = distinct.call(objects([{"a": 1, "b": 2}, {"b": 2, "a": 1}, [1]]))
    assert isinstance(parsed, Objects)
    assert sorted(objects_of(parsed), key=str) == [[1], {"a": 1, "b": 2}]
