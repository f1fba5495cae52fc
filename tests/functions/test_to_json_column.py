"""JSON text of values."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from pyspark.sql import functions as F

from functions.columns.to_json_column import to_json_column
from functions.workspace import Rows
from tests.functions.applied import applied, failure, refusals
from tests.functions.conftest import MakeRows, dicts_of


def test_a_missing_column_is_told_with_a_near_name(rows: MakeRows):
    assert failure(to_json_column, rows("tags array<string>"), "tgas")[1:] == ("columns", "did you mean `tags`?")


def test_the_wrong_number_of_names_is_told(rows: MakeRows):
    given = rows("a int, b int")
    assert failure(to_json_column, given, ["a", "b"], "c")[:2] == ("names 1 columns to make of 2", "to")
    assert failure(to_json_column, given, ["a", "b"], None, True)[:2] == ("names 0 columns to make of 1", "to")
    assert failure(to_json_column, given, None, ["c", "d"], True)[0] == "names 2 columns to make of 1"
    assert refusals(to_json_column, "a", None, False, "skip")[0][0] == "/4"


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("array<struct<x:int>>", [(1,), (None,)], '[{"x":1},{"x":null}]'),
        ("struct<`é.b`: string, c: int>", ('"ß"', None), '{"é.b":"\\"ß\\"","c":null}'),
        ("map<string,int>", {"a": 1}, '{"a":1}'),
        ("array<int>", [], "[]"),
        ("string", 'a"b\n', '"a\\"b\\n"'),
        ("string", "", '""'),
        ("string", "😀", '"😀"'),
        ("int", 7, "7"),
        ("decimal(4,2)", Decimal("9.90"), "9.90"),
        ("boolean", False, "false"),
        ("date", datetime.date(2024, 2, 29), '"2024-02-29"'),
        ("timestamp", datetime.datetime(2024, 1, 1, 2), '"2024-01-01T02:00:00.000000Z"'),  # noqa: DTZ001
        ("timestamp", datetime.datetime(2024, 1, 1, 2, 0, 0, 123456), '"2024-01-01T02:00:00.123456Z"'),  # noqa: DTZ001
        ("timestamp_ntz", datetime.datetime(2024, 1, 1, 2, 0, 0, 1), '"2024-01-01T02:00:00.000001"'),  # noqa: DTZ001
        ("binary", b"ab", '"YWI="'),
        ("double", float("nan"), '"NaN"'),
        ("string", None, None),
        ("array<int>", None, None),
    ],
)
def test_values_of_every_type(kind: str, value: object, text: str | None, rows: MakeRows):
    assert dicts_of(applied(to_json_column, rows(f"`a.b` {kind}", (value,)), "a.b")) == [{"a.b": text}]


def test_variant(rows: MakeRows):
    given = Rows(rows("a string", ('{"b":null}',), ("null",)).frame.select(F.parse_json("a").alias("a")))
    assert dicts_of(applied(to_json_column, given, "a")) == [{"a": '{"b":null}'}, {"a": "null"}]


def test_columns_together_as_one_object(rows: MakeRows):
    given = rows("`a.b` int, `c``d` array<string>", (1, ["ß"]), (None, None))
    assert [row["o"] for row in dicts_of(applied(to_json_column, given, None, "o", True))] == [
        '{"a.b":1,"c`d":["ß"]}',
        '{"a.b":null,"c`d":null}',
    ]
    assert [row["o"] for row in dicts_of(applied(to_json_column, given, ["c`d"], "o", True, "drop"))] == [
        '{"c`d":["ß"]}',
        "{}",
    ]


def test_each_column_by_itself(rows: MakeRows):
    given = rows("a int, b struct<x: int>", (1, (None,)))
    assert dicts_of(applied(to_json_column, given)) == [{"a": "1", "b": '{"x":null}'}]
    assert dicts_of(applied(to_json_column, given, ["b"], ["c"], False, "drop"))[0]["c"] == "{}"
    assert dicts_of(applied(to_json_column, rows("a int"))) == []
