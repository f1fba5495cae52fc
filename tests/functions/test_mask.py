"""Text of which only the ends are shown."""

from __future__ import annotations

import pytest

from functions.columns.mask import mask
from tests.functions.applied import applied, failure, refusals
from tests.functions.conftest import MakeRows, dicts_of


def test_a_missing_column_and_another_type_are_told(rows: MakeRows):
    assert failure(mask, rows("card string"), "crad")[1:] == ("columns", "did you mean `card`?")
    assert failure(mask, rows("n bigint"), "n") == (
        "`n` is bigint; `mask` takes text",
        "columns",
        "cast makes text of it",
    )


def test_bad_arguments_are_refused():
    assert refusals(mask, "a", -1)[0][0] == "/2"
    assert refusals(mask, "a", 0, 0, "**")[0][0] == "/4"
    assert refusals(mask, "a", 0, 0, "")[0][0] == "/4"


@pytest.mark.parametrize(
    ("text", "arguments", "expected"),
    [
        ("4111111111111111", (0, 4), "************1111"),
        ("größe", (1, 1), "g***e"),
        ("größe", (2, 0, "•"), "gr•••"),
        ("größe", (), "*****"),
        ("abc", (2, 1), "***"),
        ("ab", (2, 1), "**"),
        ("a", (1, 0), "*"),
        ("", (0, 4), ""),
        (None, (0, 4), None),
        ("a😀c", (1, 1), "a*c"),
        ("größe", (1, 1, "*", 8), "g********e"),
        ("ab", (1, 1, "*", 3), "***"),
        ("abc", (1, 0, "*", 0), "a"),
    ],
)
def test_only_the_ends_are_shown(text: str | None, arguments: tuple, expected: str | None, rows: MakeRows):
    assert dicts_of(applied(mask, rows("`a.b` string", (text,)), "a.b", *arguments)) == [{"a.b": expected}]


def test_several_columns_new_names_and_no_rows(rows: MakeRows):
    given = rows("a string, b string", ("xy", "zw"))
    found = applied(mask, given, columns=["a", "b"], first=1, to=["c", "a"])
    assert dicts_of(found) == [{"a": "z*", "b": "zw", "c": "x*"}]
    assert dicts_of(applied(mask, rows("a string"), "a")) == []
