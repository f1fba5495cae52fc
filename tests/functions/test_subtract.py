"""Rows that two tables share, or not."""

from __future__ import annotations

from typing import Any

import pytest

from functions.errors import StepFailed
from functions.relations.subtract import subtract
from functions.workspace import Rows, Tables
from tests.functions.conftest import MakeRows, dicts_of

OURS = [(1, "é"), (1, "é"), (1, "é"), (2, "b"), (None, None)]
THEIRS = [("é", 1), ("é", 1), (None, None), ("z", 9)]


def found(rows: Rows) -> list[tuple[Any, ...]]:
    return sorted((tuple(row.values()) for row in dicts_of(rows)), key=str)


def test_tables_that_do_not_fit_are_told(rows: MakeRows):
    for schema, detail in (
        ("id int", "lack"),
        ("id string, `n.m` string", "is string"),
        ("m map<string, int>", "lack"),
    ):
        with pytest.raises(StepFailed, match=detail) as caught:
            subtract.call(rows("id int, `n.m` string"), Tables({"t": rows(schema)}), "t")
        assert caught.value.argument == "table"
    with pytest.raises(StepFailed, match="cannot be compared"):
        subtract.call(rows("m map<string, int>"), Tables({"t": rows("m map<string, int>")}), "t")


def test_rows_are_compared_by_all_their_columns(rows: MakeRows):
    given, tables = rows("id int, `n.m` string", *OURS), Tables({"t": rows("`n.m` string, id int", *THEIRS)})
    assert found(subtract.call(given, tables, "t")) == [(2, "b")]
    assert found(subtract.call(given, tables, "t", True)) == [(1, "é"), (2, "b")]
    assert found(subtract.call(rows("id int, `n.m` string"), tables, "t")) == []
