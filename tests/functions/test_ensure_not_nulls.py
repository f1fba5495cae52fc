from __future__ import annotations

import pytest

from functions.tables.ensure_not_nulls import ensure_not_nulls
from functions.workspace import Tables
from tests.functions.conftest import MakeTables, rows_of

Both = pytest.mark.parametrize("layered", [True, False])


def kept(tables: Tables, *fields: str) -> list:
    return rows_of(ensure_not_nulls.call(tables, {"t": list(fields)}).tables["t"])


@Both
def test_rows_that_lack_a_field_or_hold_null_are_dropped(layered: bool, tables: MakeTables):
    rows = [
        {"a": 1, "b": 2},
        {"a": 1},
        {"b": 2},
        {"a": None, "b": 2},
        {"a": 0, "b": ""},
        {"a": [], "b": {}},
        {"a": False, "b": [None]},
    ]
    assert kept(tables(layered, t=rows), "a", "b") == [rows[0], *rows[4:]]


@Both
def test_no_fields_keep_every_row(layered: bool, tables: MakeTables):
    assert kept(tables(layered, t=[{"a": 1}, {}])) == [{"a": 1}, {}]


@Both
def test_a_field_that_no_row_has_keeps_none(layered: bool, tables: MakeTables):
    assert kept(tables(layered, t=[{"a": 1}]), "z") == []
