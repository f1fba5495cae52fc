"""Names that no column has: what is told of those that mean something else."""

from __future__ import annotations

from typing import Any

import pytest

from functions.catalog import Function, StepFaults
from functions.columns.select import select
from functions.columns.with_column import with_column
from functions.relations.group_by import group_by
from functions.rows.filter import filter as filter_rows
from functions.rows.sort import sort
from functions.steps import arguments_of
from tests.functions.applied import FLOW, failure
from tests.functions.conftest import MakeRows

COLUMNS = (
    "sku string, qty int, price double, ts timestamp, customer struct<name: string, city: string>,"
    " items array<struct<sku: string>>, tags map<string, int>, `a.b` struct<c: int>, any variant"
)


@pytest.mark.parametrize(
    ("function", "arguments", "hint"),
    [
        (select, ["customer.name"], "`customer` is a struct: get_path or flatten_struct reaches its fields"),
        (sort, ["customer.name"], "`customer` is a struct: get_path or flatten_struct reaches its fields"),
        (select, ["items[0].sku"], "`items` is a list: get_path or explode reaches what is in it"),
        (select, ["items.sku"], "`items` is a list: get_path or explode reaches what is in it"),
        (select, ["tags['x']"], "`tags` is a map: get_path or explode reaches what is in it"),
        (select, ["a.b.c"], "`a.b` is a struct: get_path or flatten_struct reaches its fields"),
        (select, ["any.x"], "`any` is a VARIANT: get_path reaches what is in it"),
        (select, ["sku.name"], None),
        (select, ["year(ts)"], "with_column makes a column of an expression"),
        (select, ["qty * price"], "with_column makes a column of an expression"),
        (group_by, ["year(ts)", [{"function": "count"}]], "with_column makes a column of an expression"),
        (select, ["cusotmer"], "did you mean `customer`?"),
        (with_column, [{"total": "qty * price", "tax": "total * 0.19"}],
         "`total` is made in this same step: use a second with_column"),
        (with_column, [{"total": "total + 1"}], None),
        (filter_rows, ["sku = S1"], "text stands in quotes: 'S1'"),
        (filter_rows, ["sku IN (S1, 'S2')"], "text stands in quotes: 'S1'"),
        (filter_rows, ["sku LIKE abc"], "text stands in quotes: 'abc'"),
        (filter_rows, ["sku = qtty"], "did you mean `qty`? text stands in quotes: 'qtty'"),
        (filter_rows, ["zzz IS NULL"], None),
        (filter_rows, ["upper(zzz) = 'A'"], None),
        (filter_rows, ["qty > 1 || price < 2"], "`||` puts texts together: write OR"),
        (filter_rows, ["qty || sku"], "`||` puts texts together: write OR"),
        (filter_rows, ["qty + '||' = sku AND customer"],
         "look at the types of the columns (step `schema`); cast() changes one"),
    ],
)  # fmt: skip
def test_a_hint(rows: MakeRows, function: Function, arguments: list[Any], hint: str | None):
    assert failure(function, rows(COLUMNS), *arguments)[2] == hint


@pytest.mark.parametrize(
    ("condition", "hint"),
    [("qty > 1 && price < 2", "write AND"), ("qty === 1", "write ="), ("qty > 1 ) qty", "`condition`: ")],
)
def test_signs_of_other_languages(condition: str, hint: str):
    with pytest.raises(StepFaults) as caught:
        arguments_of(filter_rows, [condition], "", FLOW)
    assert str(caught.value.faults[0].hint).startswith(hint)


def test_two_equals_signs_are_taken(rows: MakeRows):
    filter_rows.call(rows(COLUMNS), filter_rows.model.model_validate({"condition": "qty == 1"}).condition)
