"""White space, or other characters, at the ends of text."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from functions.columns.trim import trim
from functions.schemaless.strings import WHITE_SPACE
from functions.workspace import Rows
from tests.functions.applied import applied, failure, refusals
from tests.functions.conftest import MakeRows, dicts_of


def test_a_missing_column_is_told_with_a_near_name(rows: MakeRows):
    assert failure(trim, rows("name string"), "nmae")[1:] == ("columns", "did you mean `name`?")


def test_another_type_is_told(rows: MakeRows):
    detail, argument, hint = failure(trim, rows("tags array<string>"), "tags")
    assert (detail, argument) == ("`tags` is array<string>; `trim` takes text", "columns")
    assert hint == "get_path or explode takes the values out of it, to_json_column makes text of it"
    assert failure(trim, rows("n int"), "n")[2] == "cast makes text of it"


def test_names_must_be_as_many_as_columns():
    assert refusals(trim, ["a", "b"], "both", None, "c") == [("/4", "names 1 columns to make of 2")]
    assert refusals(trim, "a", "middle")[0][0] == "/2"
    assert refusals(trim, "a", "both", "")[0][0] == "/3"


def test_white_space_of_every_kind_goes(rows: MakeRows):
    given = rows("`a.b` string, n int", ("\u00a0\t größe \u3000\n", 1), (" ", 2), (None, None))
    assert dicts_of(applied(trim, given, "a.b")) == [
        {"a.b": "größe", "n": 1},
        {"a.b": "", "n": 2},
        {"a.b": None, "n": None},
    ]


def test_all_columns_of_text_are_trimmed(rows: MakeRows):
    given = rows("a string, n int, b string", (" x", 1, "y "))
    assert dicts_of(applied(trim, given)) == [{"a": "x", "n": 1, "b": "y"}]
    assert dicts_of(applied(trim, rows("n int", (1,)))) == [{"n": 1}]
    assert dicts_of(applied(trim, rows("a string"))) == []


def test_one_side_other_characters_and_a_new_name(rows: MakeRows):
    given = rows("a string", ("--x-.-",))
    assert dicts_of(applied(trim, given, "a", "left", "-", "b")) == [{"a": "--x-.-", "b": "x-.-"}]
    assert dicts_of(applied(trim, given, "a", "right", ".-")) == [{"a": "--x"}]


@pytest.mark.parametrize("side", ["both", "left", "right"])
def test_what_is_white_space_is_settled_for_each_character(spark: SparkSession, side: str):
    change = {"both": str.strip, "left": str.lstrip, "right": str.rstrip}[side]
    ends = [*WHITE_SPACE, *"!~\x7f\x80\xa1\u167f\u1681\u180e\u200b\u2fff\u3001é李\U0001f600"]
    texts = [f"{before}{blank}x y{blank}{after}" for before in ends for after in ends[:8] for blank in ("", " ")]
    rows = Rows(spark.createDataFrame([(text,) for text in texts], "t string"))
    assert [row.t for row in applied(trim, rows, "t", side).frame.collect()] == [change(text) for text in texts]
