"""Rows of tables below each other."""

from __future__ import annotations

import pytest

from functions.errors import StepFailed
from functions.relations.union import union
from functions.workspace import Tables
from tests.functions.conftest import MakeRows, dicts_of


@pytest.mark.parametrize(
    ("schema", "detail"),
    [
        ("id int", "the rows of the table lack `name`"),
        ("id int, name string, age int", "have `age` more"),
        ("id string, name string", "`id` is int here, and `id` of the table is string"),
    ],
)
def test_tables_that_do_not_fit_are_told(rows: MakeRows, schema: str, detail: str):
    with pytest.raises(StepFailed) as caught:
        union.call(rows("id int, name string"), Tables({"t": rows(schema)}), ["t"])
    assert caught.value.argument == "names"
    assert detail in caught.value.detail


def test_columns_belong_together_by_name(rows: MakeRows):
    tables = Tables({"t": rows("`n.m` string, id bigint", ("é", 2**40)), "u": rows("id int, `n.m` string", (1, "a"))})
    found = union.call(rows("id int, `n.m` string", (1, "a"), (None, None)), tables, ["t", "u"])
    assert found.columns == ["id", "n.m"]
    assert sorted(map(str, dicts_of(found))) == sorted(
        map(str, [{"id": 1, "n.m": "a"}, {"id": None, "n.m": None}, {"id": 2**40, "n.m": "é"}, {"id": 1, "n.m": "a"}])
    )
    assert len(dicts_of(union.call(rows("id int, `n.m` string", (1, "a")), tables, ["u"], distinct=True))) == 1


def test_a_column_that_one_side_lacks_may_be_null(rows: MakeRows):
    tables = Tables({"t": rows("id int, age int", (2, 5))})
    found = union.call(rows("id int, name string", (1, "a")), tables, ["t"], allow_missing=True)
    assert dicts_of(found) == [{"id": 1, "name": "a", "age": None}, {"id": 2, "name": None, "age": 5}]
    with pytest.raises(StepFailed, match="no column in common"):
        union.call(rows("x int"), tables, ["t"], allow_missing=True)


def test_types_that_differ_by_what_may_be_null_fit_and_floats_do_not_fit_integers(rows: MakeRows):
    tables = Tables({"t": rows("t array<string> not null", (["a"],)), "f": rows("n double")})
    assert len(dicts_of(union.call(rows("t array<string>"), tables, ["t"]))) == 1
    with pytest.raises(StepFailed, match="`n` is bigint here, and `n` of the table is double"):
        union.call(rows("n bigint"), tables, ["f"])


def test_fields_of_structs_belong_together_by_name(rows: MakeRows):
    tables = Tables(
        {"t": rows("s struct<b: string, a: bigint>, m map<string, struct<y: int, x: int>>", (("ß", 2), {"k": (1, 2)}))}
    )
    found = union.call(rows("s struct<a: int, b: string>, m map<string, struct<x: int, y: int>>"), tables, ["t"])
    assert dicts_of(found) == [{"s": {"a": 2, "b": "ß"}, "m": {"k": {"x": 2, "y": 1}}}]
    lacking = rows("s struct<a: int>, m map<string, struct<x: int, y: int>>", ((1,), None))
    with pytest.raises(StepFailed, match="`s` is struct<a:int> here") as caught:
        union.call(lacking, tables, ["t"])
    assert "allow_missing" in str(caught.value.hint)
    assert [row["s"] for row in dicts_of(union.call(lacking, tables, ["t"], allow_missing=True))] == [
        {"a": 1, "b": None},
        {"a": 2, "b": "ß"},
    ]


def test_no_rows(rows: MakeRows):
    assert dicts_of(union.call(rows("id int"), Tables({"t": rows("id int")}), ["t"])) == []
