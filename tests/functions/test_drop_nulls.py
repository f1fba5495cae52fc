"""Dropping rows that lack values."""

from __future__ import annotations

import pytest

from functions.errors import StepFailed
from functions.rows.drop_nulls import drop_nulls
from tests.functions.conftest import MakeRows, dicts_of

ROWS = [(1, "a"), (None, "b"), (3, None), (None, None)]


def test_a_missing_column_is_told_with_a_near_name(rows: MakeRows):
    with pytest.raises(StepFailed) as caught:
        drop_nulls.call(rows("age int, name string", *ROWS), ["nam"])
    assert (caught.value.argument, caught.value.hint) == ("columns", "did you mean `name`?")


@pytest.mark.parametrize(
    ("columns", "how", "kept"),
    [
        (None, "any", [1]),
        (None, "all", [1, None, 3]),
        (["age"], "any", [1, 3]),
        (["name"], "all", [1, None]),
        (["name", "age"], "all", [1, None, 3]),
    ],
)
def test_rows_without_values_go(rows: MakeRows, columns: list[str] | None, how: str, kept: list[int | None]):
    found = drop_nulls.call(rows("age int, name string", *ROWS), columns, how)
    assert [row["age"] for row in dicts_of(found)] == kept


def test_empty_text_nan_and_nested_nulls_are_values(rows: MakeRows):
    given = rows("`t.x` string, n double, s struct<a: int>", ("", float("nan"), (None,)))
    assert len(dicts_of(drop_nulls.call(given))) == 1
    assert dicts_of(drop_nulls.call(rows("age int"))) == []
