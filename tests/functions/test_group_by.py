"""Rows put together in groups."""

from __future__ import annotations

from typing import Any

import pytest

from functions.arguments.aggregates import Aggregation
from functions.catalog import Catalog, StepFaults
from functions.check import Flow
from functions.errors import StepFailed
from functions.relations.group_by import group_by
from functions.storage.roots import Roots
from tests.functions.conftest import MakeRows, dicts_of

SCHEMA = "`c.d` string, n int, yes boolean, t string, m map<string, int>"
VALUES = [
    ("Recife", 1, True, "a", None),
    ("Recife", 2, False, "b", None),
    ("Recife", 2, None, None, None),
    (None, None, True, "é", None),
]


def made(function: str, column: str | None = None, **more: Any) -> Aggregation:
    return Aggregation.model_validate({"function": function, **({"column": column} if column else {}), **more})


@pytest.mark.parametrize(
    ("aggregate", "pointer"),
    [
        ({"function": "summ", "column": "n"}, "/steps/1/2/0/function"),
        ({"function": "sum"}, "/steps/1/2/0"),
        ({"column": "n"}, "/steps/1/2/0"),
        ({"function": "sum", "column": "n", "share": 0.5}, "/steps/1/2/0"),
        ({"function": "percentile", "column": "n"}, "/steps/1/2/0"),
        ({"function": "max_by", "column": "n"}, "/steps/1/2/0"),
        ({"expression": "sum(id)"}, "/steps/1/2/0"),
        ({"expression": "id + 1", "as": "x"}, "/steps/1/2/0/expression"),
        ({"expression": "sum(reflect('a', 'b'))", "as": "x"}, "/steps/1/2/0/expression"),
    ],
)
def test_aggregates_that_are_none_are_refused_with_their_place(
    catalog: Catalog, roots: Roots, aggregate: dict[str, Any], pointer: str
):
    with pytest.raises(StepFaults) as caught:
        catalog.check([["load_range", 3], ["group_by", [], [aggregate]]], Flow(roots))
    assert [fault.pointer for fault in caught.value.faults] == [pointer]


@pytest.mark.parametrize(
    ("by", "aggregate", "argument", "detail"),
    [
        (["c"], made("count"), "by", "no column `c`"),
        (["m"], made("count"), "by", "cannot be compared"),
        ([], made("sum", "nn"), "aggregates", "no column `nn`"),
        ([], made("sum", "t"), "aggregates", "`t` is string; `sum` takes numbers"),
        ([], made("any", "n"), "aggregates", "`n` is int; `any` takes true and false"),
        ([], made("max", "m"), "aggregates", "cannot be compared"),
        (["n"], made("count", **{"as": "n"}), "aggregates", "two columns would be named `n`"),
        ([], Aggregation.model_validate({"expression": "sum(nn)", "as": "x"}), "aggregates", "no column `nn`"),
    ],
)
def test_columns_that_do_not_fit_are_told(
    rows: MakeRows, by: list[str], aggregate: Aggregation, argument: str, detail: str
):
    with pytest.raises(StepFailed) as caught:
        group_by.call(rows(SCHEMA, *VALUES), by, [aggregate])
    assert caught.value.argument == argument
    assert detail in caught.value.detail


@pytest.mark.parametrize(
    ("aggregate", "expected"),
    [
        (made("count"), 4),
        (made("count", "n"), 3),
        (made("count_distinct", "n"), 2),
        (made("approx_count_distinct", "n"), 2),
        (made("sum", "n"), 5),
        (made("avg", "n"), 5 / 3),
        (made("min", "t"), "a"),
        (made("max", "t"), "é"),
        (made("first", "n"), 1),
        (made("last", "n"), 2),
        (made("median", "n"), 2),
        (made("percentile", "n", share=0.25), 1.5),
        (made("approx_percentile", "n", share=0.5), 2),
        (made("stddev", "n"), pytest.approx(0.57735, abs=1e-5)),
        (made("variance", "n"), pytest.approx(1 / 3)),
        (made("collect_list", "n"), [1, 2, 2]),
        (made("any", "yes"), True),
        (made("every", "yes"), False),
        (made("min_by", "t", by="n"), "a"),
        (made("max_by", "c.d", by="t"), None),
        (Aggregation.model_validate({"expression": "sum(n * 10) + count(*)", "as": "x"}), 54),
    ],
    ids=lambda item: item.name if isinstance(item, Aggregation) else "",
)
def test_each_aggregate_leaves_nulls_out(rows: MakeRows, aggregate: Aggregation, expected: Any):
    (found,) = dicts_of(group_by.call(rows(SCHEMA, *VALUES), [], [aggregate]))
    assert found == {aggregate.name: expected}


def test_groups_of_values_and_of_nulls(rows: MakeRows):
    found = group_by.call(rows(SCHEMA, *VALUES), ["c.d"], [made("collect_set", "n"), made("count", **{"as": "é"})])
    rows_found = sorted(dicts_of(found), key=str)
    assert [{**row, "collect_set_n": sorted(row["collect_set_n"])} for row in rows_found] == [
        {"c.d": "Recife", "collect_set_n": [1, 2], "é": 3},
        {"c.d": None, "collect_set_n": [], "é": 1},
    ]
    assert dicts_of(group_by.call(rows(SCHEMA), ["n"], [made("count")])) == []
    assert dicts_of(group_by.call(rows(SCHEMA), [], [made("sum", "n")])) == [{"sum_n": None}]
