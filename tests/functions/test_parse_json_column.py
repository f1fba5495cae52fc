"""Values of JSON text."""

from __future__ import annotations

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import functions as F

from functions.columns.parse_json_column import parse_json_column
from functions.errors import InputUnreadable
from functions.records.rejects import Rejects
from tests.functions.applied import applied, failure, refusals
from tests.functions.conftest import MakeRows, counts, dicts_of, rejects_of


def test_a_missing_column_and_another_type_are_told(rows: MakeRows):
    given = rows("data string, n int")
    assert failure(parse_json_column, given, "dta", "a INT")[1:] == ("column", "did you mean `data`?")
    assert failure(parse_json_column, given, "n", "a INT")[0] == "`n` is int; `parse_json_column` takes text"
    assert failure(parse_json_column, given, column="data", schema="a INT", type="variant")[1] == "type"


def test_a_schema_that_is_none_is_refused():
    assert [place.split("/")[1] for place, _ in refusals(parse_json_column, "a", "a NUMBERS")] == ["2"]
    assert refusals(parse_json_column, column="a", type="list")[0][0] == "/type"


def test_no_schema_is_found_where_no_text_is_an_object(rows: MakeRows):
    for given in (rows("a string"), rows("a string", ("[1]",)), rows("a string", (None,), ("x",))):
        with pytest.raises(InputUnreadable) as caught:
            applied(parse_json_column, given, "a")
        assert caught.value.argument == "schema"


def test_objects_become_structs_and_what_does_not_fit_is_set_aside(rows: MakeRows, rejects: Rejects):
    good = ('{"id":1,"é x":{"t":["ß"]},"more":0}', "{}", '{"id":null}', "null", None)
    bad = ("", "x", '{"id":"1x"}', "[1]", '{"id":1} {"id":2}', '{"id":1', "5")
    given = rows("`a.b` string", *[(text,) for text in good + bad])
    found = applied(parse_json_column, given, "a.b", {"id": "int", "é x": "struct<t: array<string>>"}, rejects=rejects)
    assert [row["a.b"] for row in dicts_of(found)] == [
        {"id": 1, "é x": {"t": ["ß"]}},
        {"id": None, "é x": None},
        {"id": None, "é x": None},
        None,
        None,
    ]
    assert [record["a.b"] for record, _ in rejects_of(rejects)] == list(bad)
    assert rejects_of(rejects)[1][1].startswith("`a.b`: `x` is not JSON of the type STRUCT<")
    assert counts(rejects.sets[0].observations[0]) == {"read": 12, "rejected": 7}


def test_what_does_not_fit_becomes_null_or_fails_the_job(rows: MakeRows):
    given = rows("a string", ('{"id":"x","n":1}',), ("?",))
    kept = dicts_of(applied(parse_json_column, given, column="a", schema="id INT, n INT", to="b", on_error="null"))
    assert kept[0] == {"a": '{"id":"x","n":1}', "b": {"id": None, "n": 1}}
    assert kept[1]["b"] is None
    with pytest.raises(PySparkException, match=r"bad record at step 0: `a`: `.*` is not JSON of the type"):
        dicts_of(applied(parse_json_column, given, column="a", schema="id INT, n INT", on_error="fail"))


def test_the_schema_is_found_in_the_values(rows: MakeRows):
    given = rows("a string", ('{"id":1,"t":[{"x":1}]}',), ('{"id":2.5,"n":"ß"}',), (None,))
    assert [row["a"] for row in dicts_of(applied(parse_json_column, given, "a"))] == [
        {"id": 1.0, "n": None, "t": [{"x": 1}]},
        {"id": 2.5, "n": "ß", "t": None},
        None,
    ]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("array<int>", "[1,null,3]", [1, None, 3]),
        ("array<struct<`é`: int>>", '[{"é":1},{}]', [{"é": 1}, {"é": None}]),
        ("map<string,double>", '{"a":0.5}', {"a": 0.5}),
        ("int", "7", 7),
        ("string", '"größe"', "größe"),
        ("boolean", "true", True),
    ],
)
def test_values_of_other_types(kind: str, text: str, value: object, rows: MakeRows):
    assert dicts_of(applied(parse_json_column, rows("a string", (text,)), column="a", type=kind)) == [{"a": value}]


def test_parts_that_do_not_fit_other_types_are_at_fault(rows: MakeRows, rejects: Rejects):
    given = rows("a string", ('["x"]',), ("[1]",), ("{}",))
    assert dicts_of(applied(parse_json_column, given, column="a", type="array<int>", rejects=rejects)) == [{"a": [1]}]
    assert len(rejects_of(rejects)) == 2


def test_any_json_as_variant(rows: MakeRows, rejects: Rejects):
    given = rows("a string", ('{"b":[1,"x"]}',), ("7",), ("{",), (None,))
    found = applied(parse_json_column, given, column="a", type="variant", rejects=rejects)
    assert found.frame.dtypes == [("a", "variant")]
    texts = [row.a for row in found.frame.select(F.to_json("a").alias("a")).collect()]
    assert texts == ['{"b":[1,"x"]}', "7", None]
    assert len(rejects_of(rejects)) == 1


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("struct<a: int>", '{"a":1}'),
        ("array<int>", "[1]"),
        ("map<string, int>", '{"a":1}'),
        ("variant", '{"a":[1]}'),
        ("int", "1"),
        ("string", '"x"'),
    ],
)
def test_what_goes_on_behind_its_first_value_is_at_fault(kind: str, text: str, rows: MakeRows):
    behind = ["{}", ',"x":1', ',"value":1', ",", "}", "}}", '},"x":{"y":1', f"],{text}", ',"value":null}}', " x"]
    given = rows("a string", (f" {text} ",), *[(text + more,) for more in behind])
    rejects = Rejects()
    assert len(dicts_of(applied(parse_json_column, given, column="a", type=kind, rejects=rejects))) == 1
    assert sorted(line["a"] for line, _ in rejects_of(rejects)) == sorted(text + more for more in behind)
    kept = dicts_of(applied(parse_json_column, given, column="a", type=kind, on_error="null"))
    assert [row["a"] is None for row in kept] == [False] + [True] * len(behind)


@pytest.mark.parametrize("text", ["{'a':1}", '{"a":NaN}', '{"a":1,}'])
def test_what_is_nearly_json_is_at_fault(text: str, rows: MakeRows, rejects: Rejects):
    given = rows("t string", (text,))
    assert dicts_of(applied(parse_json_column, given, "t", "a DOUBLE", rejects=rejects)) == []
    assert [line for line, _ in rejects_of(rejects)] == [{"t": text}]
