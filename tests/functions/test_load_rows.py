"""Rows that stand in the job itself."""

from __future__ import annotations

import datetime
import json

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from functions.records.rejects import Rejects
from functions.sources.load_rows import load_rows
from tests.functions.conftest import dicts_of, rejects_of


def test_objects_that_do_not_fit_are_set_aside(spark: SparkSession, rejects: Rejects):
    values = [{"id": 1, "day": "2024-01-01"}, {"id": "x"}, {"id": 2, "extra": True}]
    found = load_rows.call(values, {"id": "INT", "day": "DATE"}, session=spark, rejects=rejects)
    assert dicts_of(found) == [{"id": 1, "day": datetime.date(2024, 1, 1)}, {"id": 2, "day": None}]
    assert rejects_of(rejects) == [({"id": "x"}, "`id`: `x` is not of the type INT")]


def test_what_does_not_fit_becomes_null_or_fails_the_job(spark: SparkSession, rejects: Rejects):
    values = [{"id": 1, "name": "é"}, {"id": "x", "name": "b"}]
    schema = {"id": "INT", "name": "STRING"}
    found = load_rows.call(values, schema, "null", session=spark, rejects=rejects)
    assert dicts_of(found) == [{"id": 1, "name": "é"}, {"id": None, "name": "b"}]
    failing = load_rows.call(values, schema, "fail", session=spark, rejects=rejects)
    with pytest.raises(PySparkException, match="bad record at step 0: `id`: `x` is not of the type INT"):
        dicts_of(failing)


def test_types_are_found_in_the_values(spark: SparkSession, rejects: Rejects):
    values = [
        {"id": 1, "VOID": None, "x": 0.5, "mixed": "a", "s": {"OBJECT": True, "a:b": []}},
        {"id": 12345678901234567890, "mixed": 1, "`q`": {}},
    ]
    found = load_rows.call(values, session=spark, rejects=rejects)
    assert {field.name: field.dataType.simpleString() for field in found.frame.schema} == {
        "id": "decimal(20,0)",
        "VOID": "string",
        "x": "double",
        "mixed": "variant",
        "s": "struct<OBJECT:boolean,a:b:array<string>>",
        "`q`": "variant",
    }
    texts = [row.json for row in found.frame.select(found.json().alias("json")).collect()]
    assert json.loads(texts[0]) == values[0] | {"`q`": None}
    assert json.loads(texts[1]) == values[1] | {"VOID": None, "x": None, "s": None}
