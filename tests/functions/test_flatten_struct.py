"""Structs taken apart into columns."""

from __future__ import annotations

from pyspark.sql import functions as F

from functions.columns.flatten_struct import flatten_struct
from functions.workspace import Rows
from tests.functions.applied import applied, failure, refusals
from tests.functions.conftest import MakeRows, dicts_of

SCHEMA = "id int, `a.b` struct<`c.d`: string, `é``f`: struct<x: int, l: array<struct<y: int>>>>, z string"
GIVEN = ((1, ("größe", (7, [(8,)])), "z"), (2, (None, None), None), (3, None, "y"))


def test_a_missing_column_and_another_type_are_told(rows: MakeRows):
    given = rows("address struct<city: string>, tags array<string>, s string")
    assert failure(flatten_struct, given, "adress")[1:] == ("columns", "did you mean `address`?")
    assert failure(flatten_struct, given, "tags")[:2] == (
        "`tags` is array<string>; `flatten_struct` takes structs",
        "columns",
    )
    assert failure(flatten_struct, given, "s")[2] == (
        "parse_json_column makes lists and objects of text, split_column lists"
    )


def test_two_columns_of_one_name_are_told(rows: MakeRows):
    given = rows("a_b int, a struct<b: int>, c struct<d_e: int, d: struct<e: int>>")
    assert failure(flatten_struct, given, "a", "_")[:2] == ("two columns would be named `a_b`", "separator")
    assert failure(flatten_struct, given, "c", "_", True)[0] == "two columns would be named `c_d_e`"
    twice = Rows(given.frame.select(F.expr("named_struct('x', 1, 'x', 2)").alias("s")))
    assert failure(flatten_struct, twice, "s")[0] == "the struct `s` has two fields named `x`"


def test_bad_arguments_are_refused():
    assert refusals(flatten_struct, ["a", "a"]) == [("/1", "names `a` twice")]
    assert refusals(flatten_struct, "a", 5)[0][0] == "/2"
    assert refusals(flatten_struct, "a", ".", 1)[0][0] == "/3"


def test_fields_stand_in_the_place_of_the_struct(rows: MakeRows):
    found = applied(flatten_struct, rows(SCHEMA, *GIVEN), "a.b")
    assert found.columns == ["id", "a.b.c.d", "a.b.é`f", "z"]
    assert dicts_of(found) == [
        {"id": 1, "a.b.c.d": "größe", "a.b.é`f": {"x": 7, "l": [{"y": 8}]}, "z": "z"},
        {"id": 2, "a.b.c.d": None, "a.b.é`f": None, "z": None},
        {"id": 3, "a.b.c.d": None, "a.b.é`f": None, "z": "y"},
    ]


def test_structs_in_structs_are_taken_apart_where_asked(rows: MakeRows):
    found = applied(flatten_struct, rows(SCHEMA, *GIVEN), None, "_", True)
    assert found.columns == ["id", "a.b_c.d", "a.b_é`f_x", "a.b_é`f_l", "z"]
    assert dicts_of(found)[0] == {"id": 1, "a.b_c.d": "größe", "a.b_é`f_x": 7, "a.b_é`f_l": [{"y": 8}], "z": "z"}


def test_rows_without_structs_and_no_rows(rows: MakeRows):
    assert dicts_of(applied(flatten_struct, rows("a int", (1,)))) == [{"a": 1}]
    assert dicts_of(applied(flatten_struct, rows(SCHEMA))) == []
    assert failure(flatten_struct, rows("a struct<>"))[0] == "no column would be left: the structs have no fields"
