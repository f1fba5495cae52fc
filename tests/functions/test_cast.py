"""Changing the types of columns."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from pyspark.errors import PySparkException

from functions.columns.cast import cast
from functions.errors import StepFailed
from functions.records.rejects import Rejects
from functions.workspace import Rows
from tests.functions.conftest import MakeRows, counts, dicts_of, rejects_of


def test_a_missing_column_is_told_with_a_near_name(rows: MakeRows, rejects: Rejects):
    with pytest.raises(StepFailed) as caught:
        cast.call(rows("age string", ("1",)), {"aeg": "int"}, rejects=rejects)
    assert "no column `aeg` (columns here: `age`)" in caught.value.detail
    assert (caught.value.argument, caught.value.hint) == ("types", "did you mean `age`?")


def test_values_that_do_not_fit_set_their_row_aside_with_the_reason(rows: MakeRows, rejects: Rejects):
    given = rows("id string, day string", ("1", "2024-02-29"), ("x", "2024-01-01"), (None, "2023-02-29"), (" 7 ", None))
    found = cast.call(given, {"id": "INT", "day": "DATE"}, rejects=rejects)

    assert dicts_of(found) == [{"id": 1, "day": datetime.date(2024, 2, 29)}, {"id": 7, "day": None}]
    assert rejects_of(rejects) == [
        ({"id": "x", "day": "2024-01-01"}, "`id`: `x` is not of the type INT"),
        ({"id": None, "day": "2023-02-29"}, "`day`: `2023-02-29` is not of the type DATE"),
    ]
    assert counts(rejects.sets[0].observations[0]) == {"read": 4, "rejected": 2}


def test_types_that_cannot_be_cast_are_told_with_the_column(rows: MakeRows, rejects: Rejects):
    given = rows("id int, `a.b` array<int>, bytes binary", (1, [1], b"1"))
    for types, told in (
        ({"id": "STRING", "a.b": "INT"}, "`a.b` is array<int>, which cannot be cast to INT"),
        ({"bytes": "DATE"}, "`bytes` is binary, which cannot be cast to DATE"),
    ):
        with pytest.raises(StepFailed) as caught:
            cast.call(given, types, rejects=rejects)
        assert (caught.value.detail, caught.value.argument) == (told, "types")


def test_values_that_do_not_fit_become_null(rows: MakeRows, rejects: Rejects):
    given = rows("id bigint, name string", (300, "größe"), (7, None))
    assert dicts_of(cast.call(given, {"id": "TINYINT"}, "null", rejects=rejects)) == [
        {"id": None, "name": "größe"},
        {"id": 7, "name": None},
    ]
    assert not rejects.sets


def test_values_that_do_not_fit_fail_the_job_and_name_the_step(rows: MakeRows, rejects: Rejects):
    rejects.step = 3
    found = cast.call(rows("id string", ("1",), ("é",)), {"id": "int"}, "fail", rejects=rejects)
    with pytest.raises(PySparkException, match="bad record at step 3: `id`: `é` is not of the type int"):
        dicts_of(found)
    assert dicts_of(cast.call(rows("id string", ("1",)), {"id": "int"}, "fail", rejects=rejects)) == [{"id": 1}]


def test_columns_of_any_name_keep_their_places(rows: MakeRows, rejects: Rejects):
    given = rows("`a.b` string, `c``d` string", ("1", "2.50"))
    found = cast.call(given, {"c`d": "DECIMAL(5, 2)", "a.b": "LONG"}, rejects=rejects)
    assert found.columns == ["a.b", "c`d"]
    assert dicts_of(found) == [{"a.b": 1, "c`d": Decimal("2.50")}]


def test_nested_values_and_no_rows(rows: MakeRows, rejects: Rejects):
    given = rows("tags array<string>", (["1", "2"],), (["1", "x"],), (None,))
    assert dicts_of(cast.call(given, {"tags": "ARRAY<INT>"}, "null", rejects=rejects)) == [
        {"tags": [1, 2]},
        {"tags": [1, None]},
        {"tags": None},
    ]
    assert dicts_of(cast.call(rows("id string"), {"id": "INT"}, rejects=rejects)) == []


def test_what_is_lost_within_sets_the_row_aside(rows: MakeRows, rejects: Rejects):
    given = rows(
        "l array<string>, m map<string, struct<x: string>>",
        (["1", None], {"é": ("2",)}),
        (["1", "x"], None),
        (None, {"a": ("y",), "b": None}),
    )
    found = cast.call(given, {"l": "ARRAY<INT>", "m": "MAP<STRING, STRUCT<x: INT>>"}, rejects=rejects)
    assert dicts_of(found) == [{"l": [1, None], "m": {"é": {"x": 2}}}]
    assert [reason for _, reason in rejects_of(rejects)] == [
        '`l`: `["1","x"]` is not of the type ARRAY<INT>',
        '`m`: `{"a":{"x":"y"},"b":null}` is not of the type MAP<STRING, STRUCT<x: INT>>',
    ]


def test_fields_are_put_in_another_order_by_their_names_or_named_anew_by_their_places(rows: MakeRows, rejects: Rejects):
    given = rows("s struct<a: int, b: string>", ((1, "7"),), (None,))
    for kind, expected in (
        ("STRUCT<b: STRING, a: INT>", {"b": "7", "a": 1}),
        ("STRUCT<a: INT, c: INT>", {"a": 1, "c": 7}),
        ("STRUCT<x: BIGINT, y: STRING>", {"x": 1, "y": "7"}),
    ):
        assert dicts_of(cast.call(given, {"s": kind}, rejects=rejects)) == [{"s": expected}, {"s": None}]
    with pytest.raises(StepFailed, match="which has `b` at another place than the type"):
        cast.call(given, {"s": "STRUCT<b: STRING, c: INT>"}, rejects=rejects)


def test_keys_of_maps_stay_what_they_are_or_the_cast_is_refused(rows: MakeRows, rejects: Rejects):
    given = rows("m map<int, string>, l array<struct<m: map<int, int>>>", ({300: "a"}, [({1: 2},)]))
    for kind, expected in {"MAP<BIGINT, STRING>": {300: "a"}, "MAP<STRING, STRING>": {"300": "a"}}.items():
        assert dicts_of(cast.call(given, {"m": kind}, rejects=rejects))[0]["m"] == expected
    for wanted in ({"m": "MAP<TINYINT, STRING>"}, {"l": "ARRAY<STRUCT<m: MAP<SMALLINT, INT>>>"}):
        with pytest.raises(StepFailed, match=r"which cannot be cast to .*(TINYINT|SMALLINT)"):
            cast.call(given, wanted, rejects=rejects)
    made = given.frame.selectExpr(
        "map(named_struct('a', 1, 'b', 2), 'v') AS s",
        "map(timestamp'2024-01-01 10:00:00', 'v', timestamp'2024-01-01 11:00:00', 'w') AS t",
    )
    for name, kind in {"s": "MAP<STRUCT<b: INT, a: INT>, STRING>", "t": "MAP<DATE, STRING>"}.items():
        with pytest.raises(StepFailed, match="which cannot be cast to MAP") as caught:
            cast.call(Rows(made), {name: kind}, rejects=rejects)
        assert "transform_keys" in str(caught.value.hint)
