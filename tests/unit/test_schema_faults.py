"""Schemas that are not understood: which word is at fault, and what to write."""

from __future__ import annotations

import pytest
from pydantic_core import PydanticCustomError

from functions.arguments.types import admit_schema, admit_type


def told(schema: str) -> tuple[str, str]:
    with pytest.raises(PydanticCustomError) as caught:
        admit_schema(schema)
    return caught.value.message(), str((caught.value.context or {})["hint"])


@pytest.mark.parametrize(
    ("schema", "word", "meant"),
    [
        ("id INTT", "INTT", "INT"),
        ("id int, name strng", "strng", "string"),
        ("id: intt", "intt", "int"),
        ("a STRUCT<b: INT, c: ARRAY<DUOBLE>>", "DUOBLE", "DOUBLE"),
        ("a struct<b intt, c int>", "intt", "int"),
        ("struct<id: intt>", "intt", "int"),
        ("at datetime", "datetime", "timestamp"),
        ("x float64", "float64", "double"),
        ("x list<int>", "list", "array"),
    ],
)
def test_a_type_that_there_is_not(schema: str, word: str, meant: str):
    detail, hint = told(schema)
    assert detail == f"`{word}` is no type of a column"
    assert hint.startswith(f"did you mean `{meant}`? the types are boolean, ")


@pytest.mark.parametrize(
    ("schema", "detail", "hint"),
    [
        ("credit limit DOUBLE", "`credit limit` is no name", "backticks: `credit limit` DOUBLE"),
        ("id INT, date of birth: DATE", "`date of birth` is no name", "backticks: `date of birth` DATE"),
        ("a-b STRING", "`a-b` is no name", "backticks: `a-b` STRING"),
        ("id INT; name STRING", "`; name STRING` behind `id INT` is not understood", "set apart by commas"),
        ("id INT name STRING", "`name STRING` behind `id INT` is not understood", "set apart by commas"),
        ("id INT NOT NULL", "`NOT NULL` behind `id INT` is not understood", "set apart by commas"),
        ("id", "the column `id` has no type", "such as `id` STRING"),
        ("a INT, `b c`", "the column `b c` has no type", "such as `b c` STRING"),
        ("array<int>", "`array<int>` is a type without the name of a column", "such as `id array<int>`"),
        (";", "`;` is no list of columns and their types", "such as `id INT, tags ARRAY<STRING>`"),
        ("x map<int>", "`map<int>` is no type of a column", "the types are boolean"),
        ("a decimal(50, 2)", "`DECIMAL(50, 2)`: a decimal has 1 to 38 digits", "such as decimal(10, 2)"),
        ("x <", "`x <` is no list", "such as"),
        ("a " + "x" * 9000, "`a xxx", "such as `id INT"),
    ],
)
def test_what_is_no_list_of_columns(schema: str, detail: str, hint: str):
    found = told(schema)
    assert found[0].startswith(detail)
    assert hint in found[1]
    assert len(found[0]) < 300


def test_the_message_stands_on_one_line():
    detail, hint = told("id INT,\n  name\n STRNG")
    assert "\n" not in detail + hint
    assert detail == "`STRNG` is no type of a column"


def test_a_type_alone():
    with pytest.raises(PydanticCustomError, match="`INTT` is no type of a column") as caught:
        admit_type("INTT")
    assert str((caught.value.context or {})["hint"]).startswith("did you mean `INT`?")
