"""Edges of the functions of tables: no rows, nulls, any names, values of every kind, tables that are not there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from functions.catalog import Catalog
from functions.check import Flow
from functions.steps import StepFaults, arguments_of
from functions.storage.roots import Roots
from functions.workspace import Tables
from tests.functions.conftest import MakeTables, rows_of
from tests.functions.reference import FORMATTERS

NAME, LIST = "é \U0001f600", [{"k": {"d": [None]}}, 5, None, {"s": 1}]
INNER = {"a.b": [1, {"c": None}]}
FIRST = {NAME: INNER, "s": " x ", "S": "7"}
LAST = {NAME: "text", "s": LIST}
ROWS: list[dict[str, Any]] = [{**FIRST, "n": None}, {}, LAST]
OTHERS = [{"S": 1, "ü": [{}]}]
NEW = {"q": [None]}


def formatted(row: dict[str, Any]) -> dict[str, Any]:
    wanted = {"S": "ensure_int", "s": "trim", NAME: "trim"}
    made = {name: FORMATTERS[wanted[name]](value) for name, value in row.items()}
    return {name: value for name, value in made.items() if value is not None}


#: By function: what is asked for of the table `orders`, and the rows that come of it.
CASES: dict[str, tuple[Any, list[Any]]] = {
    "flatten_tables": (
        {NAME: {"ü": ["a.b"], "n": ["zz"]}},
        [{"ü": INNER["a.b"], "s": " x ", "S": "7"}, {}, {"s": LIST}],
    ),
    "rename_tables_fields": (
        {NAME: "n", "s": "S", "gone": NAME},
        [{"n": INNER, "S": " x "}, {}, {"n": "text", "S": LIST}],
    ),
    "expand_tables": (
        [{"field": "é", "default_value": NEW}, {"field": "s", "default_value": None}],
        [{NAME: INNER, "S": "7", "é": NEW}, {"é": NEW}, {NAME: "text", "é": NEW}],
    ),
    "explode_tables": (
        ["s"],
        [FIRST, {}, {NAME: "text", "k": {"d": [None]}}, {NAME: "text", "s": 1}],
    ),
    "format_tables": ({"S": "ensure_int", "s": "trim", NAME: "trim"}, list(map(formatted, [FIRST, {}, LAST]))),
    "ensure_not_nulls": (["s", NAME], [FIRST, LAST]),
    "json_to_list_for_tables": (
        ["s", "gone", NAME, "s"],
        [[" x ", None, INNER, " x "], [None] * 4, [LIST, None, "text", LIST]],
    ),
}


def changed(catalog: Catalog, name: str, tables: Tables, argument: Any) -> Tables:
    item = catalog.find(name)
    flow = Flow(Roots.of(Path(), [], []), tables=set(tables.tables))
    return item.call(tables, **arguments_of(item, [argument], "", flow))


@pytest.mark.parametrize("layered", [True, False])
@pytest.mark.parametrize("name", CASES)
def test_values_of_every_kind_under_any_name(catalog: Catalog, tables: MakeTables, name: str, layered: bool):
    argument, expected = CASES[name]
    made = changed(catalog, name, tables(layered, orders=ROWS), {"orders": argument})
    assert rows_of(made.table("orders", argument="name")) == expected


@pytest.mark.parametrize("layered", [True, False])
def test_tables_of_every_kind_go_together(catalog: Catalog, tables: MakeTables, layered: bool):
    unification = [{"sources": ["orders", "none", "others"], "sink": "orders", "sources_to_delete": ["none"]}]
    made = changed(catalog, "unify_tables", tables(layered, orders=ROWS, none=[], others=OTHERS), unification)
    assert rows_of(made.table("orders", argument="name")) == [FIRST, {}, LAST, *OTHERS]
    assert sorted(made.tables) == ["orders", "others"]


@pytest.mark.parametrize("name", CASES)
def test_no_rows_stay_none(catalog: Catalog, tables: MakeTables, name: str):
    made = changed(catalog, name, tables(True, orders=[]), {"orders": CASES[name][0]})
    assert rows_of(made.table("orders", argument="name")) == []


@pytest.mark.parametrize("name", [*CASES, "unify_tables"])
def test_a_table_that_is_not_there_is_told_with_a_near_name(catalog: Catalog, tables: MakeTables, name: str):
    argument = {"order": CASES[name][0]} if name in CASES else [{"sources": ["order"], "sink": "x"}]
    with pytest.raises(StepFaults) as caught:
        changed(catalog, name, tables(True, orders=[]), argument)
    assert [(fault.detail, fault.hint) for fault in caught.value.faults] == [
        ("no earlier step made a table `order` (tables here: `orders`)", "did you mean `orders`?")
    ]
