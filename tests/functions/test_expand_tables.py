from __future__ import annotations

import pytest

from functions.tables.expand_tables import Expansion, expand_tables
from functions.workspace import Tables
from tests.functions.conftest import MakeTables, rows_of

Both = pytest.mark.parametrize("layered", [True, False])


def expanded(tables: Tables, *pairs: tuple[str, object]) -> list:
    expansions = [Expansion(field=field, default_value=value) for field, value in pairs]
    return rows_of(expand_tables.call(tables, {"t": expansions}).tables["t"])


@Both
@pytest.mark.parametrize(
    "value",
    [
        0,
        -5,
        1.5,
        1e300,
        10**30,
        True,
        False,
        "",
        " ",
        'a "quote" \\ \n é 😀',
        [],
        {},
        [1, None, {"a": [2]}],
        {"a": {"b": None}, "'": 1},
    ],
)
def test_any_json_value_can_be_set(value: object, layered: bool, tables: MakeTables):
    assert expanded(tables(layered, t=[{"a": 1}, {}]), ("b", value)) == [{"a": 1, "b": value}, {"b": value}]


@Both
def test_every_row_gets_it_whatever_it_had(layered: bool, tables: MakeTables):
    assert expanded(tables(layered, t=[{"a": 1}, {"a": None}, {"a": {"b": 1}}]), ("a", 9)) == [{"a": 9}] * 3


@Both
def test_null_takes_the_field_away(layered: bool, tables: MakeTables):
    assert expanded(tables(layered, t=[{"a": 1, "b": 2}]), ("a", None)) == [{"b": 2}]


@Both
def test_of_two_values_for_one_field_the_later_counts(layered: bool, tables: MakeTables):
    assert expanded(tables(layered, t=[{}]), ("a", 1), ("a", 2)) == [{"a": 2}]
