"""Columns as rows."""

from __future__ import annotations

import pytest

from functions.errors import StepFailed
from functions.relations.unpivot import unpivot
from tests.functions.conftest import MakeRows, dicts_of


@pytest.mark.parametrize(
    ("columns", "names", "argument", "detail"),
    [
        (["2033"], (), "columns", "no column `2033`"),
        (["2023", "city"], (), "columns", "of different types: int, string"),
        (["2023"], ("city",), "name_to", "two columns would be named `city`"),
        (["2023"], ("a", "a"), "name_to", "two columns would be named `a`"),
    ],
)
def test_what_cannot_be_is_told(rows: MakeRows, columns: list[str], names: tuple[str, ...], argument: str, detail: str):
    with pytest.raises(StepFailed) as caught:
        unpivot.call(rows("city string, `2023` int"), columns, *names)
    assert caught.value.argument == argument
    assert detail in caught.value.detail


def test_each_column_becomes_a_row(rows: MakeRows):
    given = rows("city string, `a.b` int, `é` int", ("Recife", 1, None), ("Olinda", 3, 4))
    found = unpivot.call(given, ["a.b", "é"], "key", "sold")
    assert dicts_of(found) == [
        {"city": "Recife", "key": "a.b", "sold": 1},
        {"city": "Recife", "key": "é", "sold": None},
        {"city": "Olinda", "key": "a.b", "sold": 3},
        {"city": "Olinda", "key": "é", "sold": 4},
    ]
    assert len(dicts_of(unpivot.call(given, ["a.b", "é"], keep_nulls=False))) == 3
    assert dicts_of(unpivot.call(rows("n int"), ["n"])) == []


def test_numbers_of_several_types_keep_their_values(rows: MakeRows):
    large = 2**53 + 1
    found = unpivot.call(rows("a int, b bigint, s struct<x: int>", (1, large, (1,))), ["a", "b"])
    assert [row["value"] for row in dicts_of(found)] == [1, large]
    floats = unpivot.call(rows("a float, b double", (0.5, None)), ["a", "b"])
    assert [row["value"] for row in dicts_of(floats)] == [0.5, None]
    with pytest.raises(StepFailed, match="of different types: bigint, double"):
        unpivot.call(rows("a bigint, b double"), ["a", "b"])
