"""Rows of two tables beside each other."""

from __future__ import annotations

from typing import Any

import pytest

from functions.errors import StepFailed
from functions.relations.join import Pair, join
from functions.workspace import Rows, Tables
from tests.functions.conftest import MakeRows, dicts_of

LEFT = [(1, "Ada"), (2, "Bob"), (2, "Bea"), (None, "Nil"), (9, "Nun")]
RIGHT = [(1, "x"), (2, "y"), (None, "z"), (7, "w")]


@pytest.fixture
def left(rows: MakeRows) -> Rows:
    return rows("id int, name string", *LEFT)


@pytest.fixture
def tables(rows: MakeRows) -> Tables:
    return Tables({"other": rows("id bigint, name string", *RIGHT), "odd": rows("id string, m map<string, int>")})


@pytest.mark.parametrize(
    ("table", "on", "how", "argument", "detail"),
    [
        ("othr", ["id"], "inner", "table", "there is no table `othr`"),
        ("other", ["ids"], "inner", "on", "there is no column `ids`"),
        ("other", [Pair(left="id", right="idd")], "inner", "on", "there is no column `idd`"),
        ("odd", ["id"], "inner", "on", "`id` is int here, and `id` of the table is string"),
        ("odd", [Pair(left="id", right="m")], "inner", "on", "cannot be compared"),
        ("other", [], "inner", "on", "a join of the kind inner needs columns to compare"),
        ("other", ["id"], "cross", "on", "a cross join"),
    ],
)
def test_what_cannot_be_joined_is_told(
    left: Rows, tables: Tables, table: str, on: list[Any], how: str, argument: str, detail: str
):
    with pytest.raises(StepFailed) as caught:
        join.call(left, tables, table, on, how)
    assert caught.value.argument == argument
    assert detail in caught.value.detail


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("inner", [(1, "Ada", "x"), (2, "Bea", "y"), (2, "Bob", "y")]),
        ("left", [(1, "Ada", "x"), (2, "Bea", "y"), (2, "Bob", "y"), (9, "Nun", None), (None, "Nil", None)]),
        ("right", [(1, "Ada", "x"), (2, "Bea", "y"), (2, "Bob", "y"), (7, None, "w"), (None, None, "z")]),
        ("left_semi", [(1, "Ada"), (2, "Bea"), (2, "Bob")]),
        ("left_anti", [(9, "Nun"), (None, "Nil")]),
    ],
)
def test_each_kind_keeps_its_rows(left: Rows, tables: Tables, how: str, expected: list[tuple[Any, ...]]):
    found = join.call(left, tables, "other", ["id"], how)
    columns = ["id", "name"] if how.startswith("left_") else ["id", "name", "name_right"]
    assert found.columns == columns
    assert sorted((tuple(row.values()) for row in dicts_of(found)), key=str) == sorted(expected, key=str)


def test_a_full_join_has_the_key_of_either_side(left: Rows, tables: Tables):
    found = dicts_of(join.call(left, tables, "other", ["id"], "full", "_2"))
    assert sorted(str(row["id"]) for row in found) == ["1", "2", "2", "7", "9", "None", "None"]
    safe = dicts_of(join.call(left, tables, "other", ["id"], "full", null_safe=True, broadcast=True))
    assert {"id": None, "name": "Nil", "name_right": "z"} in safe
    assert len(safe) == 6


def test_pairs_keep_both_columns_and_names_of_any_kind(rows: MakeRows):
    given = rows("`a.b` int, x int", (1, 5))
    tables = Tables({"t": rows("`c``d` int, `a.b` string", (1, "é"))})
    found = join.call(given, tables, "t", [Pair(left="a.b", right="c`d")])
    assert dicts_of(found) == [{"a.b": 1, "x": 5, "c`d": 1, "a.b_right": "é"}]


def test_names_that_would_stand_twice_are_told(rows: MakeRows):
    given = rows("id int, x int, x_right int")
    with pytest.raises(StepFailed, match="two columns would be named `x_right`"):
        join.call(given, Tables({"t": rows("id int, x int")}), "t", ["id"])


def test_a_table_with_itself_and_every_row_with_every_other(rows: MakeRows):
    given = rows("id int", (1,), (2,))
    assert len(dicts_of(join.call(given, Tables({"t": given}), "t", ["id"]))) == 2
    crossed = join.call(given, Tables({"t": given}), "t", [], "cross")
    assert sorted(tuple(row.values()) for row in dicts_of(crossed)) == [(1, 1), (1, 2), (2, 1), (2, 2)]
    assert dicts_of(join.call(rows("id int"), Tables({"t": given}), "t", ["id"])) == []
