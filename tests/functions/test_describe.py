"""Figures of each column as the job's result."""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import SparkSession

from functions.errors import StepFailed
from functions.results.describe import describe
from functions.workspace import Lines, Rows
from tests.functions.conftest import MakeRows


def told(rows: Rows, *arguments: Any) -> list[dict[str, Any]]:
    return [json.loads(row.row) for row in describe.call(rows, *arguments).rows.collect()]


def test_a_missing_column_is_told_with_a_near_name(rows: MakeRows):
    with pytest.raises(StepFailed) as caught:
        describe.call(rows("age int"), ["aeg"])
    assert (caught.value.argument, caught.value.hint) == ("columns", "did you mean `age`?")


def test_numbers_have_all_figures(rows: MakeRows):
    (found,) = told(rows("`a.b` int, x string", *[(n, "x") for n in (1, 2, 3, 4, None)]), ["a.b"], [0.5, 0.0, 1.0])
    assert math.isclose(found.pop("stddev"), 1.2909944487358056)
    assert found == {
        "column": "a.b", "type": "int", "count": 4, "nulls": 1, "distinct": 4, "min": 1, "max": 4, "mean": 2.5,
        "quantiles": {"0.0": 1, "0.5": 2, "1.0": 4},
    }  # fmt: skip


NOTHING = {"distinct": 0, "min": None, "max": None, "mean": None, "stddev": None, "quantiles": None}


@pytest.mark.parametrize(
    ("kind", "values", "figures"),
    [
        ("string", ["é", "Z", None], {"distinct": 2, "min": "Z", "max": "é"}),
        ("boolean", [True, False], {"distinct": 2, "min": False, "max": True}),
        ("date", [datetime.date(2024, 2, 29), None], {"distinct": 1, "min": "2024-02-29", "max": "2024-02-29"}),
        ("array<int>", [[1], [1], [2]], {"distinct": 2}),
        ("struct<a: int>", [(1,), None], {"distinct": 1}),
        ("map<string,int>", [{"a": 1}], {"distinct": None}),
        ("binary", [b"a"], {"distinct": 1}),
        ("bigint", [None], {"quantiles": {"0.25": None, "0.5": None, "0.75": None}}),
    ],
)
def test_other_types_have_what_they_can_have(rows: MakeRows, kind: str, values: list[Any], figures: dict[str, Any]):
    (found,) = told(rows(f"v {kind}", *[(value,) for value in values]))
    count = sum(value is not None for value in values)
    assert found.pop("type") in {kind.replace(": ", ":")}
    assert found == {"column": "v", "count": count, "nulls": len(values) - count, **NOTHING, **figures}


def test_decimals_of_many_digits_and_nan_do_not_end_the_job(rows: MakeRows):
    big = Decimal("9" * 38)
    first, second = told(rows("d decimal(38,0), n double", *[(big, float("nan")), (big, 1.0)] * 5))
    assert (first["count"], first["mean"], first["stddev"]) == (10, 1e38, 0.0)
    assert (second["min"], second["max"], second["mean"]) == (1.0, "NaN", "NaN")


def test_no_rows_no_columns_and_lines(rows: MakeRows, lines: Callable[..., Lines], spark: SparkSession):
    assert told(rows("v string")) == [{"column": "v", "type": "string", "count": 0, "nulls": 0, **NOTHING}]
    assert told(Rows(spark.range(3).select())) == []
    assert told(lines(["b", "a"]))[0] | {"distinct": 0} == {
        "column": "value", "type": "string", "count": 2, "nulls": 0, **NOTHING, "min": "a", "max": "b",
    }  # fmt: skip
    assert told(rows("n int", (1,)), None, [])[0]["quantiles"] is None
