"""Keeping the rows for which a condition holds."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pyspark.errors import PySparkException

from functions.catalog import Catalog, StepFaults
from functions.check import Flow
from functions.errors import StepFailed
from functions.rows.filter import filter as filter_rows
from functions.storage.roots import Roots
from functions.workspace import Frame, Lines, Rows
from tests.functions.conftest import MakeRows, dicts_of


def kept(given: Rows, condition: str) -> Frame:
    return filter_rows.call(given, filter_rows.model.model_validate({"condition": condition}).condition)


@pytest.mark.parametrize("condition", ["", "a >", "reflect('java.lang.System', 'exit', 1)", "(SELECT 1)", "sum(a) > 1"])
def test_what_is_no_condition_is_refused_before_anything_runs(catalog: Catalog, roots: Roots, condition: str):
    with pytest.raises(StepFaults) as caught:
        catalog.check([["load_rows", [{"a": 1}]], ["filter", condition]], Flow(roots))
    assert [fault.pointer for fault in caught.value.faults] == ["/steps/1/1"]


def test_a_missing_column_is_told_with_a_near_name(rows: MakeRows):
    with pytest.raises(StepFailed) as caught:
        kept(rows("age int, `a.b` int"), "aeg > 3 OR exists(array(1), x -> x = age)")
    assert caught.value.detail == "there is no column `aeg` (columns here: `a.b`, `age`)"
    assert (caught.value.argument, caught.value.hint) == ("condition", "did you mean `age`?")


@pytest.mark.parametrize(
    ("condition", "kind"), [("age", "int"), ("age + 1", "int"), ("'true'", "string"), ("t", "array<int>")]
)
def test_a_condition_that_is_not_boolean_is_told(rows: MakeRows, condition: str, kind: str):
    with pytest.raises(StepFailed) as caught:
        kept(rows("age int, t array<int>"), condition)
    assert (caught.value.detail, caught.value.argument) == (f"the condition is {kind}; it must be boolean", "condition")


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("age = t", 'Cannot resolve "\\(age = t\\)" due to data type mismatch: .*'),
        ("upper(age, age) = ''", "The `upper` requires 1 parameters but the actual number is 2.*"),
        ("s.y = 1", "there is no field `y` in the struct .fields there: `x`."),
    ],
)
def test_what_does_not_fit_the_columns_is_told_in_short(rows: MakeRows, condition: str, told: str):
    with pytest.raises(StepFailed, match=rf"^{told}$") as caught:
        kept(rows("age int, t array<int>, s struct<x: int>"), condition)
    assert "SQLSTATE" not in caught.value.detail
    assert caught.value.argument == "condition"


def test_rows_for_which_it_is_false_or_null_are_dropped(rows: MakeRows):
    given = rows("`a.b` int, s struct<x: string>", (1, ("é",)), (2, ("e",)), (None, None))
    assert [row["a.b"] for row in dicts_of(kept(given, "`a.b` <> 2"))] == [1]
    assert [row["a.b"] for row in dicts_of(kept(given, "`a.b` IS DISTINCT FROM 2"))] == [1, None]
    assert [row["a.b"] for row in dicts_of(kept(given, "s.x = 'é'"))] == [1]
    assert dicts_of(kept(given, "NULL = 1")) == []
    assert dicts_of(kept(rows("id int"), "id = 1")) == []


def test_a_condition_that_cannot_be_worked_out_ends_the_job(rows: MakeRows):
    found = kept(rows("a int, b int", (1, 0)), "a / b > 1")
    with pytest.raises(PySparkException, match="DIVIDE_BY_ZERO"):
        dicts_of(found)


def test_lines_stay_lines(lines: Callable[..., Lines]):
    found = kept(lines(["a", "b", ""]), "value > ''")
    assert isinstance(found, Lines)
    assert [row["value"] for row in dicts_of(found)] == ["a", "b"]
