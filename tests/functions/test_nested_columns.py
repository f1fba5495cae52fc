"""What functions of columns make of nested values: lists, structs, maps and VARIANT as the thing that is worked on."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from tests.functions.branches import Branches, Outcome
from tests.functions.edge_cases import NUMBER, ROWS

S1, S2, S3 = (row["s"] for row in ROWS[:3])
LS1, LS2 = (row["ls"] for row in ROWS[:2])
L1 = ROWS[0]["l"]
V1 = ROWS[0]["v"]
AT = "2024-01-01T00:00:00.123456Z"
LS1_TEXT = '[{"x":1,"y":["日本",null]},null,{"x":null,"y":[]}]'


def sha(text: str) -> str:
    return hashlib.sha256(f"{len(text)}:{text}".encode()).hexdigest()


#: For each case: steps, and all rows that they give, in any order.
CASES: dict[str, tuple[list[Any], list[dict[str, Any]]]] = {
    "select a whole struct and list": (
        [["filter", "k < 3"], ["select", ["s", "ls"]]],
        [{"s": S1, "ls": LS1}, {"s": S2, "ls": LS2}],
    ),
    "rename keeps what is inside": ([["filter", "k = 1"], ["select", "s"], ["rename", {"s": "é.s"}]], [{"é.s": S1}]),
    "get_path down a struct to the microsecond": (
        [["get_path", "s", "t.at", "o"], ["select", ["k", "o"]]],
        [{"k": k, "o": AT if k in (1, 5) else None} for k in range(1, 6)],
    ),
    "get_path by a name with a dot": (
        [["get_path", "s", '["b.c"]', "o"], ["filter", "k < 4"], ["select", "o"]],
        [{"o": "ß`\"'"}, {"o": None}, {"o": ""}],
    ),
    "get_path through lists of structs of lists": (
        [["get_path", "ls", "[0].y[0]", "o"], ["filter", "k < 5"], ["select", "o"]],
        [{"o": "日本"}, {"o": None}, {"o": None}, {"o": None}],
    ),
    "get_path in a map of structs": (
        [["get_path", "m", "ключ.p", "o"], ["filter", "k < 5"], ["select", "o"]],
        [{"o": 0.5}, {"o": None}, {"o": None}, {"o": None}],
    ),
    "get_path gives a struct with its fields in another order": (
        [["filter", "k = 1"], ["get_path", "ls", "[0]", "o", "struct<y: array<string>, x: string>"], ["select", "o"]],
        [{"o": {"y": ["日本", None], "x": "1"}}],
    ),
    "get_path in VARIANT gives no JSON null": (
        [["get_path", "v", "z", "o"], ["filter", "k = 1"], ["with_column", "n", "o IS NULL"], ["select", "n"]],
        [{"n": True}],
    ),
    "flatten_struct down to the last": (
        [["filter", "k IN (1, 2, 3)"], ["select", "s"], ["flatten_struct", "s", "_", True]],
        [
            {"s_a": 1, "s_b.c": "ß`\"'", "s_t_at": AT},
            {"s_a": None, "s_b.c": None, "s_t_at": None},
            {"s_a": 0, "s_b.c": "", "s_t_at": None},
        ],
    ),
    "explode a list of structs into columns": (
        [["filter", "k < 5"], ["select", ["k", "ls"]], ["explode", "ls", None, True, "at", True]],
        [
            {"k": 1, "x": 1, "y": ["日本", None], "at": 0},
            {"k": 1, "x": None, "y": None, "at": 1},
            {"k": 1, "x": None, "y": [], "at": 2},
            {"k": 2, "x": None, "y": None, "at": 0},
            {"k": 2, "x": None, "y": [None], "at": 1},
            {"k": 3, "x": None, "y": None, "at": None},
            {"k": 4, "x": None, "y": None, "at": None},
        ],
    ),
    "explode a map of structs": (
        [["filter", "k < 5"], ["select", ["k", "m"]], ["explode", "m", ["key", "ключ"]]],
        [
            {"k": 1, "key": "ключ", "ключ": {"p": 0.5}},
            {"k": 1, "key": "none", "ключ": None},
            {"k": 2, "key": "a", "ключ": None},
            {"k": 2, "key": "b", "ключ": {"p": None}},
        ],
    ),
    "explode a list in VARIANT, whose null is null": (
        [
            ["filter", "k = 1"],
            ["get_path", "v", "a"],
            ["select", "v"],
            ["explode", "v"],
            ["with_column", "n", "v IS NULL"],
        ],
        [{"v": 1, "n": False}, {"v": None, "n": True}, {"v": {"b": "é"}, "n": False}],
    ),
    "hash_columns of what is inside, to the microsecond": (
        [
            ["filter", "k < 3"],
            ["hash_columns", "s", "hs"],
            ["hash_columns", "l", "hl"],
            ["hash_columns", "v", "hv"],
            ["select", ["hs", "hl", "hv"]],
        ],
        [
            {
                "hs": sha('{"a":1,"b.c":"ß`\\"\'","t":{"at":"' + AT + '"}}'),
                "hl": sha("[1.50,null,-0.25]"),
                "hv": sha('{"a":[1,null,{"b":"é"}],"z":null}'),
            },
            {
                "hs": sha('{"a":null,"b.c":null,"t":{"at":null}}'),
                "hl": sha("[null]"),
                "hv": sha('[null,{"z":null}]'),
            },
        ],
    ),
    "to_json_column of what is inside": (
        [["filter", "k IN (1, 4)"], ["to_json_column", ["s", "l", "m"]], ["select", ["s", "l", "m"]]],
        [
            {
                "s": '{"a":1,"b.c":"ß`\\"\'","t":{"at":"' + AT + '"}}',
                "l": "[1.50,null,-0.25]",
                "m": '{"ключ":{"p":0.5},"none":null}',
            },
            {"s": None, "l": None, "m": None},
        ],
    ),
    "parse_json_column reads back what to_json_column wrote": (
        [
            ["to_json_column", "ls"],
            ["parse_json_column", "ls", None, None, "array<struct<x: int, y: array<string>>>"],
            ["select", ["k", "ls"]],
        ],
        [{"k": row["k"], "ls": row["ls"]} for row in ROWS],
    ),
    "format sees structs as JSON": (
        [["filter", "k = 1"], ["format", {"s": "str"}], ["select", "s"]],
        [{"s": '{"a":1,"b.c":"ß`\\"\'","t":{"at":"' + AT + '"}}'}],
    ),
    "cast widens what is inside, and gives fields new names by their places": (
        [["filter", "k < 4"], ["cast", {"ls": "array<struct<x: bigint, ys: array<string>>>"}], ["select", "ls"]],
        [{"ls": [item and {"x": item["x"], "ys": item["y"]} for item in row["ls"]]} for row in ROWS[:3]],
    ),
    "cast puts fields in another order by their names": (
        [
            ["filter", "k < 5"],
            ["cast", {"s": "struct<t: struct<at: timestamp>, `b.c`: string, a: string>"}],
            ["select", "s"],
        ],
        [
            {"s": s and {"t": s["t"], "b.c": s["b.c"], "a": None if s["a"] is None else str(s["a"])}}
            for s in (S1, S2, S3, None)
        ],
    ),
    "cast of VARIANT to what is inside": (
        [["filter", "k < 5"], ["cast", {"v": "map<string, variant>"}, "null"], ["select", ["k", "v"]]],
        [{"k": 1, "v": V1}, {"k": 2, "v": None}, {"k": 3, "v": {}}, {"k": 4, "v": None}],
    ),
    "JSON shows keys of maps as it shows values": (
        [
            ["filter", "k = 1"],
            [
                "with_column",
                {
                    "d": "array(map(date'2024-02-29', map(timestamp'2024-01-01 10:00:00.000001', 1)))",
                    "b": "named_struct('x', map(X'FF00', CAST(NULL AS INT)))",
                    "o": "map(named_struct('p', date'2024-01-01'), 'é')",
                },
            ],
            ["to_json_column", ["d", "b", "o"], ["dt", "bt", "ot"]],
            ["with_column", "f", "d"],
            ["format", {"f": "str"}],
            ["select", ["d", "b", "o", "dt", "bt", "ot", "f"]],
        ],
        [
            {
                "d": [{"2024-02-29": {"2024-01-01T10:00:00.000001Z": 1}}],
                "b": {"x": {"/wA=": None}},
                "o": {'{"p":"2024-01-01"}': "é"},
                "dt": '[{"2024-02-29":{"2024-01-01T10:00:00.000001Z":1}}]',
                "bt": '{"x":{"/wA=":null}}',
                "ot": '{"{\\"p\\":\\"2024-01-01\\"}":"é"}',
                "f": '[{"2024-02-29":{"2024-01-01T10:00:00.000001Z":1}}]',
            }
        ],
    ),
    "hash_columns of an interval": (
        [["filter", "k = 1"], ["with_column", "i", "INTERVAL 1 MONTH"], ["hash_columns", "i", "h"], ["select", "h"]],
        [{"h": sha("INTERVAL '1' MONTH")}],
    ),
    "replace_values and fill_nulls leave what is nested alone": (
        [["filter", "k > 3"], ["fill_nulls", 0], ["select", [NUMBER, "s", "l"]]],
        [{NUMBER: 0, "s": None, "l": None}, {NUMBER: 12, "s": S1, "l": L1}],
    ),
    "with_column reaches fields and items": (
        [
            ["filter", "k < 3"],
            ["with_column", {"o": "s.`b.c`", "p": "size(l)", "q": "ls.x"}],
            ["select", ["o", "p", "q"]],
        ],
        [{"o": "ß`\"'", "p": 3, "q": [1, None, None]}, {"o": None, "p": 1, "q": [None, None]}],
    ),
}
#: Steps that set rows aside: what stays, by key, and why the others went.
SET_ASIDE: dict[str, tuple[list[Any], list[int], list[str]]] = {
    "cast finds what is lost within": (
        [["filter", "k < 5"], ["cast", {"ls": "array<struct<x: int, y: array<int>>>"}]],
        [2, 3, 4],
        [
            f"`ls`: `{LS1_TEXT}` is not of the type ARRAY<STRUCT<x: INT, y: ARRAY<INT>>>",
        ],
    ),
    "cast finds what is lost within VARIANT": (
        [["filter", "k < 5"], ["cast", {"v": "struct<a: array<int>>"}]],
        [3, 4],
        [
            '`v`: `{"a":[1,null,{"b":"é"}],"z":null}` is not of the type STRUCT<a: ARRAY<INT>>',
            '`v`: `[null,{"z":null}]` is not of the type STRUCT<a: ARRAY<INT>>',
        ],
    ),
    "get_path finds what is lost within": (
        [["filter", "k < 5"], ["get_path", "m", '["ключ"]', "o", "struct<p: tinyint>"], ["with_column", "m", "NULL"]],
        [1, 2, 3, 4],
        [],
    ),
    "the null of JSON is no fault": (
        [["filter", "k = 4"], ["with_column", "v", "parse_json('null')"], ["cast", {"v": "array<int>"}]],
        [4],
        [],
    ),
}


@pytest.fixture(scope="module")
def outcomes(branches: Branches) -> dict[str, Outcome]:
    return branches.collected({name: case[0] for name, case in {**CASES, **SET_ASIDE}.items()})


@pytest.mark.parametrize("name", CASES)
def test_nested_values_give_what_is_said(name: str, outcomes: dict[str, Outcome]):
    assert sorted(outcomes[name].rows, key=str) == sorted(CASES[name][1], key=str)


@pytest.mark.parametrize("name", SET_ASIDE)
def test_what_is_lost_within_is_set_aside(name: str, outcomes: dict[str, Outcome]):
    _, kept, reasons = SET_ASIDE[name]
    assert sorted(outcomes[name].by_key("k")) == kept
    assert sorted(outcomes[name].reasons) == sorted(reasons)
