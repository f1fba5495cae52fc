"""Values that look at other rows."""

from __future__ import annotations

from typing import Any

import pytest

from functions.arguments.ordering import OrderKey
from functions.catalog import Catalog, StepFaults
from functions.check import Flow
from functions.errors import StepFailed
from functions.relations.window import WindowFunction, window
from functions.storage.roots import Roots
from tests.functions.conftest import MakeRows, dicts_of

SCHEMA = "`c.d` string, day int, sold int, t string"
VALUES = [("Recife", 1, 5, "a"), ("Recife", 2, 7, "b"), ("Recife", 2, None, "c"), (None, 1, 1, "é")]


def made(function: str, column: str | None = None, **more: Any) -> WindowFunction:
    return WindowFunction.model_validate({"function": function, **({"column": column} if column else {}), **more})


@pytest.mark.parametrize(
    "wanted", [{"function": "sum"}, {"function": "rank", "column": "id"}, {"function": "ntile"}, {"function": "medan"}]
)
def test_functions_that_are_none_are_refused(catalog: Catalog, roots: Roots, wanted: dict[str, Any]):
    with pytest.raises(StepFaults) as caught:
        catalog.check([["load_range", 3], ["window", [wanted], None, ["id"]]], Flow(roots))
    assert caught.value.faults[0].pointer.startswith("/steps/1/1/0")


@pytest.mark.parametrize(
    ("function", "by", "order", "argument", "detail"),
    [
        (made("rank"), None, None, "order_by", "`rank` needs an order"),
        (made("lag", "sold"), None, None, "order_by", "`lag` needs an order"),
        (made("sum", "solt"), None, ["day"], "functions", "no column `solt`"),
        (made("sum", "t"), None, ["day"], "functions", "`t` is string; `sum` takes numbers"),
        (made("rank", **{"as": "day"}), None, ["day"], "functions", "two columns would be named `day`"),
        (made("rank"), ["c"], ["day"], "partition_by", "no column `c`"),
        (made("lag", "sold", default="x"), None, ["day"], "functions", "cannot hold"),
    ],
)
def test_what_does_not_fit_is_told(
    rows: MakeRows, function: WindowFunction, by: list[str], order: list[str] | None, argument: str, detail: str
):
    with pytest.raises(StepFailed) as caught:
        window.call(rows(SCHEMA, *VALUES), [function], by, [OrderKey(column=name) for name in order] if order else None)
    assert caught.value.argument == argument
    assert detail in caught.value.detail


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (made("row_number"), {"a": 1, "b": 2, "c": 3, "é": 1}),
        (made("rank"), {"a": 1, "b": 2, "c": 3, "é": 1}),
        (made("dense_rank"), {"a": 1, "b": 2, "c": 3, "é": 1}),
        (made("percent_rank"), {"a": 0.0, "b": 0.5, "c": 1.0, "é": 0.0}),
        (made("cume_dist"), {"a": 1 / 3, "b": 2 / 3, "c": 1.0, "é": 1.0}),
        (made("ntile", buckets=2), {"a": 1, "b": 1, "c": 2, "é": 1}),
        (made("lag", "sold"), {"a": None, "b": 5, "c": 7, "é": None}),
        (made("lag", "sold", default=0), {"a": 0, "b": 5, "c": 7, "é": 0}),
        (made("lead", "sold", offset=1, default=-1), {"a": 7, "b": None, "c": -1, "é": -1}),
        (made("sum", "sold"), {"a": 5, "b": 12, "c": 12, "é": 1}),
        (made("sum", "sold", preceding=0), {"a": 5, "b": 7, "c": None, "é": 1}),
        (made("sum", "sold", following=None), {"a": 12, "b": 12, "c": 12, "é": 1}),
        (made("count", "sold"), {"a": 1, "b": 2, "c": 2, "é": 1}),
        (made("count", preceding=1, following=0), {"a": 1, "b": 2, "c": 2, "é": 1}),
        (made("first", "t"), {"a": "a", "b": "a", "c": "a", "é": "é"}),
        (made("last", "t", following=1), {"a": "b", "b": "c", "c": "c", "é": "é"}),
    ],
    ids=lambda item: item.name if isinstance(item, WindowFunction) else "",
)
def test_each_function_sees_its_partition_in_order(rows: MakeRows, function: WindowFunction, expected: dict[str, Any]):
    found = dicts_of(
        window.call(rows(SCHEMA, *VALUES), [function], ["c.d"], [OrderKey(column="day"), OrderKey(column="t")])
    )
    assert {row["t"]: row[function.name] for row in found} == expected


def test_without_an_order_all_rows_count(rows: MakeRows):
    found = dicts_of(window.call(rows(SCHEMA, *VALUES), [made("max", "sold", **{"as": "é"})]))
    assert [row["é"] for row in found] == [7] * 4
    assert dicts_of(window.call(rows(SCHEMA), [made("avg", "sold")])) == []
