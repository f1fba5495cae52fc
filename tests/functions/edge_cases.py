"""Rows with every edge in them, and for each function of the catalog that changes rows a step that works on them.

The first row holds values of all scripts and kinds; in the second and the third what is nested holds nulls, or nothing;
the fourth is null in all columns; the last repeats the first.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

TEXT, NUMBER = "naïve.text", "日本"
SCHEMA = {
    "k": "INT",
    TEXT: "STRING",
    NUMBER: "INT",
    "day": "STRING",
    "json": "STRING",
    "tags": "ARRAY<STRING>",
    "flat": "STRUCT<`x.y`: INT>",
    "s": "STRUCT<a: INT, `b.c`: STRING, t: STRUCT<at: TIMESTAMP>>",
    "l": "ARRAY<DECIMAL(5, 2)>",
    "ls": "ARRAY<STRUCT<x: INT, y: ARRAY<STRING>>>",
    "m": "MAP<STRING, STRUCT<p: DOUBLE>>",
    "v": "VARIANT",
}
#: Columns that no step of the cases works on.
CARRIED = ("s", "l", "ls", "m", "v")
_FULL = {
    TEXT: "Ärger 日本 x",
    NUMBER: 12,
    "day": "2024-02-29",
    "json": '{"a": 1}',
    "tags": ["é"],
    "flat": {"x.y": 7},
    "s": {"a": 1, "b.c": "ß`\"'", "t": {"at": "2024-01-01T00:00:00.123456Z"}},
    "l": [1.5, None, -0.25],
    "ls": [{"x": 1, "y": ["日本", None]}, None, {"x": None, "y": []}],
    "m": {"ключ": {"p": 0.5}, "none": None},
    "v": {"a": [1, None, {"b": "é"}], "z": None},
}
_NULLS_INSIDE = {
    TEXT: "a",
    NUMBER: -5,
    "day": "2023-01-31",
    "json": '{"a": null}',
    "tags": ["x"],
    "flat": {"x.y": None},
    "s": {"a": None, "b.c": None, "t": {"at": None}},
    "l": [None],
    "ls": [None, {"x": None, "y": [None]}],
    "m": {"a": None, "b": {"p": None}},
    "v": [None, {"z": None}],
}
_NOTHING_INSIDE = {
    TEXT: "",
    NUMBER: 0,
    "day": "2024-01-01",
    "json": "{}",
    "tags": [""],
    "flat": {"x.y": 0},
    "s": {"a": 0, "b.c": "", "t": None},
    "l": [],
    "ls": [],
    "m": {},
    "v": {},
}
ROWS: list[dict[str, Any]] = [
    {"k": 1} | _FULL,
    {"k": 2} | _NULLS_INSIDE,
    {"k": 3} | _NOTHING_INSIDE,
    {"k": 4} | dict.fromkeys(_FULL),
    {"k": 5} | _FULL,
]
BASE: list[Any] = [["load_rows", ROWS, SCHEMA], ["name_table", "all"], ["limit", 0], ["name_table", "none"]]
BASE += [["use_table", "all"]]


@dataclass(frozen=True)
class Case:
    """A function at work, and what it makes of the first row and of the one that is null."""

    #: The last is of the function, unless it only shows what that gives.
    steps: list[Any]
    first: dict[str, Any] = field(default_factory=dict)
    null: dict[str, Any] = field(default_factory=dict)


def _sha(*texts: str | None) -> str:
    whole = "".join("-" if text is None else f"{len(text)}:{text}" for text in texts)
    return hashlib.sha256(whole.encode()).hexdigest()


_LESS = ["drop", ["m", "v"]]
#: Functions that keep the other columns, each row by its key.
KEEPS: dict[str, Case] = {
    "cast": Case([["cast", {NUMBER: "string"}]], {NUMBER: "12"}, {NUMBER: None}),
    "concat_columns": Case([["concat_columns", [TEXT, NUMBER], "c", "·"]], {"c": "Ärger 日本 x·12"}, {"c": ""}),
    "drop": Case([["drop", [TEXT, "day"]]]),
    "explode": Case([["explode", "tags", "tág", True, "at"]], {"tág": "é", "at": 0}, {"tág": None, "at": None}),
    "fill_nulls": Case([["fill_nulls", {TEXT: "¿?"}]], {TEXT: "Ärger 日本 x"}, {TEXT: "¿?"}),
    "flatten_struct": Case([["flatten_struct", "flat"]], {"flat.x.y": 7}, {"flat.x.y": None}),
    "format": Case([["format", {NUMBER: "str"}]], {NUMBER: "12"}, {NUMBER: None}),
    "get_path": Case([["get_path", "flat", ["x.y"], "ö"]], {"ö": 7}, {"ö": None}),
    "hash_columns": Case(
        [["hash_columns", [TEXT, NUMBER], "h"]], {"h": _sha("Ärger 日本 x", "12")}, {"h": _sha(None, None)}
    ),
    "lower": Case([["lower", TEXT]], {TEXT: "ärger 日本 x"}, {TEXT: None}),
    "mask": Case([["mask", TEXT, 1, 2]], {TEXT: "Ä" + "*" * 7 + " x"}, {TEXT: None}),
    "parse_date": Case([["parse_date", "day"]], {"day": "2024-02-29"}, {"day": None}),
    "parse_json_column": Case([["parse_json_column", "json", "a INT"]], {"json": {"a": 1}}, {"json": None}),
    "parse_timestamp": Case([["parse_timestamp", "day"]], {"day": "2024-02-29T00:00:00.000000Z"}, {"day": None}),
    "regex_extract": Case([["regex_extract", TEXT, "日.", 0, "r"]], {"r": "日本"}, {"r": None}),
    "regex_replace": Case([["regex_replace", TEXT, "日本", "✓"]], {TEXT: "Ärger ✓ x"}, {TEXT: None}),
    "rename": Case([["rename", {NUMBER: "ñ.`x"}]], {"ñ.`x": 12}, {"ñ.`x": None}),
    "replace_values": Case(
        [["replace_values", {TEXT: [{"from": "Ärger 日本 x", "to": "Ω"}, {"from": None, "to": "∅"}]}]],
        {TEXT: "Ω"},
        {TEXT: "∅"},
    ),
    "round_column": Case([["round_column", NUMBER, -1]], {NUMBER: 10}, {NUMBER: None}),
    "select": Case([["select", ["k", NUMBER, *CARRIED]]], {NUMBER: 12}, {NUMBER: None}),
    "split_column": Case([["split_column", TEXT, " ", "parts"]], {"parts": ["Ärger", "日本", "x"]}, {"parts": None}),
    "to_json_column": Case([["to_json_column", "flat"]], {"flat": '{"x.y":7}'}, {"flat": None}),
    "trim": Case([["trim", TEXT, "both", "Äx "]], {TEXT: "rger 日本"}, {TEXT: None}),
    "upper": Case([["upper", TEXT]], {TEXT: "ÄRGER 日本 X"}, {TEXT: None}),
    "with_column": Case([["with_column", "ü", f"`{NUMBER}` + 1"]], {"ü": 13}, {"ü": None}),
    "distinct": Case([_LESS, ["distinct"]]),
    "drop_duplicates": Case([["drop_duplicates", ["k", TEXT], "first", [NUMBER]]]),
    "drop_nulls": Case([["drop_nulls", ["k", TEXT], "all"]]),
    "filter": Case([["filter", f"`{NUMBER}` = 12 OR `{TEXT}` IS NULL OR k > 0"]]),
    "limit": Case([["limit", 5]]),
    "sample": Case([["sample", None, 5]]),
    "sort": Case([["sort", [{"column": NUMBER, "nulls": "first"}, TEXT]]]),
    "tokenize": Case([["tokenize", TEXT, "wörter"]], {"wörter": ["ärger", "日本", "x"]}, {"wörter": None}),
    "top_by_group": Case([["top_by_group", ["k", TEXT], NUMBER]]),
    "intersect": Case([_LESS, ["name_table", "o"], ["intersect", "o"]]),
    "join": Case([["join", "all", "k", "left", "·r"]], {f"{NUMBER}·r": 12}, {f"{NUMBER}·r": None}),
    "sql": Case([["sql", f"SELECT *, upper(`{TEXT}`) AS `Ü` FROM all"]], {"Ü": "ÄRGER 日本 X"}, {"Ü": None}),
    "subtract": Case(
        [_LESS, ["name_table", "o"], ["limit", 0], ["name_table", "n"], ["use_table", "o"], ["subtract", "n"]]
    ),
    "union": Case([["union", ["none"]]]),
    "unpivot": Case([["unpivot", [TEXT], "näme", "wert"]], {"näme": TEXT, "wert": "Ärger 日本 x"}, {"wert": None}),
    "use_table": Case([["use_table", "all"]]),
    "name_table": Case([["name_table", "ñ"], ["use_table", "ñ"]]),
    "drop_table": Case([["name_table", "ñ"], ["drop_table", "ñ"]]),
    "window": Case(
        [["window", [{"function": "lag", "column": TEXT, "as": "l.a"}], None, ["k"]]],
        {"l.a": None},
        {"l.a": ""},
    ),
    "expect": Case(
        [["expect", [{"check": "not_null", "column": "k"}, {"check": "matches", "column": TEXT, "pattern": ".*"}]]]
    ),
    "cache": Case([["cache"]]),
    "checkpoint": Case([["checkpoint"]]),
    "coalesce": Case([["coalesce", 1]]),
    "repartition": Case([["repartition", 2, [TEXT, NUMBER]]]),
}
#: The same of tables without rows, for functions that read a table and not the rows before them.
OF_NONE: dict[str, list[Any]] = {
    "use_table": [["use_table", "none"]],
    "sql": [["sql", f"SELECT *, upper(`{TEXT}`) AS `Ü` FROM none"]],
}
_COUNT = [{"function": "count", "as": "n"}]
#: Functions that make other rows: steps, and all rows that they give, of values and of nulls.
MAKES: dict[str, tuple[list[Any], list[dict[str, Any]]]] = {
    "group_by": (
        [["group_by", TEXT, _COUNT]],
        [{TEXT: "Ärger 日本 x", "n": 2}, {TEXT: "a", "n": 1}, {TEXT: "", "n": 1}, {TEXT: None, "n": 1}],
    ),
    "cube": (
        [["cube", TEXT, _COUNT, "g"]],
        [
            {TEXT: "Ärger 日本 x", "n": 2, "g": 0},
            {TEXT: "a", "n": 1, "g": 0},
            {TEXT: "", "n": 1, "g": 0},
            {TEXT: None, "n": 1, "g": 0},
            {TEXT: None, "n": 5, "g": 1},
        ],
    ),
    "rollup": (
        [["filter", "k > 3"], ["rollup", [TEXT, NUMBER], _COUNT]],
        [
            {TEXT: "Ärger 日本 x", NUMBER: 12, "n": 1},
            {TEXT: "Ärger 日本 x", NUMBER: None, "n": 1},
            {TEXT: None, NUMBER: None, "n": 1},
            {TEXT: None, NUMBER: None, "n": 1},
            {TEXT: None, NUMBER: None, "n": 2},
        ],
    ),
    "pivot": (
        [["filter", "k > 3"], ["pivot", NUMBER, TEXT, _COUNT, ["Ärger 日本 x", "ß"]]],
        [{NUMBER: 12, "Ärger 日本 x": 1, "ß": None}, {NUMBER: None, "Ärger 日本 x": None, "ß": None}],
    ),
    "word_count": (
        [["word_count", TEXT]],
        [
            {"word": "ärger", "count": 2},
            {"word": "日本", "count": 2},
            {"word": "x", "count": 2},
            {"word": "a", "count": 1},
        ],
    ),
}
