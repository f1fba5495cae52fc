"""Giving the current rows a name."""

from __future__ import annotations

import pytest

from functions.errors import StepFailed
from functions.records.rejects import Rejects
from functions.relations.name_table import name_table
from tests.functions.conftest import MakeRows, dicts_of, rows_of


def test_rows_become_a_table_and_stay_what_they_were(rows: MakeRows, rejects: Rejects):
    given = rows("id int, `a.b` string", (1, "x"), (2, None))
    made = name_table.call(given, "people", rejects=rejects)
    assert dicts_of(made.rows("people", argument="name")) == [{"id": 1, "a.b": "x"}, {"id": 2, "a.b": None}]
    with pytest.raises(StepFailed, match="no table `peopel`"):
        made.rows("peopel", argument="name")


def test_steps_for_tables_without_a_schema_take_it_too(rows: MakeRows, rejects: Rejects):
    given = rows(
        "id int, day date, price decimal(5, 2), tags array<string>, s struct<a: int, b: string>, x double",
        *[(1, None, None, ["a"], (1, None), 0.5)],
    )
    table = name_table.call(given, "people", rejects=rejects).table("people", argument="name")
    assert rows_of(table) == [{"id": 1, "tags": ["a"], "s": {"a": 1}, "x": 0.5}]
