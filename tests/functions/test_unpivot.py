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


def test_numbers_of_several_types_become_floats(rows: MakeRows):
    found = unpivot.call(rows("a int, b decimal(5, 2), s struct<x: int>", (1, None, (1,))), ["a", "b"])
    assert dicts_of(found) == [
        {"s": {"x": 1}, "name": "a", "value": 1.0},
        {"s": {"x": 1}, "name": "b", "value": None},
    ]
