"""Groups with totals."""

from __future__ import annotations

import pytest

from functions.arguments.aggregates import Aggregation
from functions.errors import StepFailed
from functions.relations.cube import cube
from tests.functions.conftest import MakeRows, dicts_of

SUM = [Aggregation.model_validate({"function": "sum", "column": "sold", "as": "sold"})]


def test_columns_that_do_not_fit_are_told(rows: MakeRows):
    given = rows("`c.d` string, kind string, sold string")
    for by, argument in ((["c"], "by"), (["c.d"], "aggregates")):
        with pytest.raises(StepFailed) as caught:
            cube.call(given, by, SUM)
        assert caught.value.argument == argument
    with pytest.raises(StepFailed, match="two columns would be named `kind`"):
        cube.call(rows("kind string, sold int"), ["kind"], SUM, "kind")


def test_totals_are_told_from_nulls_of_the_data(rows: MakeRows):
    given = rows("`c.d` string, kind string, sold int", ("Recife", "a", 5), ("Olinda", "b", 2))
    found = cube.call(given, ["c.d", "kind"], SUM, "level")
    assert found.columns == ["c.d", "kind", "sold", "level"]
    expected = [
        ("Olinda", "b", 2, 0),
        ("Olinda", None, 2, 1),
        ("Recife", "a", 5, 0),
        ("Recife", None, 5, 1),
        (None, "a", 5, 2),
        (None, "b", 2, 2),
        (None, None, 7, 3),
    ]
    assert sorted((tuple(row.values()) for row in dicts_of(found)), key=str) == sorted(expected, key=str)
    assert cube.call(given, ["kind"], SUM).columns == ["kind", "sold"]


def test_nulls_and_no_rows(rows: MakeRows):
    given = rows("kind string, sold int", (None, 1))
    assert sorted(row["level"] for row in dicts_of(cube.call(given, ["kind"], SUM, "level"))) == [0, 1]
    assert len(dicts_of(cube.call(rows("kind string, sold int"), ["kind"], SUM))) <= 1
