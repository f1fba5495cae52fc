"""The columns as the job's result."""

from __future__ import annotations

import json
from collections.abc import Callable

from pyspark.sql import SparkSession

from functions.frames.split_into_tables import split_into_tables
from functions.results.schema import schema
from functions.workspace import Frame, Lines, Rows
from tests.functions.conftest import MakeObjects, MakeRows


def told(frame: Frame, spark: SparkSession) -> list[dict[str, object]]:
    return [json.loads(row.row) for row in schema.call(frame, session=spark).rows.collect()]


def test_columns_come_in_their_order(rows: MakeRows, spark: SparkSession):
    given = rows('`a.b` int not null, `c``d"é` struct<x: array<decimal(5,2)>>, m map<string,variant>')
    assert told(given, spark) == [
        {"name": "a.b", "type": "int", "nullable": False},
        {"name": 'c`d"é', "type": "struct<x:array<decimal(5,2)>>", "nullable": True},
        {"name": "m", "type": "map<string,variant>", "nullable": True},
    ]
    assert told(Rows(spark.range(3).select()), spark) == []


def test_lines_have_one_column(lines: Callable[..., Lines], spark: SparkSession):
    assert told(lines(["a"]), spark) == [{"name": "value", "type": "string", "nullable": True}]


def test_fields_of_objects_are_found_in_all_of_them(objects: MakeObjects, spark: SparkSession):
    given = objects([{"id": 1, "t.g": ["a"]}, {"id": 2.5, "né": None, "t.g": []}])
    assert told(given, spark) == [
        {"name": "id", "type": "DECIMAL(21,1)", "nullable": False},
        {"name": "né", "type": "VOID", "nullable": True},
        {"name": "t.g", "type": "ARRAY<STRING>", "nullable": False},
    ]
    found = told(objects([{"a": 1}, {"a": "x"}, [1]]), spark)
    assert found == [{"name": "a", "type": "VARIANT", "nullable": True}]
    assert told(objects([[], None, "x"]), spark) == []
    assert told(objects([]), spark) == []


def test_fields_of_split_objects_have_their_table(objects: MakeObjects, spark: SparkSession):
    parts = split_into_tables.model.model_validate({"tables": {"people": {"fields": ["id"]}}}).tables
    found = told(split_into_tables.call(objects([{"id": 1}]), parts), spark)
    assert found == [{"table": "people", "name": "id", "type": "variant", "nullable": True}]
