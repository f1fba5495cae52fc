"""Types and schemas as arguments: what is one, what is none, and what is told."""

from __future__ import annotations

import pytest
from pydantic_core import PydanticCustomError

from functions.arguments.types import admit_json_schema, admit_json_type, admit_schema, admit_type


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("int", "INT"),
        (" Decimal( 10 , 2 ) ", "DECIMAL(10, 2)"),
        ("decimal", "DECIMAL"),
        ("struct<1: int, a: int, é: int>", "STRUCT<`1`: INT, a: INT, `é`: INT>"),
        (
            "array<struct<a: int, `b c`: map<string, array<date>>>>",
            "ARRAY<STRUCT<a: INT, `b c`: MAP<STRING, ARRAY<DATE>>>>",
        ),
        ("array<" * 30 + "int" + ">" * 30, "ARRAY<" * 30 + "INT" + ">" * 30),
        ("struct<" + ", ".join(f"c{n}: array<int>" for n in range(60)) + ">", None),
    ],
)
def test_types_are_written_as_spark_has_them(text: str, found: str | None):
    assert found is None or admit_type(text) == found
    assert admit_type(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "array", "array<>", "array<int, int>", "map<int>", "map<int, int, int>", "struct<>", "struct<int>",
        "array<struct<int>>", "struct<a: int, int>", "decimal(0)", "decimal(39)", "decimal(5, 6)", "decimal(5, 3, 2)",
        "decimal('1')", "struct<a: decimal('3', 1)>",
        "int(5)", "binary(3)", "variant(3)", "string(5)", "interval day", "void", "time", "int; drop", "int -- x",
        "int /* x */", "array<int", "array<" * 31 + "int" + ">" * 31,
    ],
)  # fmt: skip
def test_what_is_no_type_is_refused(text: str):
    with pytest.raises(PydanticCustomError):
        admit_type(text)


def test_a_schema_is_columns_an_object_or_a_struct():
    wanted = {"id": "INT", "tags": "ARRAY<STRING>"}
    assert admit_schema("id INT, tags array<string>") == wanted
    assert admit_schema("id: int, tags: array<string>") == wanted
    assert admit_schema({"id": "int", "tags": "array<string>"}) == wanted
    assert admit_schema("struct<id:int,tags:array<string>>") == wanted
    assert admit_schema(" STRUCT <id: INT, tags: ARRAY<STRING>> ") == wanted
    assert admit_schema({"日本": "int", "a.b": "date"}) == {"日本": "INT", "a.b": "DATE"}
    assert admit_schema("`日本` int, `a.b` date") == {"日本": "INT", "a.b": "DATE"}


@pytest.mark.parametrize(
    "schema",
    [
        "int", "id", "array<int>", "map<string, int>", "id INT, array<int>", "id INT id INT", ",", "struct<>",
        "struct<struct<a: int>>", "id INT, id STRING", "id INT NOT NULL", "id INT COMMENT 'x'", "id INT, struct<int>",
        "id INT> , x STRUCT<a: INT", "id INT>, x INT", {}, {"": "int"}, {"id": "x"},
    ],
)  # fmt: skip
def test_what_is_no_schema_is_refused(schema: str | dict[str, str]):
    with pytest.raises(PydanticCustomError):
        admit_schema(schema)


@pytest.mark.parametrize("kind", ["map<int, string>", "array<struct<m: map<date, int>>>", "map<string, map<int, int>>"])
def test_keys_of_json_are_text(kind: str):
    admit_type(kind)
    with pytest.raises(PydanticCustomError, match="keys in JSON are text"):
        admit_json_type(kind)
    with pytest.raises(PydanticCustomError, match="keys in JSON are text"):
        admit_json_schema({"id": "int", "m": kind})
    assert admit_json_schema("m map<string, array<int>>") == {"m": "MAP<STRING, ARRAY<INT>>"}
