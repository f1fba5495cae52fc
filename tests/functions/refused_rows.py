"""As `refused_columns`, for functions of rows, relations, quality and control."""

from __future__ import annotations

from typing import Any

from tests.functions.edge_cases import NUMBER, TEXT
from tests.functions.refused_columns import LIST, MAP, STRUCT, Told, numbers_alone

_ENTRIES = "with_column makes a list of it that can be: array_sort(map_entries(`m`))"
_PARTS = "take values out of it with get_path or explode, or make text of it with to_json_column"


def _compared(map_step: list[Any], variant_step: list[Any], argument: str | None) -> list[Told]:
    """A function that compares values, with a map and VARIANT, whose values cannot be compared."""
    return [
        ([map_step], f"`m` is {MAP}, whose values cannot be compared", argument, _ENTRIES),
        ([variant_step], "`v` is variant, whose values cannot be compared", argument, _PARTS),
    ]


def _aggregates(function: str) -> list[Told]:
    def step(wanted: str, column: str) -> list[Any]:
        return [function, [TEXT], [{"function": wanted, "column": column, "as": "o"}]]

    return [
        *_compared([function, ["m"], _COUNT], [function, ["v"], _COUNT], "by"),
        *_compared(step("count_distinct", "m"), step("collect_set", "v"), "aggregates"),
        *_compared(step("min", "m"), step("approx_count_distinct", "v"), "aggregates"),
        *numbers_alone(step("sum", "ls"), "aggregates", "`sum`"),
        *numbers_alone(step("median", "ls"), "aggregates", "`median`"),
        (
            [step("any", "s")],
            f"`s` is {STRUCT}; `any` takes true and false",
            "aggregates",
            "get_path or flatten_struct",
        ),
        ([step("every", NUMBER)], f"`{NUMBER}` is int; `every` takes true", "aggregates", "cast gives it another type"),
        (
            [[function, [TEXT], [{"function": "max_by", "column": "k", "by": "m", "as": "o"}]]],
            f"`m` is {MAP}, whose values cannot be compared",
            "aggregates",
            _ENTRIES,
        ),
    ]


_COUNT = [{"function": "count", "as": "n"}]


def _window(functions: list[Any], *rest: Any) -> list[Any]:
    return ["window", [{"as": "o", **each} for each in functions], *rest]


def _expect(**check: Any) -> list[Any]:
    return ["expect", [check]]


_OTHER = [["select", ["k", "s", "ls"]], ["with_column", "s", "s.t"], ["name_table", "o"], ["use_table", "all"]]
_PART = ["select", ["k", "s", "ls"]]
_NO_FIT = f"`s` is {STRUCT} here, and `s` of the table is struct<at:timestamp>"
REFUSED_ROWS: dict[str, list[Told]] = {
    "distinct": _compared(["distinct"], ["distinct"], None)[:1],
    "drop_duplicates": [
        *_compared(["drop_duplicates", "m"], ["drop_duplicates", [TEXT, "v"]], "columns"),
        ([["drop_duplicates"]], f"`m` is {MAP}, whose values cannot be compared", None, _ENTRIES),
    ],
    "filter": [
        (
            [["filter", "m = m"]],
            'Cannot resolve "(m = m)"',
            "condition",
            "array_sort(map_entries(column)) makes a list",
        ),
        (
            [["filter", "s"]],
            f"the condition is {STRUCT}; it must be boolean",
            "condition",
            "compare it with something",
        ),
        ([["filter", "s.t.aa > 1"]], "there is no field `aa` in the struct", "condition", "did you mean `at`?"),
    ],
    "sort": [
        ([["sort", "m"]], f"`m` is {MAP}, whose values have no order", "by", _ENTRIES),
        ([["sort", "v"]], "`v` is variant, whose values have no order", "by", _PARTS),
    ],
    "top_by_group": [
        *_compared(["top_by_group", "m", "k"], ["top_by_group", "v", "k"], "by"),
        ([["top_by_group", "k", "m"]], f"`m` is {MAP}, whose values have no order", "order", _ENTRIES),
    ],
    "group_by": _aggregates("group_by"),
    "cube": _aggregates("cube"),
    "rollup": _aggregates("rollup"),
    "pivot": [
        *_compared(["pivot", "m", "k", _COUNT, ["1"]], ["pivot", "v", "k", _COUNT, ["1"]], "by"),
        (
            [["pivot", "k", "s", _COUNT]],
            f"`s` is {STRUCT}; `pivot` makes columns of plain",
            "column",
            "get_path or flatten",
        ),
        (
            [["pivot", "k", "ls", _COUNT, ["[]"]]],
            f"`ls` is {LIST}; `pivot` makes columns of plain",
            "column",
            "get_path or",
        ),
        (
            [["pivot", "k", "m", _COUNT]],
            f"`m` is {MAP}; `pivot` makes columns of plain",
            "column",
            "get_path or explode",
        ),
        (
            [["pivot", "k", NUMBER, _COUNT, ["x"]]],
            f"`x` is no value of `{NUMBER}`, which is int",
            "values",
            "mend or drop it",
        ),
    ],
    "unpivot": [
        (
            [["unpivot", ["s", "ls"]]],
            f"the columns are of different types: {LIST}, {STRUCT}",
            "columns",
            "cast them to one",
        ),
        (
            [["unpivot", [TEXT, NUMBER]]],
            "the columns are of different types: int, string",
            "columns",
            "cast them to one",
        ),
    ],
    "join": [
        ([["join", "all", "m"]], f"`m` is {MAP}, whose values cannot be compared", "on", _ENTRIES),
        (
            [["join", "all", [{"left": "s", "right": "ls"}]]],
            f"`s` is {STRUCT} here, and `ls` of the table is ",
            "on",
            "cast one of them",
        ),
        (
            [["join", "all", [{"left": TEXT, "right": "k"}]]],
            f"`{TEXT}` is string here, and `k` of",
            "on",
            "cast one of them",
        ),
    ],
    "union": [
        ([*_OTHER, _PART, ["union", ["o"]]], _NO_FIT, "names", "structs must have the same fields, unless union says"),
        (
            [*_OTHER, _PART, ["with_column", "s", "k"], ["union", ["o"], True]],
            "`s` is int here, and `s` of",
            "names",
            "cast one",
        ),
        ([["union", ["all"], False, True]], f"`m` is {MAP}, whose values cannot be compared", "distinct", _ENTRIES),
    ],
    "intersect": [
        ([*_OTHER, _PART, ["intersect", "o"]], _NO_FIT, "table", "structs must have the same fields"),
        ([["intersect", "all"]], f"`m` is {MAP}, whose values cannot be compared", "table", _ENTRIES),
    ],
    "subtract": [
        ([*_OTHER, _PART, ["subtract", "o"]], _NO_FIT, "table", "structs must have the same fields"),
        ([["subtract", "all"]], f"`m` is {MAP}, whose values cannot be compared", "table", _ENTRIES),
    ],
    "sql": [
        ([["sql", "SELECT s.q FROM all"]], "there is no field `q` in the struct", "query", None),
        (
            [["sql", "SELECT * FROM all ORDER BY m"]],
            'Cannot resolve "m',
            "query",
            "array_sort(map_entries(column)) makes",
        ),
    ],
    "window": [
        *_compared(
            _window([{"function": "row_number"}], ["m"], ["k"]),
            _window([{"function": "rank"}], ["v"], ["k"]),
            "partition_by",
        ),
        *_compared(
            _window([{"function": "max", "column": "m"}]), _window([{"function": "min", "column": "v"}]), "functions"
        ),
        (
            [_window([{"function": "row_number"}], None, ["m"])],
            f"`m` is {MAP}, whose values have no",
            "order_by",
            _ENTRIES,
        ),
        *numbers_alone(_window([{"function": "sum", "column": "ls"}]), "functions", "`sum`"),
        (
            [_window([{"function": "lag", "column": "s", "default": 1}], None, ["k"])],
            f"`s` is {STRUCT}, which cannot hold 1",
            "functions",
            "columns of text, numbers",
        ),
    ],
    "expect": [
        *_compared(_expect(check="unique", columns=["m"]), _expect(check="unique", columns=["v"]), "checks"),
        (
            [_expect(check="between", column="s", min=1)],
            f"`s` is {STRUCT}, which cannot hold 1",
            "checks",
            "columns of",
        ),
        (
            [_expect(check="in_set", column="ls", values=["x"])],
            f'`ls` is {LIST}, which cannot hold "x"',
            "checks",
            "columns",
        ),
        (
            [_expect(check="matches", column="s", pattern="a")],
            f"`s` is {STRUCT}; `matches` takes text",
            "checks",
            "get_path",
        ),
        (
            [_expect(check="referential", column="m", table="all", to="m")],
            f"`m` is {MAP}, whose values cannot be compared",
            "checks",
            _ENTRIES,
        ),
        (
            [_expect(check="condition", expression="s.t.aa > 1")],
            "there is no field `aa`",
            "checks",
            "did you mean `at`?",
        ),
    ],
    "repartition": _compared(["repartition", 2, "m"], ["repartition", None, ["v"]], "columns"),
}
