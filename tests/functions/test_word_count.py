"""Counting words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from functions.errors import StepFailed
from functions.rows.word_count import word_count
from functions.workspace import Lines, Rows
from tests.functions.conftest import MakeRows, dicts_of


def counts(found: Rows) -> dict[str, int]:
    rows = dicts_of(found)
    assert len({row["word"] for row in rows}) == len(rows)
    return {row["word"]: row["count"] for row in rows}


def test_a_missing_column_is_told_with_a_near_name(rows: MakeRows):
    with pytest.raises(StepFailed) as caught:
        word_count.call(rows("text string"), "txt")
    assert (caught.value.argument, caught.value.hint) == ("column", "did you mean `text`?")


@pytest.mark.parametrize("kind", ["int", "array<string>", "struct<a: string>", "binary"])
def test_only_text_has_words(rows: MakeRows, kind: str):
    with pytest.raises(StepFailed, match="only text has words") as caught:
        word_count.call(rows(f"text {kind}"), "text")
    assert caught.value.argument == "column"


def test_words_of_any_script_are_counted(lines: Callable[..., Lines]):
    given = lines(["Ada's well-known café_2, ada\u2019s!", "Größe größe 'x' 3,5", "Война и мир — война", "e\u0301t"])
    assert counts(word_count.call(given)) == {
        "ada's": 1, "well": 1, "known": 1, "café_2": 1, "ada\u2019s": 1, "größe": 2, "x": 1, "3": 1, "5": 1,
        "война": 2, "и": 1, "мир": 1, "e\u0301t": 1,
    }  # fmt: skip


def test_capital_letters_count_where_it_is_wanted(rows: MakeRows):
    given = rows("`a.b` string", ("To to TO",), (None,), ("  ",))
    assert counts(word_count.call(given, "a.b", False)) == {"To": 1, "to": 1, "TO": 1}
    assert counts(word_count.call(given, "a.b")) == {"to": 3}
    assert counts(word_count.call(rows("word string, count int"), "word")) == {}
