from __future__ import annotations

import pytest

from functions.errors import StepFailed
from functions.tables.format_tables import format_tables
from tests.functions.conftest import MakeTables, rows_of

Both = pytest.mark.parametrize("layered", [True, False])


@Both
def test_formatters_are_applied_where_the_field_is_present(layered: bool, tables: MakeTables):
    given = tables(layered, t=[{"a": " x ", "b": "5", "c": " y "}, {"c": 1}, {"a": None, "b": "z"}])
    found = format_tables.call(given, {"t": {"a": "trim", "b": "ensure_int"}})
    assert rows_of(found.tables["t"]) == [{"a": "x", "b": 5, "c": " y "}, {"c": 1}, {}]


@Both
def test_values_of_any_kind_pass_without_failing(layered: bool, tables: MakeTables):
    kinds = [{"a": value} for value in (1, 1.5, True, None, "x", [1], {"b": 2}, "2024-01-31", 10**40)]
    found = format_tables.call(tables(layered, t=kinds), {"t": {"a": "to_date"}})
    assert [row for row in rows_of(found.tables["t"]) if row] == [{"a": "2024-01-31"}]


def test_an_unknown_formatter_is_told_with_a_near_name(tables: MakeTables):
    with pytest.raises(StepFailed) as caught:
        format_tables.call(tables(t=[{}]), {"t": {"a": "prety_cpf"}})
    assert caught.value.argument == "fields"
    assert caught.value.hint == "did you mean `pretty_cpf`?"
