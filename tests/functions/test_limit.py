"""Keeping the first rows."""

from __future__ import annotations

from collections.abc import Callable

from functions.records.rejects import Rejects
from functions.rows.limit import limit
from functions.workspace import Lines, Objects
from tests.functions.conftest import MakeObjects, MakeRows, dicts_of, objects_of


def test_the_first_rows_are_kept(rows: MakeRows, rejects: Rejects):
    given = rows("id int", (1,), (2,), (3,))
    assert [row["id"] for row in dicts_of(limit.call(given, 2, rejects=rejects))] == [1, 2]
    assert dicts_of(limit.call(given, 0, rejects=rejects)) == []
    assert len(dicts_of(limit.call(given, 100, rejects=rejects))) == 3


def test_lines_and_objects_stay_what_they_are(lines: Callable[..., Lines], objects: MakeObjects, rejects: Rejects):
    assert isinstance(limit.call(lines(["a", "b"]), 1, rejects=rejects), Lines)
    found = limit.call(objects([{"a": 1}, {"a": 2}]), 1, rejects=rejects)
    assert isinstance(found, Objects)
    assert objects_of(found) == [{"a": 1}]
