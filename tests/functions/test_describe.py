"""Figures about the columns as the job's result."""

from __future__ import annotations

import json
from typing import Any

import pytest

from functions.errors import StepFailed
from functions.results.describe import describe
from functions.workspace import Dataset
from tests.functions.conftest import MakeRows


def figures(dataset: Dataset) -> list[dict[str, Any]]:
    return [json.loads(row.row) for row in dataset.rows.collect()]


def test_a_missing_column_is_told(rows: MakeRows):
    with pytest.raises(StepFailed) as caught:
        describe.call(rows("sold int", (1,)), ["slod"])
    assert (caught.value.argument, caught.value.hint) == ("columns", "did you mean `sold`?")
    with pytest.raises(StepFailed, match="no columns to describe"):
        describe.call(rows("").__class__(rows("n int").frame.select()))


def test_each_column_has_the_figures_of_its_type(rows: MakeRows):
    given = rows(
        "`n.m` int, name string, m map<string, int>, d date",
        *[(n, "é" if n % 2 else None, {"a": n}, None) for n in range(1, 101)],
    )
    numbers, names, maps, dates = figures(describe.call(given))
    assert {**numbers, "p25": 0, "p50": 0, "p75": 0, "distinct": 0} == {
        "column": "n.m",
        "type": "int",
        "count": 100,
        "nulls": 0,
        "distinct": 0,
        "min": "1",
        "max": "100",
        "mean": 50.5,
        "stddev": pytest.approx(29.0115),
        "p25": 0,
        "p50": 0,
        "p75": 0,
    }
    assert [numbers[f"p{n}"] for n in (25, 50, 75)] == [25, 50, 75]
    assert abs(numbers["distinct"] - 100) <= 10
    assert names == {
        "column": "name",
        "type": "string",
        "count": 50,
        "nulls": 50,
        "distinct": 1,
        "min": "é",
        "max": "é",
    }
    assert maps == {"column": "m", "type": "map<string,int>", "count": 100, "nulls": 0}
    assert dates == {"column": "d", "type": "date", "count": 0, "nulls": 100, "distinct": 0, "min": None, "max": None}


def test_no_rows_have_figures_too(rows: MakeRows):
    (found,) = figures(describe.call(rows("n double")))
    assert found["count"] == 0
    assert found["mean"] is None
