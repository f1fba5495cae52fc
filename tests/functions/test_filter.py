"""Keeping the rows that meet a condition."""

from __future__ import annotations

import pytest

from functions.catalog import Catalog, StepFaults
from functions.check import Flow
from functions.errors import StepFailed
from functions.rows.filter import filter as keep
from functions.storage.roots import Roots
from tests.functions.conftest import MakeRows, dicts_of


def test_what_is_not_allowed_is_refused_at_submission(catalog: Catalog, roots: Roots):
    with pytest.raises(StepFaults) as caught:
        catalog.check([["load_range", 3], ["filter", "reflect('java.lang.System', 'exit', 1) > 0"]], Flow(roots))
    fault = caught.value.faults[0]
    assert fault.pointer == "/steps/1/1"
    assert "reflect" in fault.detail


@pytest.mark.parametrize(
    ("condition", "detail", "hint"),
    [
        ("agge > 1", "there is no column `agge` (columns here: `a.b`, `age`, `name`)", "did you mean `age`?"),
        ("`a.c` > 1", "there is no column `a.c`", "did you mean `a.b`?"),
        ("age + 1", "the condition is int, and not true or false", "compare it with something, such as `age > 0`"),
        ("substring(age) = 'a'", "parameter", None),
    ],
)
def test_what_the_columns_do_not_allow_is_told_before_anything_runs(
    rows: MakeRows, condition: str, detail: str, hint: str | None
):
    with pytest.raises(StepFailed) as caught:
        keep.call(rows("age int, name string, `a.b` int"), condition)
    assert detail in caught.value.detail
    assert (caught.value.argument, caught.value.hint) == ("condition", hint)


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ("age > 30", ["Ada"]),
        ("age IS NULL OR name = 'Bob'", ["Bob", "é"]),
        ("NOT age > 30", ["Bob"]),
        ("`a.b`['x'] = 1", ["Ada"]),
        ("exists(t, x -> x = 'b')", ["Bob"]),
        ("name = 'é'", ["é"]),
        ("age = 10 AND age > 30", []),
    ],
)
def test_rows_are_kept_where_it_is_true_alone(rows: MakeRows, condition: str, kept: list[str]):
    values = [("Ada", 36, {"x": 1}, ["a"]), ("Bob", 12, {}, ["b"]), ("é", None, None, None)]
    given = rows("name string, age int, `a.b` map<string, int>, t array<string>", *values)
    assert [row["name"] for row in dicts_of(keep.call(given, condition))] == kept


def test_no_rows(rows: MakeRows):
    assert dicts_of(keep.call(rows("n int"), "n = 1")) == []
