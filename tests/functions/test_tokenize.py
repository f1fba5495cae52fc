"""Taking texts apart into words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from functions.errors import StepFailed
from functions.rows.tokenize import tokenize
from functions.workspace import Lines
from tests.functions.conftest import MakeRows, dicts_of


def test_a_missing_column_is_told_with_a_near_name(rows: MakeRows):
    with pytest.raises(StepFailed) as caught:
        tokenize.call(rows("text string"), "txt")
    assert (caught.value.argument, caught.value.hint) == ("column", "did you mean `text`?")


def test_only_text_has_words(rows: MakeRows):
    with pytest.raises(StepFailed, match=r"`text` is array<string>; only text has words"):
        tokenize.call(rows("text array<string>"), "text")


@pytest.mark.parametrize("pattern", ["(", "[a-", "*", "\\"])
def test_a_pattern_that_is_none_is_refused_before_anything_runs(rows: MakeRows, pattern: str):
    with pytest.raises(StepFailed, match="is no regular expression") as caught:
        tokenize.call(rows("text string"), "text", pattern=pattern)
    assert caught.value.argument == "pattern"


def test_words_as_an_array_keep_their_order(rows: MakeRows):
    given = rows("id int, `a.b` string", (1, "To be, or NOT"), (2, "…"), (3, None))
    assert dicts_of(tokenize.call(given, "a.b", "c`d")) == [
        {"id": 1, "a.b": "To be, or NOT", "c`d": ["to", "be", "or", "not"]},
        {"id": 2, "a.b": "…", "c`d": []},
        {"id": 3, "a.b": None, "c`d": None},
    ]


def test_words_as_rows(rows: MakeRows):
    given = rows("id int, text string", (1, "Größe x Größe"), (2, ""), (3, None))
    assert dicts_of(tokenize.call(given, "text", "text", "rows", None, False)) == [
        {"id": 1, "text": "Größe"},
        {"id": 1, "text": "x"},
        {"id": 1, "text": "Größe"},
    ]
    assert dicts_of(tokenize.call(rows("text string"), "text", form="rows")) == []


def test_a_pattern_says_what_a_word_is(lines: Callable[..., Lines]):
    found = tokenize.call(lines(["a-B (c1) 22"]), pattern=r"[a-z]+\d*")
    assert dicts_of(found) == [{"value": "a-B (c1) 22", "tokens": ["a", "b", "c1"]}]
    assert dicts_of(tokenize.call(lines(["ab 1"]), pattern=r"\d*"))[0]["tokens"] == ["1"]
    assert dicts_of(tokenize.call(lines(["'; -- `x`"]), pattern="['`]"))[0]["tokens"] == ["'", "`", "`"]
