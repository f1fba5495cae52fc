"""Values from inside others."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import functions as F

from functions.columns.get_path import get_path
from functions.records.rejects import Rejects
from functions.workspace import Rows
from tests.functions.applied import applied, failure, refusals
from tests.functions.conftest import MakeRows, counts, dicts_of, rejects_of

SCHEMA = "o struct<items: array<struct<`p.q`: string, n: int>>, m: map<string,int>, k: map<int,string>>"


def test_a_missing_column_and_field_are_told_with_near_names(rows: MakeRows):
    given = rows(SCHEMA)
    assert failure(get_path, given, "O", "a")[:2] == ("there is no column `O` (columns here: `o`)", "column")
    assert failure(get_path, given, "o", "itmes[0]") == (
        "`o` has no field `itmes` (fields there: `items`, `k`, `m`)",
        "path",
        "did you mean `items`?",
    )
    assert failure(get_path, given, "o", "items[0].p")[0] == "`o.items[0]` has no field `p` (fields there: `n`, `p.q`)"


@pytest.mark.parametrize(
    ("path", "detail", "hint"),
    [
        ("items.n", "`o.items` is array<struct<p.q:string,n:int>>, in which `n` leads nowhere", "give an index there"),
        ("[0]", "`o` is struct<", "give the name of a field there"),
        ("items[0].n.x", "`o.items[0].n` is int, in which `x` leads nowhere", "end the path before it"),
    ],
)
def test_a_path_that_leads_nowhere_is_told(path: str, detail: str, hint: str, rows: MakeRows):
    told, argument, do = failure(get_path, rows(SCHEMA), "o", path)
    assert told.startswith(detail)
    assert (argument, do) == ("path", hint)


@pytest.mark.parametrize(
    "path", ["", [], ".a", "a..b", "a.", "a b", "a[b]", "a[", "a]0", "[0]a", [True], [None], [1.5]]
)
def test_a_path_that_is_none_is_refused(path: Any):
    assert [place.split("/")[1] for place, _ in refusals(get_path, "a", path)] == ["2"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("items[0].n", 1),
        ('items[1]["p.q"]', "ß"),
        (["items", 1, "p.q"], "ß"),
        ("items[-1].n", None),
        ("items[9].n", None),
        ("items[-9]", None),
        ("m.a", 5),
        ("m['x.y']", 6),
        ("m.none", None),
        ("k[7]", "seven"),
        ("k.7", "seven"),
        ("k.none", None),
        ("items[0]", {"p.q": "a", "n": 1}),
    ],
)
def test_a_value_in_types(path: Any, value: object, rows: MakeRows):
    one = (([("a", 1), ("ß", None)], {"a": 5, "x.y": 6}, {7: "seven"}),)
    found = applied(get_path, rows(SCHEMA, one, (None,)), "o", path, "v")
    assert [row["v"] for row in dicts_of(found)] == [value, None]


JSON = '{"a":{"b":[{"c":"9.90"},null,7]},"d e":true,"x.y":1,"q\'":2,"q\'\\"":3,"n":null}'


@pytest.mark.parametrize(
    ("path", "kind", "value"),
    [
        ("a.b[0].c", "string", "9.90"),
        ("a.b[0].c", "decimal(5,2)", Decimal("9.90")),
        ("a.b[2]", "int", 7),
        ("a.b[1]", "string", None),
        ("a.b[9].c", "string", None),
        ("a.b", "array<variant>", 3),
        ('["d e"]', "boolean", True),
        (["x.y"], "bigint", 1),
        (["q'"], "bigint", 2),
        (["q'\""], "bigint", 3),
        ("n", "string", None),
        ("n.m", "string", None),
        ("a.b[0]", "struct<c: string>", {"c": "9.90"}),
    ],
)
@pytest.mark.parametrize("of_variant", [True, False])
def test_a_value_in_json(path: Any, kind: str, value: object, of_variant: bool, rows: MakeRows):
    given = rows("`j.j` string", (JSON,))
    if of_variant:
        given = Rows(given.frame.select(F.parse_json(F.col("`j.j`")).alias("j.j")))
    found = applied(get_path, given, "j.j", path, "v", kind)
    if kind == "array<variant>":
        assert found.frame.select(F.size("v").alias("n")).head().n == value
    else:
        assert [row["v"] for row in dicts_of(Rows(found.frame.select("v")))] == [value]


def test_a_value_of_json_without_a_type_is_variant(rows: MakeRows):
    found = applied(get_path, rows("j string", (JSON,), ("?",), (None,)), "j", "a.b")
    assert found.frame.dtypes == [("j", "variant")]
    assert [row.j for row in found.frame.select(F.to_json("j").alias("j")).collect()] == [
        '[{"c":"9.90"},null,7]',
        None,
        None,
    ]


def test_an_index_from_the_end_needs_a_typed_list(rows: MakeRows):
    detail, argument, _ = failure(get_path, rows("j string"), "j", "a[-1]")
    assert (detail, argument) == ("the index -1 counts from the end, of a list that has no type", "path")
    assert dicts_of(applied(get_path, rows("l array<int>", ([1, 2],)), "l", "[-1]")) == [{"l": 2}]


def test_values_that_the_type_cannot_hold_are_set_aside(rows: MakeRows, rejects: Rejects):
    given = rows("j string", ('{"a":"7"}',), ('{"a":"x"}',), ("{}",), ("?",), (None,), ('{"a":[1]}',))
    found = applied(get_path, given, "j", "a", "n", "int", rejects=rejects)
    assert [row["n"] for row in dicts_of(found)] == [7, None, None, None]
    assert [reason for _, reason in rejects_of(rejects)] == [
        '`j`: `{"a":"x"}` is not of the type INT at the path',
        '`j`: `{"a":[1]}` is not of the type INT at the path',
    ]
    assert counts(rejects.sets[0].observations[0]) == {"read": 6, "rejected": 2}


def test_values_that_the_type_cannot_hold_become_null_or_fail_the_job(rows: MakeRows):
    given = rows("s struct<a: string>", (("x",),), ((None,),))
    assert dicts_of(applied(get_path, given, "s", "a", "n", "int", "null")) == [
        {"s": {"a": "x"}, "n": None},
        {"s": {"a": None}, "n": None},
    ]
    with pytest.raises(PySparkException, match=r"bad record at step 0: `s`: .* is not of the type INT at the path"):
        dicts_of(applied(get_path, given, "s", "a", "n", "int", "fail"))
    assert dicts_of(applied(get_path, rows("s struct<a: string>"), "s", "a")) == []
