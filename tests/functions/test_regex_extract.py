"""What a regular expression finds in text."""

from __future__ import annotations

import pytest
from pyspark.errors import PySparkException

from functions.columns.regex_extract import regex_extract
from functions.records.rejects import Rejects
from tests.functions.applied import applied, failure, refusals
from tests.functions.conftest import MakeRows, counts, dicts_of, rejects_of


def test_a_missing_column_and_another_type_are_told(rows: MakeRows):
    assert failure(regex_extract, rows("line string"), "lien", "a")[1:] == ("column", "did you mean `line`?")
    detail, argument, _ = failure(regex_extract, rows("n array<int>"), "n", "a")
    assert (detail, argument) == ("`n` is array<int>; `regex_extract` takes text", "column")


@pytest.mark.parametrize("pattern", ["(a", "a)", "*a", "[a", "a\\", "(?<n>a))", "x" * 1001, ""])
def test_what_is_no_pattern_in_any_language_is_refused_at_submission(pattern: str):
    assert [place for place, _ in refusals(regex_extract, "a", pattern)] == ["/2"]


@pytest.mark.parametrize("pattern", ["(?P<n>a)", "a{2,1}", "\\p{Nowhere}", "[z-a]", "(?<n>a)(?<n>b)"])
def test_what_is_no_pattern_of_java_is_told_before_anything_runs(pattern: str, rows: MakeRows):
    detail, argument, _ = failure(regex_extract, rows("a string"), "a", pattern)
    assert (detail, argument) == (f"`{pattern}` is no regular expression of Java", "pattern")


def test_a_group_that_the_pattern_lacks_is_told(rows: MakeRows):
    detail, argument, _ = failure(regex_extract, rows("a string"), "a", "(a)(b)", 3)
    assert (detail, argument) == ("group 3 is wanted, and the pattern has 2 groups", "group")
    assert refusals(regex_extract, "a", "a", -1)[0][0] == "/3"


@pytest.mark.parametrize(
    "pattern", ["[a[(]]", "\\p{L}+", "(?<n>b)", "a++", "\\Q(\\E", "[^&&[)]]", "(?i)B", "(?x)b # (c\n"]
)
def test_what_only_java_knows_is_taken(pattern: str, rows: MakeRows):
    assert len(dicts_of(applied(regex_extract, rows("a string", ("b(",)), "a", pattern))) == 1


def test_text_without_a_match_gives_null_and_an_empty_match_empty_text(rows: MakeRows):
    given = rows("`a.b` string", ("größe 42",), ("keine",), (None,), ("",), (" 7",))
    found = applied(regex_extract, given, "a.b", r"(\p{L}*) (\d+)", 1, "w`x")
    assert dicts_of(found) == [
        {"a.b": "größe 42", "w`x": "größe"},
        {"a.b": "keine", "w`x": None},
        {"a.b": None, "w`x": None},
        {"a.b": "", "w`x": None},
        {"a.b": " 7", "w`x": ""},
    ]
    assert dicts_of(applied(regex_extract, given, "a.b", r"\d+"))[0] == {"a.b": "42"}
    assert dicts_of(applied(regex_extract, rows("a string"), "a", "b")) == []


def test_rows_without_a_match_are_set_aside_or_fail_the_job(rows: MakeRows, rejects: Rejects):
    given = rows("a string", ("1",), ("x",), (None,))
    found = applied(regex_extract, given, "a", "[0-9]", 0, "n", "reject", rejects=rejects)
    assert dicts_of(found) == [{"a": "1", "n": "1"}, {"a": None, "n": None}]
    assert rejects_of(rejects) == [({"a": "x"}, "`a`: `x` is not matched by the pattern")]
    assert counts(rejects.sets[0].observations[0]) == {"read": 3, "rejected": 1}
    with pytest.raises(PySparkException, match="bad record at step 0: `a`: `x` is not matched"):
        dicts_of(applied(regex_extract, given, "a", "[0-9]", 0, "n", "fail"))
