"""For each function that changes rows: steps that name columns of types which it cannot take, and what is told.

What cannot be done with a column is known when a job is planned, and is told with the column, its type and what to do.
"""

from __future__ import annotations

from typing import Any

from tests.functions.edge_cases import NUMBER, TEXT

STRUCT = "struct<a:int,b.c:string,t:struct<at:timestamp>>"
LIST = "array<struct<x:int,y:array<string>>>"
MAP = "map<string,struct<p:double>>"
_NO_TEXT = {
    "s": (f"`s` is {STRUCT}; ", "get_path or flatten_struct takes the values out of it, to_json_column makes text"),
    "ls": (f"`ls` is {LIST}; ", "get_path or explode takes the values out of it, to_json_column makes text of it"),
    "v": ("`v` is variant; ", "get_path takes values of a type out of it, to_json_column makes text of it"),
    NUMBER: (f"`{NUMBER}` is int; ", "cast makes text of it"),
}
#: A step's mistake: what is told of it (its beginning), the argument at fault, and what to do (its beginning).
Told = tuple[list[Any], str, str | None, str | None]


def text_alone(step: list[Any], argument: str, words: str | None = None) -> list[Told]:
    """A function that takes text, with a struct, a list, VARIANT and a number in its first argument."""
    return [
        ([[step[0], name, *step[1:]]], told + (words or f"`{step[0]}` takes text"), argument, hint)
        for name, (told, hint) in _NO_TEXT.items()
    ]


def numbers_alone(step: list[Any], argument: str, words: str) -> list[Told]:
    return [
        ([step], f"`ls` is {LIST}; {words} takes numbers", argument, "get_path or explode takes the values out of it"),
    ]


def _set(function: str, of_struct: Any, of_list: Any, argument: str) -> list[Told]:
    hint = "columns of text, numbers, booleans, dates and times can be set so; take the values out before"
    return [
        ([[function, of_struct]], f"`s` is {STRUCT}, which cannot hold 1", argument, hint),
        ([[function, of_list]], f'`ls` is {LIST}, which cannot hold "x"', argument, hint),
        (
            [[function, {NUMBER: [{"from": "x", "to": 1}] if function == "replace_values" else "x"}]],
            f'`{NUMBER}` is int, which cannot hold "x"',
            argument,
            "give a number in its range",
        ),
    ]


REFUSED_COLUMNS: dict[str, list[Told]] = {
    "cast": [
        ([["cast", {"s": "int"}]], f"`s` is {STRUCT}, which cannot be cast to INT", "types", "get_path, explode or"),
        (
            [["cast", {"s": "variant"}]],
            f"`s` is {STRUCT}, which cannot be cast to VARIANT",
            "types",
            "with_column makes VARIANT",
        ),
        (
            [["cast", {"s": "struct<a: int>"}]],
            f"`s` is {STRUCT}, which cannot be cast to ",
            "types",
            "structs need as many",
        ),
        (
            [["cast", {"m": "map<int, struct<p: double>>"}]],
            f"`m` is {MAP}, which cannot be cast",
            "types",
            "structs need",
        ),
        (
            [["cast", {TEXT: "array<int>"}]],
            f"`{TEXT}` is string, which cannot be cast",
            "types",
            "parse_json_column makes",
        ),
        (
            [["cast", {"ls": "array<struct<y: int, z: array<string>>>"}]],
            "`ls[]` is struct<x:int,y:array<string>>, which has `y` at another place than the type",
            "types",
            "fields get new names by their places",
        ),
    ],
    "concat_columns": [
        (
            [["concat_columns", ["k", "s"], "o"]],
            f"`s` is {STRUCT}; `concat_columns` takes plain values",
            "columns",
            "get_path",
        ),
        (
            [["concat_columns", ["m"], "o"]],
            f"`m` is {MAP}; `concat_columns` takes plain values",
            "columns",
            "get_path",
        ),
    ],
    "explode": [
        (
            [["explode", "s"]],
            f"`s` is {STRUCT}; `explode` takes lists and maps",
            "column",
            "get_path or flatten_struct",
        ),
        ([["explode", TEXT]], f"`{TEXT}` is string; `explode` takes lists", "column", "parse_json_column makes lists"),
        (
            [["explode", "l", None, False, None, True]],
            "`l` is array<decimal(5,2)>; `flatten` takes lists",
            "flatten",
            "leave it out",
        ),
    ],
    "fill_nulls": _set("fill_nulls", {"s": 1}, {"ls": "x"}, "value"),
    "replace_values": _set(
        "replace_values", {"s": [{"from": 1, "to": 2}]}, {"ls": [{"from": None, "to": "x"}]}, "values"
    ),
    "flatten_struct": [
        (
            [["flatten_struct", "ls"]],
            f"`ls` is {LIST}; `flatten_struct` takes structs",
            "columns",
            "get_path or explode",
        ),
        (
            [["flatten_struct", TEXT]],
            f"`{TEXT}` is string; `flatten_struct` takes structs",
            "columns",
            "parse_json_column",
        ),
    ],
    "get_path": [
        ([["get_path", "s", "q", "o"]], "`s` has no field `q` (fields there: `a`, `b.c`, `t`)", "path", None),
        (
            [["get_path", "s", "[0]", "o"]],
            f"`s` is {STRUCT}, in which `0` leads nowhere",
            "path",
            "give the name of a",
        ),
        ([["get_path", "ls", "x", "o"]], f"`ls` is {LIST}, in which `x` leads nowhere", "path", "give an index there"),
        (
            [["get_path", "s", "t", "o", "int"]],
            "the value at the path is struct<at:timestamp>, which cannot be cast to INT",
            "type",
            "get_path",
        ),
        (
            [["get_path", "s", "a", "o", "array<int>"]],
            "the value at the path is int, which cannot be cast to ",
            "type",
            "get_path",
        ),
        (
            [["get_path", "v", "a", "o", "map<int, int>"]],
            "the value at the path is variant, which cannot be cast to ",
            "type",
            "get_path",
        ),
    ],
    "hash_columns": [
        (
            [["hash_columns", None, "o"]],
            f"`m` is {MAP}, and maps have no order to hash them in",
            "columns",
            "take the values",
        ),
    ],
    "lower": text_alone(["lower"], "columns"),
    "upper": text_alone(["upper"], "columns"),
    "trim": text_alone(["trim"], "columns"),
    "mask": text_alone(["mask"], "columns"),
    "parse_date": text_alone(["parse_date"], "columns"),
    "parse_timestamp": text_alone(["parse_timestamp"], "columns"),
    "parse_json_column": text_alone(["parse_json_column", "a int"], "column"),
    "regex_extract": text_alone(["regex_extract", "a"], "column"),
    "regex_replace": text_alone(["regex_replace", "a"], "columns"),
    "split_column": text_alone(["split_column", ","], "column"),
    "tokenize": text_alone(["tokenize"], "column", "only text has words"),
    "word_count": text_alone(["word_count"], "column", "only text has words"),
    "round_column": numbers_alone(["round_column", "ls"], "columns", "`round_column`"),
    "with_column": [
        (
            [["with_column", "o", "s.q"]],
            "there is no field `q` in the struct (fields there: `a`, `b.c`, `t`)",
            "expression",
            None,
        ),
        (
            [["with_column", "o", "s.`b.d`"]],
            "there is no field `b.d` in the struct",
            "expression",
            "did you mean `b.c`?",
        ),
        ([["with_column", "o", "v.a"]], 'Can\'t extract a value from "v".', "expression", "variant_get(column, "),
        (
            [["with_column", "o", "s + 1"]],
            'Cannot resolve "(s + 1)" due to data type mismatch',
            "expression",
            "look at the",
        ),
    ],
}
