"""Other text in place of what a regular expression finds."""

from __future__ import annotations

import pytest

from functions.columns.regex_replace import regex_replace
from tests.functions.applied import applied, failure, refusals
from tests.functions.conftest import MakeRows, dicts_of


def test_a_missing_column_and_another_type_are_told(rows: MakeRows):
    assert failure(regex_replace, rows("line string"), "lien", "a")[1:] == ("columns", "did you mean `line`?")
    assert failure(regex_replace, rows("n int"), "n", "a")[0] == "`n` is int; `regex_replace` takes text"


def test_a_pattern_that_is_none_is_told(rows: MakeRows):
    assert refusals(regex_replace, "a", "(") == [
        ("/2", "is no regular expression: missing ), unterminated subpattern at position 0")
    ]
    assert failure(regex_replace, rows("a string"), "a", "a{2,1}")[1] == "pattern"


@pytest.mark.parametrize("replacement", ["$2", "$x", "\\", "${n}"])
def test_a_replacement_that_is_none_is_told(replacement: str, rows: MakeRows):
    detail, argument, hint = failure(regex_replace, rows("a string"), "a", "(a)", replacement)
    assert (detail, argument) == (f"`{replacement}` cannot replace a match of the pattern", "replacement")
    assert hint == r"$1 is the first group of the pattern, $0 the whole match; a dollar is \$, a backslash \\"


def test_every_match_is_replaced(rows: MakeRows):
    given = rows("`a.b` string, c string", ("größe-größe", "x"), (None, "ö"), ("", None))
    assert dicts_of(applied(regex_replace, given, ["a.b", "c"], "ö", "oe")) == [
        {"a.b": "groeße-groeße", "c": "x"},
        {"a.b": None, "c": "oe"},
        {"a.b": "", "c": None},
    ]
    assert dicts_of(applied(regex_replace, rows("a string"), "a", "b")) == []


def test_groups_dollars_and_a_new_name(rows: MakeRows):
    given = rows("a string", ("12.5",))
    assert dicts_of(applied(regex_replace, given, "a", r"(\d+)\.(\d+)", r"$2,$1 \$ $0", "b`c")) == [
        {"a": "12.5", "b`c": "5,12 $ 12.5"}
    ]
    assert dicts_of(applied(regex_replace, given, "a", r"\.")) == [{"a": "125"}]
