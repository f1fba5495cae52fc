"""Texts as words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from functions.catalog import Catalog, StepFaults
from functions.check import Flow
from functions.errors import StepFailed
from functions.rows.tokenize import tokenize
from functions.storage.roots import Roots
from functions.workspace import Lines
from tests.functions.conftest import MakeRows, dicts_of


def test_what_is_no_text_or_no_pattern_is_told(rows: MakeRows, catalog: Catalog, roots: Roots):
    with pytest.raises(StepFailed, match="the column `n` is int; `tokenize` takes text"):
        tokenize.call(rows("n int", (1,)), "n")
    with pytest.raises(StepFailed, match="no column `value`"):
        tokenize.call(rows("n int", (1,)))
    with pytest.raises(StepFaults, match="is no regular expression"):
        catalog.check([["load_rdd", "in/a"], ["tokenize", "value", "words", "(["]], Flow(roots))


def test_words_of_any_script(rows: MakeRows):
    given = rows("`t.x` string", ("São-Paulo: 2 ÇAS!",), ("日本 русский",), ("",), (None,))
    assert [row["words"] for row in dicts_of(tokenize.call(given, "t.x"))] == [
        ["são", "paulo", "2", "ças"],
        ["日本", "русский"],
        [],
        None,
    ]
    assert dicts_of(tokenize.call(rows("t string", ("a-B c",)), "t", "t", "[A-Za-z-]+", False)) == [{"t": ["a-B", "c"]}]


def test_each_word_as_a_row(lines: Callable[..., Lines], rows: MakeRows):
    assert dicts_of(tokenize.call(lines(["a b", ""]), explode=True)) == [
        {"value": "a b", "words": "a"},
        {"value": "a b", "words": "b"},
    ]
    given = rows("id int, t string", (1, "x y"), (2, None))
    assert dicts_of(tokenize.call(given, "t", "t", explode=True)) == [{"id": 1, "t": "x"}, {"id": 1, "t": "y"}]
