"""New names for columns."""

from __future__ import annotations

from functions.columns.rename import rename
from tests.functions.applied import applied, failure, refusals
from tests.functions.conftest import MakeRows, dicts_of


def test_a_missing_column_is_told_with_a_near_name(rows: MakeRows):
    detail, argument, hint = failure(rename, rows("name string"), {"nam": "x"})
    assert detail == "there is no column `nam` (columns here: `name`)"
    assert (argument, hint) == ("names", "did you mean `name`?")


def test_two_columns_of_one_name_are_told(rows: MakeRows):
    assert failure(rename, rows("a int, b int"), {"a": "b"})[:2] == ("`a` and `b` would both be named `b`", "names")
    assert failure(rename, rows("a int, b int"), {"a": "c", "b": "c"})[0] == "`a` and `b` would both be named `c`"


def test_no_name_is_refused():
    assert refusals(rename, {})[0][0] == "/1"
    assert refusals(rename, {"a": ""})[0][0] == "/1/a"


def test_all_are_renamed_at_once(rows: MakeRows):
    given = rows("a int, b string, c int", (1, "x", 2), (None, None, None))
    found = applied(rename, given, {"a": "b", "b": "a"})
    assert found.columns == ["b", "a", "c"]
    assert dicts_of(found) == [{"b": 1, "a": "x", "c": 2}, {"b": None, "a": None, "c": None}]


def test_names_are_taken_to_the_letter(rows: MakeRows):
    found = applied(rename, rows("`a.b` int, `c``d` array<int>", (1, [2])), {"a.b": "é.`ü`", "c`d": "C"})
    assert dicts_of(found) == [{"é.`ü`": 1, "C": [2]}]
    assert applied(rename, rows("a int"), {"a": "A"}).columns == ["A"]
    assert applied(rename, rows("a int"), {"a": "a"}).columns == ["a"]
