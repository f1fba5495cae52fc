"""A row for each part of a list or map."""

from __future__ import annotations

import json

from pyspark.sql import functions as F

from functions.columns.explode import explode
from functions.workspace import Rows
from tests.functions.applied import applied, failure, refusals
from tests.functions.conftest import MakeRows, dicts_of


def test_a_missing_column_and_another_type_are_told(rows: MakeRows):
    given = rows("tags array<string>, text string, s struct<x: int>")
    assert failure(explode, given, "tgas")[1:] == ("column", "did you mean `tags`?")
    assert failure(explode, given, "text") == (
        "`text` is string; `explode` takes lists and maps",
        "column",
        "parse_json_column makes lists and objects of text, split_column lists",
    )
    assert failure(explode, given, "s")[0] == "`s` is struct<x:int>; `explode` takes lists and maps"


def test_two_columns_of_one_name_are_told(rows: MakeRows):
    given = rows("id int, key int, l array<int>, m map<string,int>, s array<struct<id: int>>")
    assert failure(explode, given, "l", "id")[0] == "two columns would be named `id`"
    assert failure(explode, given, "l", None, False, "id")[0] == "two columns would be named `id`"
    assert failure(explode, given, "l", "n", False, "n")[0] == "two columns would be named `n`"
    assert failure(explode, given, "m")[0] == "two columns would be named `key`"
    assert failure(explode, given, "s", None, False, None, True)[0] == "two columns would be named `id`"


def test_the_wrong_number_of_names_and_what_cannot_be_flattened_are_told(rows: MakeRows):
    given = rows("l array<int>, m map<string,int>")
    assert failure(explode, given, "l", ["a", "b"])[:2] == (
        "`l` is array<int>, which makes one column, and `to` names 2",
        "to",
    )
    assert failure(explode, given, "m", "a")[0] == "`m` is map<string,int>, which makes two columns, and `to` names 1"
    assert failure(explode, given, "l", None, False, None, True)[1] == "flatten"
    assert refusals(explode, "l", None, "yes")[0][0] == "/3"


def test_a_row_for_each_item_in_the_place_of_the_list(rows: MakeRows):
    given = rows("id int, `a.b` array<string>, z string", (1, ["x", None, "ß"], "z"), (2, [], "z"), (3, None, "z"))
    found = applied(explode, given, "a.b")
    assert found.columns == ["id", "a.b", "z"]
    assert [tuple(row.values()) for row in dicts_of(found)] == [(1, "x", "z"), (1, None, "z"), (1, "ß", "z")]
    outer = applied(explode, given, "a.b", "c`d", True, "n")
    assert outer.columns == ["id", "c`d", "z", "n"]
    assert [tuple(row.values()) for row in dicts_of(outer)] == [
        (1, "x", "z", 0),
        (1, None, "z", 1),
        (1, "ß", "z", 2),
        (2, None, "z", None),
        (3, None, "z", None),
    ]


def test_the_position_may_take_the_name_of_the_list(rows: MakeRows):
    found = applied(explode, rows("l array<int>", ([5, 6],)), "l", "item", False, "l")
    assert dicts_of(found) == [{"item": 5, "l": 0}, {"item": 6, "l": 1}]


def test_maps_make_keys_and_values(rows: MakeRows):
    given = rows("m map<string,array<int>>, id int", ({"a": [1], "ß": None}, 1), (None, 2))
    assert dicts_of(applied(explode, given, "m")) == [
        {"key": "a", "value": [1], "id": 1},
        {"key": "ß", "value": None, "id": 1},
    ]
    assert dicts_of(applied(explode, given, "m", ["k", "m"], True, "n"))[2] == {
        "k": None,
        "m": None,
        "id": 2,
        "n": None,
    }


def test_structs_are_flattened_where_asked(rows: MakeRows):
    given = rows("id int, i array<struct<`s.k`: string, `q``y`: struct<n: int>>>", (7, [("a", (1,)), None]), (8, None))
    assert dicts_of(applied(explode, given, "i", None, True, "line", True)) == [
        {"id": 7, "s.k": "a", "q`y": {"n": 1}, "line": 0},
        {"id": 7, "s.k": None, "q`y": None, "line": 1},
        {"id": 8, "s.k": None, "q`y": None, "line": None},
    ]


def test_lists_in_variant(rows: MakeRows):
    texts = rows("id int, t string", (1, '[1,"x",{"a":null}]'), (2, '{"a":1}'), (3, None))
    given = Rows(texts.frame.select("id", F.parse_json("t").alias("v")))
    found = applied(explode, given, "v").frame.select("id", F.to_json("v").alias("v")).collect()
    assert [(row.id, json.loads(row.v)) for row in found] == [(1, 1), (1, "x"), (1, {"a": None})]


def test_no_rows_stay_no_rows(rows: MakeRows):
    assert dicts_of(applied(explode, rows("l array<int>"), "l")) == []
