"""Text in other letters."""

from __future__ import annotations

from functions.columns.upper import upper
from tests.functions.applied import applied, failure, refusals
from tests.functions.conftest import MakeRows, dicts_of


def test_a_missing_column_and_another_type_are_told(rows: MakeRows):
    assert failure(upper, rows("name string"), "nmae")[1:] == ("columns", "did you mean `name`?")
    assert failure(upper, rows("tags array<string>"), ["tags"])[:2] == (
        "`tags` is array<string>; `upper` takes text",
        "columns",
    )


def test_names_must_be_as_many_as_columns():
    assert refusals(upper, "a", ["b", "c"]) == [("/2", "names 2 columns to make of 1")]
    assert refusals(upper, None, "b") == [("/2", "names new columns, and `columns` names none")]


def test_letters_of_every_alphabet_change(rows: MakeRows):
    given = rows("`a.b` string, n int", ("Ünï Жж", 1), (None, None), ("", 2))
    assert [row["a.b"] for row in dicts_of(applied(upper, given, "a.b"))] == ["Ünï Жж".upper(), None, ""]
    assert dicts_of(applied(upper, given, ["a.b"], "c`d"))[0] == {"a.b": "Ünï Жж", "n": 1, "c`d": "Ünï Жж".upper()}


def test_all_columns_of_text_change(rows: MakeRows):
    assert dicts_of(applied(upper, rows("a string, n int, b string", ("Aa", 1, "Bb")))) == [
        {"a": "Aa".upper(), "n": 1, "b": "Bb".upper()}
    ]
    assert dicts_of(applied(upper, rows("a string"))) == []
