"""How often words stand in texts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from functions.errors import StepFailed
from functions.rows.word_count import word_count
from functions.workspace import Lines
from tests.functions.conftest import MakeRows, dicts_of


def test_a_missing_column_is_told(rows: MakeRows):
    with pytest.raises(StepFailed) as caught:
        word_count.call(rows("text string", ("a",)), "txet")
    assert (caught.value.argument, caught.value.hint) == ("column", "did you mean `text`?")


def test_the_most_frequent_come_first(lines: Callable[..., Lines]):
    found = word_count.call(lines(["É um é", "", "dois um", "É"]))
    assert dicts_of(found) == [{"word": "é", "count": 3}, {"word": "um", "count": 2}, {"word": "dois", "count": 1}]
    exact = word_count.call(lines(["A a"]), ignore_case=False)
    assert dicts_of(exact) == [{"word": "A", "count": 1}, {"word": "a", "count": 1}]


def test_nulls_and_no_rows(rows: MakeRows):
    assert dicts_of(word_count.call(rows("`a.b` string", (None,)), "a.b")) == []
    assert dicts_of(word_count.call(rows("word string", ("x1 x2",)), "word", r"\d")) == [
        {"word": "1", "count": 1},
        {"word": "2", "count": 1},
    ]
