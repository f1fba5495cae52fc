"""Taking columns away."""

from __future__ import annotations

from functions.columns.drop import drop
from tests.functions.applied import applied, failure, refusals
from tests.functions.conftest import MakeRows, dicts_of


def test_a_missing_column_is_told_with_a_near_name(rows: MakeRows):
    detail, argument, hint = failure(drop, rows("name string, age int"), ["nmae"])
    assert detail.startswith("there is no column `nmae`")
    assert (argument, hint) == ("columns", "did you mean `name`?")


def test_dropping_all_columns_is_told(rows: MakeRows):
    assert failure(drop, rows("a int, b int"), ["b", "a"])[:2] == ("no column would be left", "columns")


def test_another_word_for_missing_is_refused():
    assert refusals(drop, "a", "skip") == [("/2", "must be one of fail, ignore")]


def test_missing_columns_may_be_ignored(rows: MakeRows):
    assert dicts_of(applied(drop, rows("a int, b int", (1, 2)), ["b", "z"], "ignore")) == [{"a": 1}]


def test_names_are_taken_to_the_letter(rows: MakeRows):
    given = rows("`a.b` int, a struct<b: int>, `x``y` int, `é` string", (1, (2,), 3, None))
    assert dicts_of(applied(drop, given, ["a.b", "x`y"])) == [{"a": {"b": 2}, "é": None}]
    assert dicts_of(applied(drop, rows("a int, b int"), "a")) == []
