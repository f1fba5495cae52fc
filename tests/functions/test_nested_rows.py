"""What functions of rows, relations and quality make of nested values: as keys, as values, and as what is compared."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functions.branches import Branches, Outcome
from tests.functions.edge_cases import NUMBER, ROWS

S1, S2, S3 = (row["s"] for row in ROWS[:3])
LS1, LS2, LS3 = (row["ls"] for row in ROWS[:3])
M1, M2, M3 = (row["m"] for row in ROWS[:3])
V1, V2, V3 = (row["v"] for row in ROWS[:3])


def counted(name: str) -> list[dict[str, Any]]:
    return [
        {name: value, "n": count} for value, count in zip((row[name] for row in ROWS[:4]), (2, 1, 1, 1), strict=True)
    ]


COUNT = [{"function": "count", "as": "n"}]
#: For each case: steps, and all rows that they give, in any order.
CASES: dict[str, tuple[list[Any], list[dict[str, Any]]]] = {
    "distinct of structs and lists": (
        [["select", ["s", "l", "ls"]], ["distinct"]],
        [{"s": row["s"], "l": row["l"], "ls": row["ls"]} for row in ROWS[:4]],
    ),
    "drop_duplicates by a struct and a list keeps the last": (
        [["drop_duplicates", ["s", "ls"], "last", ["k"]], ["select", ["k", "m"]]],
        [{"k": 5, "m": M1}, {"k": 2, "m": M2}, {"k": 3, "m": M3}, {"k": 4, "m": None}],
    ),
    "drop_nulls looks at the whole value, and at the null of JSON": (
        [["with_column", "w", "coalesce(v, parse_json('null'))"], ["drop_nulls", ["s", "w"]], ["select", "k"]],
        [{"k": 1}, {"k": 2}, {"k": 3}, {"k": 5}],
    ),
    "filter by what is inside": (
        [["filter", "exists(ls, item -> item.x = 1) AND s.t.at > '2023-01-01'"], ["select", "k"]],
        [{"k": 1}, {"k": 5}],
    ),
    "top_by_group by a list, in the order of a struct": (
        [["top_by_group", "l", [{"column": "s"}, {"column": "k", "order": "desc"}]], ["select", "k"]],
        [{"k": 5}, {"k": 2}, {"k": 3}, {"k": 4}],
    ),
    "repartition by a struct and a list": (
        [["repartition", 3, ["s", "ls"]], ["select", ["k", "s"]]],
        [{"k": row["k"], "s": row["s"]} for row in ROWS],
    ),
    "group_by a struct": ([["group_by", "s", COUNT]], counted("s")),
    "group_by a list of structs": ([["group_by", "ls", COUNT]], counted("ls")),
    "cube by a list": (
        [["cube", "l", COUNT, "g"]],
        [*({**row, "g": 0} for row in counted("l")), {"l": None, "n": 5, "g": 1}],
    ),
    "rollup by a struct": (
        [["rollup", "s", COUNT, "g"]],
        [*({**row, "g": 0} for row in counted("s")), {"s": None, "n": 5, "g": 1}],
    ),
    "aggregates of nested values": (
        [
            ["sort", "k"],
            ["coalesce", 1],
            [
                "group_by",
                [],
                [
                    {"function": "count_distinct", "column": "s", "as": "sorts"},
                    {"function": "count", "column": "m", "as": "maps"},
                    {"function": "min", "column": "l", "as": "least"},
                    {"function": "max", "column": "s", "as": "most"},
                    {"function": "max_by", "column": "m", "by": "k", "as": "last"},
                    {"function": "min_by", "column": "k", "by": "ls", "as": "empty"},
                ],
            ],
        ],
        [{"sorts": 3, "maps": 4, "least": [], "most": S1, "last": M1, "empty": 3}],
    ),
    "collect_list keeps nulls within, and leaves out those of whole values": (
        [
            ["filter", "k < 5"],
            ["sort", "k"],
            ["coalesce", 1],
            ["group_by", [], [{"function": "collect_list", "column": name, "as": name} for name in ("ls", "m", "v")]],
        ],
        [{"ls": [LS1, LS2, LS3], "m": [M1, M2, M3], "v": [V1, V2, V3]}],
    ),
    "the null of JSON is no value for count and collect_list": (
        [
            ["with_column", "w", "coalesce(v, parse_json('null'))"],
            [
                "group_by",
                [],
                [{"function": "count", "column": "w", "as": "n"}, {"function": "last", "column": "w", "as": "l"}],
            ],
        ],
        [{"n": 4, "l": V1}],
    ),
    "pivot carries structs as values": (
        [["filter", "k < 3"], ["pivot", [NUMBER], "k", [{"function": "first", "column": "s"}], ["1", "2"]]],
        [{NUMBER: 12, "1": S1, "2": None}, {NUMBER: -5, "1": None, "2": S2}],
    ),
    "unpivot structs of one type": (
        [["filter", "k = 2"], ["with_column", "s2", "s"], ["select", ["k", "s", "s2", "m"]], ["unpivot", ["s", "s2"]]],
        [{"k": 2, "m": M2, "name": "s", "value": S2}, {"k": 2, "m": M2, "name": "s2", "value": S2}],
    ),
    "join by a struct and a list, whose inner nulls are equal": (
        [
            ["select", ["k", "s", "l"]],
            ["name_table", "o"],
            ["join", "o", ["s", "l"]],
            ["select", ["k", "k_right"]],
        ],
        [{"k": k, "k_right": r} for k, r in ((1, 1), (1, 5), (5, 1), (5, 5), (2, 2), (3, 3))],
    ),
    "join by lists, where null is equal to null": (
        [
            ["filter", "k > 2"],
            ["select", ["k", "ls"]],
            ["name_table", "o"],
            ["join", "o", "ls", "full", "_r", False, True],
        ],
        [{"k": k, "ls": ROWS[k - 1]["ls"], "k_r": k} for k in (3, 4, 5)],
    ),
    "union of structs and maps whose fields are in another order": (
        [
            ["filter", "k < 3"],
            ["select", ["k", "ls", "m"]],
            ["name_table", "o"],
            ["cast", {"ls": "array<struct<y: array<string>, x: bigint>>"}],
            ["union", ["o"]],
        ],
        [{"k": k, "ls": ROWS[k - 1]["ls"], "m": ROWS[k - 1]["m"]} for k in (1, 1, 2, 2)],
    ),
    "union of structs that lack fields": (
        [
            ["filter", "k = 1"],
            ["with_column", "o", "array(named_struct('a', 1, 'b', map('x', named_struct('p', 1))))"],
            ["select", "o"],
            ["name_table", "o"],
            ["with_column", "o", "array(named_struct('c', 'é', 'b', map('x', named_struct('q', 2)), 'a', 5L))"],
            ["union", ["o"], True],
        ],
        [
            {"o": [{"c": "é", "b": {"x": {"q": 2, "p": None}}, "a": 5}]},
            {"o": [{"c": None, "b": {"x": {"q": None, "p": 1}}, "a": 1}]},
        ],
    ),
    "intersect compares fields by their names": (
        [
            ["select", ["ls"]],
            ["filter", "size(ls) = 2"],
            ["name_table", "o"],
            ["use_table", "all"],
            ["select", "ls"],
            ["cast", {"ls": "array<struct<y: array<string>, x: int>>"}],
            ["intersect", "o"],
        ],
        [{"ls": LS2}],
    ),
    "subtract compares fields by their names": (
        [
            ["select", ["s"]],
            ["filter", "s.a = 1"],
            ["name_table", "o"],
            ["use_table", "all"],
            ["select", "s"],
            ["cast", {"s": "struct<t: struct<at: timestamp>, a: int, `b.c`: string>"}],
            ["subtract", "o"],
        ],
        [{"s": S2}, {"s": S3}, {"s": None}],
    ),
    "window: neighbours and running extremes of nested values": (
        [
            ["filter", "k < 4"],
            [
                "window",
                [
                    {"function": "lag", "column": "m", "as": "before"},
                    {"function": "lead", "column": "v", "as": "next"},
                    {"function": "max", "column": "s", "as": "most"},
                    {"function": "count", "column": "l", "as": "n"},
                ],
                None,
                ["k"],
            ],
            ["select", ["before", "next", "most", "n"]],
        ],
        [
            {"before": None, "next": V2, "most": S1, "n": 1},
            {"before": M1, "next": V3, "most": S1, "n": 2},
            {"before": M2, "next": None, "most": S1, "n": 3},
        ],
    ),
    "window over a struct, in the order of a list": (
        [["window", [{"function": "row_number", "as": "n"}], ["s"], ["ls", "k"]], ["select", ["k", "n"]]],
        [{"k": k, "n": 2 if k == 5 else 1} for k in range(1, 6)],
    ),
    "sql groups by a field and counts maps": (
        [["sql", "SELECT s.a AS a, count(m) AS n, max(size(m)) AS most FROM all GROUP BY s.a"]],
        [{"a": 1, "n": 2, "most": 2}, {"a": None, "n": 1, "most": 2}, {"a": 0, "n": 1, "most": 0}],
    ),
}
#: Steps that set rows aside: what stays, by key, and why the others went.
SET_ASIDE: dict[str, tuple[list[Any], list[int], list[str]]] = {
    "expect: unique structs, and lists that are not null": (
        [
            ["expect", [{"check": "unique", "columns": ["s"]}, {"check": "not_null", "column": "ls"}], "quarantine"],
        ],
        [2, 3],
        ["`s`: the same as in 1 other rows", "`s`: the same as in 1 other rows", "`ls` is null"],
    ),
    "expect: references of structs": (
        [
            ["filter", "k < 3"],
            ["select", "s"],
            ["name_table", "known"],
            ["use_table", "all"],
            ["expect", [{"check": "referential", "column": "s", "table": "known", "to": "s"}], "quarantine"],
        ],
        [1, 2, 4, 5],
        ['`s`: `{"a":0,"b.c":"","t":null}` is not in `s` of `known`'],
    ),
}


@pytest.fixture(scope="module")
def outcomes(branches: Branches) -> dict[str, Outcome]:
    return branches.collected({name: case[0] for name, case in {**CASES, **SET_ASIDE}.items()})


@pytest.mark.parametrize("name", CASES)
def test_nested_values_give_what_is_said(name: str, outcomes: dict[str, Outcome]):
    assert sorted(outcomes[name].rows, key=str) == sorted(CASES[name][1], key=str)


@pytest.mark.parametrize("name", SET_ASIDE)
def test_what_does_not_meet_a_check_is_set_aside(name: str, outcomes: dict[str, Outcome]):
    _, kept, reasons = SET_ASIDE[name]
    assert sorted(outcomes[name].by_key("k")) == kept
    assert sorted(outcomes[name].reasons) == sorted(reasons)


def test_sort_orders_structs_and_lists_by_the_first_part_that_differs(branches: Branches):
    found = branches.collected(
        {
            "struct": [["sort", [{"column": "s", "order": "desc", "nulls": "first"}, "k"]], ["select", "k"]],
            "list": [["sort", ["l", "k"]], ["select", "k"]],
        }
    )
    assert [row["k"] for row in found["struct"].rows] == [4, 1, 5, 3, 2]
    assert [row["k"] for row in found["list"].rows] == [3, 2, 1, 5, 4]
