"""Edges of what makes a job's result, compared with plain Python: no rows, nulls, odd names and nested values."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pyspark.sql import SparkSession

from functions.errors import StepFailed
from functions.results.collect import collect
from functions.results.count import count
from functions.results.describe import describe
from functions.results.sample_rows import sample_rows
from functions.results.schema import schema
from functions.results.take import take
from functions.workspace import Dataset, Rows
from tests.functions.conftest import MakeRows

SCHEMA = """id int, `a.b` struct<`x.y`: int, l: array<struct<m: map<string, int>>>>, ID string,
`é \U0001f600` array<int>, n double"""
VALUES: list[tuple[Any, ...]] = [
    (1, (2, [({"k": None, "": 3},), None, (None,)]), '\u2028\n"', [1, None], None),
    (2, None, "", [], None),
    (None, (None, None), None, None, None),
]
EXPECTED = [
    {"id": 1, "a.b": {"x.y": 2, "l": [{"m": {"k": None, "": 3}}, None, {"m": None}]}, "ID": "\u2028\n\"",
     "é \U0001f600": [1, None], "n": None},
    {"id": 2, "a.b": None, "ID": "", "é \U0001f600": [], "n": None},
    {"id": None, "a.b": {"x.y": None, "l": None}, "ID": None, "é \U0001f600": None, "n": None},
]  # fmt: skip


def told(found: Dataset) -> list[Any]:
    frame = found.rows if found.amount is None else found.rows.limit(found.amount)
    return [json.loads(row.row) for row in frame.collect()]


@pytest.fixture
def given(rows: MakeRows) -> Rows:
    return rows(SCHEMA, *VALUES)


def test_nested_values_and_nulls_are_told_as_json(given: Rows):
    assert told(collect.call(given)) == EXPECTED
    assert told(take.call(given, 2)) == EXPECTED[:2]
    assert sorted(told(sample_rows.call(given, 9)), key=str) == sorted(EXPECTED, key=str)
    assert told(count.call(given)) == [{"count": 3}]


def test_columns_of_any_name_and_type_are_told(given: Rows, spark: SparkSession):
    names = [(item["name"], item["nullable"]) for item in told(schema.call(given, session=spark))]
    assert names == [(field.name, True) for field in given.frame.schema]
    found = {item.pop("column"): item for item in told(describe.call(given, quantiles=[0.5]))}
    assert [(name, item["count"], item["nulls"]) for name, item in found.items()] == [
        ("id", 2, 1), ("a.b", 2, 1), ("ID", 2, 1), ("é \U0001f600", 2, 1), ("n", 0, 3),
    ]  # fmt: skip
    assert (found["ID"]["min"], found["ID"]["max"]) == ("", '\u2028\n"')
    assert (found["n"]["min"], found["n"]["mean"], found["n"]["quantiles"]) == (None, None, {"0.5": None})
    with pytest.raises(StepFailed, match="there is no column `Id`"):
        describe.call(given, ["Id"])


def test_no_rows_have_a_result(given: Rows, spark: SparkSession):
    none = Rows(given.frame.limit(0))
    assert [told(made) for made in (collect.call(none), take.call(none, 5), sample_rows.call(none, 5))] == [[], [], []]
    assert told(count.call(none)) == [{"count": 0}]
    assert told(schema.call(none, session=spark)) == told(schema.call(given, session=spark))
    assert [(item["count"], item["nulls"]) for item in told(describe.call(none))] == [(0, 0)] * 5
