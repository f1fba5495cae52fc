"""The columns as the job's result."""

from __future__ import annotations

import json
from collections.abc import Callable

from pyspark.sql import SparkSession

from functions.results.schema import schema
from functions.workspace import Lines
from tests.functions.conftest import MakeRows


def test_columns_come_in_their_order_with_their_types(rows: MakeRows, lines: Callable[..., Lines], spark: SparkSession):
    given = rows("`b.é` array<struct<x: decimal(5, 2)>> not null, a string")
    found = [json.loads(row.row) for row in schema.call(given, session=spark).rows.collect()]
    assert found == [
        {"name": "b.é", "type": "array<struct<x:decimal(5,2)>>", "nullable": False},
        {"name": "a", "type": "string", "nullable": True},
    ]
    assert len(schema.call(lines([]), session=spark).rows.collect()) == 1
