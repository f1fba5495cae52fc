"""Every function at every edge: tried by a table that a test goes through, or with a reason why it does not apply."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from functions.catalog import Catalog
from functions.errors import StepFailed
from functions.workspace import Rows
from tests.functions import test_nested_columns, test_nested_rows
from tests.functions.branches import Branches
from tests.functions.edge_cases import KEEPS, MAKES, NUMBER, SCHEMA, TEXT
from tests.functions.edges import DUPLICATES, EDGES, EMPTY, GROUPS, MISSING, NESTED, NULLS, REASONS, TYPES, UNICODE
from tests.functions.refused_columns import REFUSED_COLUMNS
from tests.functions.refused_rows import REFUSED_ROWS
from tests.functions.test_every_function import misspelt

STEPS: Mapping[str, list[Any]] = {name: case.steps for name, case in KEEPS.items()} | {
    name: steps for name, (steps, _) in MAKES.items()
}
NO_COLUMN = REASONS[MISSING]
#: Text of Spark SQL, in which names stand within.
IN_TEXT: Mapping[str, list[Any]] = {
    "filter": ["filter", f"`{NUMBER}_` > 0"],
    "with_column": ["with_column", "ü", f"`{NUMBER}_` + 1"],
    "sql": ["sql", f"SELECT `{NUMBER}_` FROM all"],
}
_COUNT = [{"function": "count", "as": TEXT}]
#: A step that names a column as another is named: what is told; None: that column is replaced, in its place.
NAMED_TWICE: Mapping[str, tuple[list[Any], str | None]] = {
    "concat_columns": ([["concat_columns", [TEXT], NUMBER]], None),
    "drop": ([["drop", ["k", "k"]]], "names `k` twice"),
    "explode": ([["explode", "tags", TEXT]], f"two columns would be named `{TEXT}`"),
    "flatten_struct": (
        [["with_column", "flat.x.y", "1"], ["flatten_struct", "flat"]],
        "two columns would be named `flat.x.y`",
    ),
    "get_path": ([["get_path", "flat", ["x.y"], NUMBER]], None),
    "hash_columns": ([["hash_columns", [TEXT], NUMBER]], None),
    "lower": ([["lower", TEXT, NUMBER]], None),
    "upper": ([["upper", TEXT, NUMBER]], None),
    "mask": ([["mask", TEXT, 0, 0, "*", None, NUMBER]], None),
    "trim": ([["trim", TEXT, "both", None, NUMBER]], None),
    "parse_date": ([["parse_date", "day", "yyyy-MM-dd", NUMBER]], None),
    "parse_json_column": ([["parse_json_column", "json", "a int", NUMBER]], None),
    "parse_timestamp": ([["parse_timestamp", "day", None, "UTC", NUMBER]], None),
    "regex_extract": ([["regex_extract", TEXT, "a", 0, NUMBER]], None),
    "regex_replace": ([["regex_replace", TEXT, "a", "b", NUMBER]], None),
    "rename": ([["rename", {TEXT: NUMBER}]], f"`{TEXT}` and `{NUMBER}` would both be named `{NUMBER}`"),
    "round_column": ([["round_column", "k", 0, "half_up", NUMBER]], None),
    "select": ([["select", [TEXT, TEXT]]], f"names `{TEXT}` twice"),
    "split_column": ([["split_column", TEXT, " ", NUMBER]], None),
    "to_json_column": ([["to_json_column", "flat", NUMBER]], None),
    "with_column": ([["with_column", NUMBER, "k"]], None),
    "drop_duplicates": ([["drop_duplicates", ["k", "k"]]], "names `k` twice"),
    "sort": ([["sort", [TEXT, TEXT]]], f"names `{TEXT}` twice"),
    "tokenize": ([["tokenize", TEXT, NUMBER]], None),
    "top_by_group": ([["top_by_group", ["k", "k"], TEXT]], "names `k` twice"),
    "group_by": ([["group_by", TEXT, _COUNT]], f"two columns would be named `{TEXT}`"),
    "cube": ([["cube", [TEXT], [{"function": "count"}], TEXT]], f"two columns would be named `{TEXT}`"),
    "rollup": ([["rollup", [TEXT], _COUNT]], f"two columns would be named `{TEXT}`"),
    "pivot": ([["pivot", "k", TEXT, [{"function": "count"}], ["k"]]], "two columns would be named `k`"),
    "join": (
        [["with_column", "day·r", "1"], ["join", "all", "k", "inner", "·r"]],
        "two columns would be named `day·r`",
    ),
    "sql": ([["sql", "SELECT k, k FROM all"]], "two columns would be named `k`"),
    "unpivot": ([["unpivot", TEXT, NUMBER]], f"two columns would be named `{NUMBER}`"),
    "window": (
        [["window", [{"function": "row_number", "as": TEXT}], None, ["k"]]],
        f"two columns would be named `{TEXT}`",
    ),
    "repartition": ([["repartition", 2, ["k", "k"]]], "names `k` twice"),
}


@pytest.mark.parametrize("name", [name for name in STEPS if name not in NO_COLUMN])
def test_a_column_that_is_not_there_is_told_whatever_the_script(name: str, branches: Branches):
    *before, step = STEPS[name]
    names = [*SCHEMA]
    wrong = [
        [*step[:place], other, *step[place + 1 :]]
        for place, argument in enumerate(step)
        if place
        for other, missing in misspelt(argument, names)
        if missing in names
    ]
    wrong = [IN_TEXT[name]] if name in IN_TEXT else wrong
    told = 0
    for other in wrong:
        fault = failure(branches, [*before, other])
        if fault is not None:  # else it names what the step makes
            told += 1
            assert fault.detail.startswith("there is no column `"), other
            assert str(fault.hint).startswith("did you mean `"), other
    assert told


def failure(branches: Branches, steps: list[Any]) -> StepFailed | None:
    try:
        branches.planned(*steps)
    except StepFailed as error:
        return error
    return None


@pytest.mark.parametrize("name", NAMED_TWICE)
def test_no_two_columns_get_one_name_whatever_the_script(name: str, branches: Branches):
    steps, told = NAMED_TWICE[name]
    if told is not None:
        assert branches.refused(*steps).detail.startswith(told)
        return
    workspace, _ = branches.planned(*steps)
    assert isinstance(workspace.frame, Rows)
    assert list(workspace.frame.columns) == [*SCHEMA]


def worked() -> set[str]:
    """The functions that are given nested values."""
    cases = (*test_nested_columns.CASES.values(), *test_nested_rows.CASES.values())
    cases += (*test_nested_columns.SET_ASIDE.values(), *test_nested_rows.SET_ASIDE.values())  # type: ignore[operator]
    return {step[0] for case in cases for step in case[0]}


#: The functions that tests try at each edge.
TRIED: Mapping[str, set[str]] = {
    EMPTY: {*STEPS},
    NULLS: {*STEPS},
    MISSING: {*STEPS} - {*NO_COLUMN},
    TYPES: {*REFUSED_COLUMNS, *REFUSED_ROWS},
    UNICODE: {*STEPS},
    DUPLICATES: {*NAMED_TWICE},
    NESTED: {*KEEPS, *REFUSED_COLUMNS, *REFUSED_ROWS} | worked(),
}


@pytest.mark.parametrize("edge", EDGES)
def test_every_function_is_tried_at_the_edge_or_has_a_reason(edge: str, catalog: Catalog):
    asked = {item.name for item in catalog if item.group in GROUPS}
    reasons = REASONS.get(edge, {})
    assert asked <= {*TRIED[edge], *reasons}
    assert not {*reasons} & TRIED[edge]
    assert {*reasons} <= {item.name for item in catalog}
