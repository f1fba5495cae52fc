"""Text cut into parts."""

from __future__ import annotations

import pytest

from functions.columns.split_column import split_column
from tests.functions.applied import applied, failure, refusals
from tests.functions.conftest import MakeRows, dicts_of


def test_a_missing_column_and_another_type_are_told(rows: MakeRows):
    assert failure(split_column, rows("name string"), "nmae", ",")[1:] == ("column", "did you mean `name`?")
    detail, argument, _ = failure(split_column, rows("n array<int>"), "n", ",")
    assert (detail, argument) == ("`n` is array<int>; `split_column` takes text", "column")


def test_arguments_that_do_not_go_together_are_told(rows: MakeRows):
    assert failure(split_column, rows("a string"), "a", ",", ["b", "c"], "list")[:2] == (
        "several names for one list",
        "to",
    )
    assert failure(split_column, rows("a string"), "a", "(", None, None, "drop", True)[1] == "separator"
    assert refusals(split_column, "a", "") != []
    assert refusals(split_column, "a", ",", ["b", "b"]) == [("/3", "names `b` twice")]


@pytest.mark.parametrize("separator", ["|", ".", "\\", "\\E", "[", "$^", " ", "é", "-->", "\t", "😀"])
def test_a_separator_is_taken_to_the_letter(separator: str, rows: MakeRows):
    found = applied(split_column, rows("a string", (f"x{separator}ß{separator}",)), "a", separator)
    assert dicts_of(found) == [{"a": ["x", "ß", ""]}]


def test_a_list_in_place_or_beside(rows: MakeRows):
    given = rows("`a.b` string", ("1,2",), ("",), (None,))
    assert dicts_of(applied(split_column, given, "a.b", ",")) == [{"a.b": ["1", "2"]}, {"a.b": [""]}, {"a.b": None}]
    assert dicts_of(applied(split_column, given, "a.b", ",", "c`d"))[0] == {"a.b": "1,2", "c`d": ["1", "2"]}
    assert dicts_of(applied(split_column, rows("a string"), "a", ",")) == []


def test_columns_of_the_parts(rows: MakeRows):
    given = rows("a string", ("1,2,3",), ("1",), (None,), ("",))
    assert dicts_of(applied(split_column, given, "a", ",", ["x", "y"])) == [
        {"a": "1,2,3", "x": "1", "y": "2"},
        {"a": "1", "x": "1", "y": None},
        {"a": None, "x": None, "y": None},
        {"a": "", "x": "", "y": None},
    ]
    assert dicts_of(applied(split_column, given, "a", ",", ["x", "a"], None, "last"))[0] == {"x": "1", "a": "2,3"}
    assert dicts_of(applied(split_column, given, "a", ",", "x", "columns"))[0] == {"a": "1,2,3", "x": "1"}


def test_a_regular_expression_as_separator(rows: MakeRows):
    given = rows("a string", ("1 ;  2",))
    assert dicts_of(applied(split_column, given, "a", r"\s*;\s*", None, None, "drop", True)) == [{"a": ["1", "2"]}]
