"""Where mistakes are told that are those of one member of an argument: at the member, in deep checks and jobs alike."""

from __future__ import annotations

import json
from typing import Any

import pytest

from functions.catalog import load
from server.jobs.job import State
from spark_runner.analysis import Analyst
from tests.runner.analysing import faults
from tests.runner.conftest import Stage

ROWS = [
    "load_rows",
    [{"id": 1, "name": "Ada", "tags": {"a": "b"}, "at": {"x": 1}}],
    "id INT, name STRING, tags MAP<STRING, STRING>, at STRUCT<x: INT>",
]
COUNT = {"function": "count"}
TOTAL = {"function": "sum", "column": "id"}
RUNNING = {"function": "min", "column": "id"}
OUT = {"path": "out", "partition_by": ["id", "x1", "tags"]}

#: By the argument that is tried: steps behind rows that are the table `people`, too, and where mistakes stand in each.
TRIED: dict[tuple[str, str], list[tuple[Any, list[str]]]] = {
    ("cast", "types"): [(["cast", {"x1": "int", "id": "int", "x2": "int"}], ["1/x1", "1/x2"])],
    ("concat_columns", "columns"): [(["concat_columns", ["name", "x1", "tags"], "to"], ["1/1", "1/2"])],
    ("cube", "aggregates"): [(["cube", ["id"], [TOTAL, {**TOTAL, "column": "name", "as": "s"}]], ["2/1/column"])],
    ("cube", "by"): [(["cube", ["id", "x1", "tags"], [TOTAL]], ["1/1", "1/2"])],
    ("describe", "columns"): [(["describe", ["id", "x1", "x2"]], ["1/1", "1/2"])],
    ("drop", "columns"): [(["drop", ["id", "x1", "x2"]], ["1/1", "1/2"])],
    ("drop_duplicates", "columns"): [(["drop_duplicates", ["id", "x1", "tags"]], ["1/1", "1/2"])],
    ("drop_duplicates", "order"): [
        (["drop_duplicates", ["id"], "first", ["id", {"column": "x1"}, "tags"]], ["3/1/column", "3/2"])
    ],
    ("drop_nulls", "columns"): [
        (["drop_nulls", ["id", "x1", "x2"]], ["1/1", "1/2"]),
        (["drop_nulls", "x1"], ["1"]),
        ({"function": "drop_nulls", "columns": ["id", "x1"]}, ["columns/1"]),
    ],
    ("expect", "checks"): [
        (["expect", [{"check": "row_count", "min": 1}, {"check": "not_null", "column": "x1"}]], ["1/1/column"]),
        (["expect", [{"check": "unique", "columns": ["id", "x1", "tags"]}]], ["1/0/columns/1", "1/0/columns/2"]),
        (["expect", [{"check": "between", "column": "id", "min": 0, "max": "x"}]], ["1/0/max"]),
        (["expect", [{"check": "in_set", "column": "id", "values": [1, "x"]}]], ["1/0/values/1"]),
        (["expect", [{"check": "matches", "column": "id", "pattern": "a"}]], ["1/0/column"]),
        (["expect", [{"check": "matches", "column": "name", "pattern": "a(?"}]], ["1/0/pattern"]),
        (["expect", [{"check": "condition", "expression": "x1 > 0"}]], ["1/0/expression"]),
        (["expect", [{"check": "referential", "column": "id", "table": "people", "to": "x1"}]], ["1/0/to"]),
    ],
    ("fill_nulls", "columns"): [(["fill_nulls", 0, ["id", "x1", "name"]], ["2/1", "2/2"])],
    ("fill_nulls", "value"): [(["fill_nulls", {"x1": 0, "id": 0, "name": 1}], ["1/x1", "1/name"])],
    ("flatten_struct", "columns"): [(["flatten_struct", ["at", "x1", "id"]], ["1/1", "1/2"])],
    ("format", "columns"): [(["format", {"x1": "trim", "name": "trim", "x/2": "trim"}], ["1/x1", "1/x~12"])],
    ("group_by", "aggregates"): [
        (["group_by", ["id"], [TOTAL, {"function": "max_by", "column": "id", "by": "tags"}]], ["2/1/by"]),
        (["group_by", ["id"], [TOTAL, {"expression": "sum(x1)", "as": "s"}]], ["2/1/expression"]),
        (["group_by", ["id"], [TOTAL, {**TOTAL, "as": "id"}]], ["2/1"]),
    ],
    ("group_by", "by"): [
        (["group_by", ["id", "x1", "tags"], [TOTAL]], ["1/1", "1/2"]),
        (["group_by", "x1", [TOTAL]], ["1"]),
    ],
    ("hash_columns", "columns"): [(["hash_columns", ["id", "x1", "tags"], "to"], ["1/1", "1/2"])],
    ("join", "on"): [(["join", "people", ["id", "x1", {"left": "name", "right": "x2"}]], ["2/1", "2/2/right"])],
    ("load_csv", "columns"): [(["load_csv", "in.csv", "a INT, b INT", ["a", "x1", "x2"]], ["3/1", "3/2"])],
    ("load_csv", "schema"): [
        (["load_csv", "in.csv", {"a": "int", "x1": "int"}], ["2/x1"]),
        (["load_csv", "in.csv", "a int, x1 int"], ["2"]),
        (["load_csv", "in.csv", {"a": "int", "b": "map<string, int>"}], ["2/b"]),
    ],
    ("load_orc", "columns"): [(["load_orc", "orc", ["id", "x1", "x2"]], ["2/1", "2/2"])],
    ("load_orc", "schema"): [({"function": "load_orc", "path": "orc", "schema": {"x1": "int"}}, ["schema/x1"])],
    ("load_parquet", "columns"): [(["load_parquet", "parquet", ["id", "x1", "x2"]], ["2/1", "2/2"])],
    ("load_parquet", "schema"): [
        (["load_parquet", "parquet", None, {"id": "bigint", "x1": "int", "x2": "int"}], ["3/x1", "3/x2"]),
        (["load_parquet", "parquet", None, {"id": "date", "name": "boolean"}], ["3/id"]),
    ],
    ("lower", "columns"): [(["lower", ["name", "x1", "id"]], ["1/1", "1/2"])],
    ("mask", "columns"): [(["mask", ["name", "x1", "id"]], ["1/1", "1/2"])],
    ("parse_date", "columns"): [(["parse_date", ["name", "x1", "id"]], ["1/1", "1/2"])],
    ("parse_date", "format"): [(["parse_date", "name", ["yyyy", "bbb", "VVV"]], ["2/1", "2/2"])],
    ("parse_timestamp", "columns"): [(["parse_timestamp", ["name", "x1", "id"]], ["1/1", "1/2"])],
    ("parse_timestamp", "format"): [(["parse_timestamp", "name", ["yyyy", "bbb"]], ["2/1"])],
    ("pivot", "aggregates"): [(["pivot", ["id"], "name", [TOTAL, {**TOTAL, "column": "x1"}], ["a"]], ["3/1/column"])],
    ("pivot", "by"): [(["pivot", ["id", "x1", "tags"], "name", [TOTAL], ["a"]], ["1/1", "1/2"])],
    ("pivot", "values"): [(["pivot", ["name"], "id", [COUNT], ["1", "x", "1", "y"]], ["4/1", "4/3"])],
    ("regex_replace", "columns"): [(["regex_replace", ["name", "x1", "id"], "a", "b"], ["1/1", "1/2"])],
    ("rename", "names"): [
        (["rename", {"x1": "a", "x2": "b"}], ["1/x1", "1/x2"]),
        (["rename", {"name": "id"}], ["1/name"]),
        (["rename", {"id": "name"}], ["1/id"]),
    ],
    ("repartition", "columns"): [(["repartition", 2, ["id", "x1", "tags"]], ["2/1", "2/2"])],
    ("replace_values", "values"): [
        (
            ["replace_values", {"x1": {"a": "b"}, "id": [{"from": 1, "to": 2}, {"from": 2, "to": "x"}]}],
            ["1/x1", "1/id/1"],
        )
    ],
    ("rollup", "aggregates"): [(["rollup", ["id"], [TOTAL, {**TOTAL, "column": "x1"}]], ["2/1/column"])],
    ("rollup", "by"): [(["rollup", ["id", "x1", "tags"], [TOTAL]], ["1/1", "1/2"])],
    ("round_column", "columns"): [(["round_column", ["id", "x1", "name"]], ["1/1", "1/2"])],
    ("select", "columns"): [(["select", ["id", "x1", "x2"]], ["1/1", "1/2"]), (["select", "x1"], ["1"])],
    ("sort", "by"): [
        (
            ["sort", [{"column": "x1"}, "id", "x2", {"column": "tags", "order": "desc"}]],
            ["1/0/column", "1/2", "1/3/column"],
        ),
        (["sort", "x1"], ["1"]),
        (["sort", {"column": "x1"}], ["1/column"]),
    ],
    ("store_csv", "partition_by"): [({"function": "store_csv", **OUT}, ["partition_by/1", "partition_by/2"])],
    ("store_json", "partition_by"): [({"function": "store_json", **OUT}, ["partition_by/1", "partition_by/2"])],
    ("store_orc", "partition_by"): [({"function": "store_orc", **OUT}, ["partition_by/1", "partition_by/2"])],
    ("store_parquet", "partition_by"): [({"function": "store_parquet", **OUT}, ["partition_by/1", "partition_by/2"])],
    ("to_json_column", "columns"): [(["to_json_column", ["id", "x1", "x2"]], ["1/1", "1/2"])],
    ("top_by_group", "by"): [(["top_by_group", ["id", "x1", "tags"], ["id"]], ["1/1", "1/2"])],
    ("top_by_group", "order"): [(["top_by_group", ["id"], ["id", {"column": "x1"}, "x2"]], ["2/1/column", "2/2"])],
    ("trim", "columns"): [(["trim", ["name", "x1", "id"]], ["1/1", "1/2"])],
    ("union", "names"): [(["union", ["people", "others", "people", "others"]], ["1/1", "1/3"])],
    ("unpivot", "columns"): [(["unpivot", ["id", "x1", "x2"]], ["1/1", "1/2"])],
    ("upper", "columns"): [(["upper", ["name", "x1", "id"]], ["1/1", "1/2"])],
    ("window", "functions"): [
        (["window", [RUNNING, {**RUNNING, "column": "x1", "as": "b"}], ["id"], ["id"]], ["1/1/column"]),
        (["window", [{"function": "lag", "column": "id", "default": "x"}], ["id"], ["id"]], ["1/0/default"]),
    ],
    ("window", "order_by"): [(["window", [RUNNING], ["id"], ["id", {"column": "x1"}, "tags"]], ["3/1/column", "3/2"])],
    ("window", "partition_by"): [(["window", [RUNNING], ["id", "x1", "tags"]], ["2/1", "2/2"])],
    ("with_column", "name"): [(["with_column", {"a": "x1 + 1", "b": "id", "c/d": "x2"}], ["1/a", "1/c~1d"])],
}

#: Arguments whose members are all looked at by the check of the submission, or that name what the step makes.
NAMES_NO_COLUMN = {
    ("describe", "quantiles"),
    ("ensure_not_nulls", "fields"),
    ("expand_tables", "fields"),
    ("explode", "to"),
    ("explode_tables", "fields"),
    ("flatten_tables", "fields"),
    ("format_tables", "fields"),
    ("get_path", "path"),
    ("group_by_table", "table_names"),
    ("json_to_list_for_tables", "fields"),
    ("load_json", "schema"),
    ("load_rows", "schema"),
    ("load_rows", "values"),
    ("load_xml", "schema"),
    ("lower", "to"),
    ("mask", "to"),
    ("parse_date", "to"),
    ("parse_json_column", "schema"),
    ("parse_timestamp", "to"),
    ("regex_replace", "to"),
    ("rename_tables_fields", "fields"),
    ("round_column", "to"),
    ("split_column", "to"),
    ("split_into_tables", "tables"),
    ("store_tables", "names"),
    ("to_json_column", "to"),
    ("trim", "to"),
    ("unify_tables", "unifications"),
    ("upload_tables", "table_names"),
    ("upper", "to"),
}


def test_every_argument_that_has_members_is_tried_or_names_no_column():
    has_members = {
        (function.name, name)
        for function in load()
        for name, schema in function.json_schema["properties"].items()
        if any(form.get("type") in ("array", "object") for form in _forms(schema))
    }
    assert has_members == TRIED.keys() | NAMES_NO_COLUMN
    assert not TRIED.keys() & NAMES_NO_COLUMN


def _forms(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [form for key in ("anyOf", "oneOf") for form in schema.get(key, ())] or [schema]


@pytest.mark.parametrize(("function", "argument"), TRIED)
def test_a_member_that_is_wrong_is_told_at_its_place(
    analyst: Analyst, stage: Stage, function: str, argument: str
) -> None:
    stage.write("in.csv", "a,b", "1,2")
    frame = stage.engine.session().sql("SELECT 1 AS id, 'Ada' AS name")
    for kind in ("orc", "parquet"):
        if function == f"load_{kind}":
            frame.write.format(kind).save(str(stage.folder / kind))
    before = [["load_rows", [{"id": 1}], "id INT"], ["name_table", "others"], ROWS, ["name_table", "people"]]
    for step, places in TRIED[function, argument]:
        found = faults(analyst, *before, step)
        assert [place for place, _, _ in found] == [f"/steps/4/{place}" for place in places], json.dumps(step)


@pytest.mark.parametrize(
    ("step", "place"),
    [
        (["sort", ["id", {"column": "nmae"}]], "1/1/column"),
        (["drop_nulls", ["id", "nmae"]], "1/1"),
        (["drop_nulls", "nmae"], "1"),
        ({"function": "store_parquet", "path": "out", "partition_by": ["id", "nmae"]}, "partition_by/1"),
    ],
)
async def test_the_reason_of_a_failed_job_points_at_the_member(stage: Stage, step: Any, place: str) -> None:
    async with stage.runner():
        job = await stage.reached(await stage.submit(ROWS, step, ["count"]))
    assert (job.state, job.reason and job.reason.pointer) == (State.FAILED, f"/steps/1/{place}")
    assert job.reason is not None
    assert job.reason.to_json()["pointer"] == f"/steps/1/{place}"
    assert job.reason.hint == "did you mean `name`?"


async def test_the_reason_of_data_that_is_not_as_expected_points_at_the_check(stage: Stage) -> None:
    row_count, not_null = {"check": "row_count", "min": 2}, {"check": "not_null", "column": "name"}
    rows = ["load_rows", [{"id": 1, "name": None}], "id INT, name STRING"]
    async with stage.runner():
        few = await stage.reached(await stage.submit(rows, ["expect", [not_null, row_count]], ["count"]))
        nameless = {"function": "expect", "checks": [{"check": "row_count", "min": 1}, not_null]}
        null = await stage.reached(await stage.submit(rows, nameless, ["count"]))
    assert few.reason is not None
    assert null.reason is not None
    assert (few.reason.code, few.reason.pointer) == ("expectation_failed", "/steps/1/1/1")
    assert (null.reason.code, null.reason.pointer) == ("expectation_failed", "/steps/1/checks/1")
    (record,) = stage.rows(null, "rejects.jsonl")
    assert (record["check"], record["reason"]) == (1, "`name` is null")


@pytest.mark.parametrize(
    ("step", "places"),
    [
        (["group_by", ["aa"], [{"function": "sum", "column": "bb"}]], ["1/0", "2/0/column"]),
        (["cube", ["aa"], [{"function": "sum", "column": "bb"}]], ["1/0", "2/0/column"]),
        (["pivot", ["aa"], "bb", [{"function": "sum", "column": "cc"}]], ["1/0", "2", "3/0/column"]),
        (["window", [{"function": "sum", "column": "aa"}], ["bb"], ["cc"]], ["1/0/column", "2/0", "3/0"]),
        (["drop_duplicates", ["aa"], "last", ["bb"]], ["1/0", "3/0"]),
        (["top_by_group", ["aa"], ["bb"]], ["1/0", "2/0"]),
    ],
    ids=lambda value: value[0] if len(value) > 2 else "",
)
def test_wrong_columns_of_all_arguments_are_told(analyst: Analyst, step: list[Any], places: list[str]):
    assert sorted(place for place, _, _ in faults(analyst, ROWS, step)) == [f"/steps/1/{place}" for place in places]
