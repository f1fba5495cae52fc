"""Columns worked out of others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pyspark.errors import PySparkException

from functions.catalog import Catalog, StepFaults
from functions.check import Flow
from functions.columns.with_column import with_column
from functions.errors import StepFailed
from functions.storage.roots import Roots
from functions.workspace import Lines, Rows
from tests.functions.conftest import MakeRows, dicts_of


def made(given: Rows, *arguments: Any) -> Rows:
    checked = with_column.model.model_validate(dict(zip(("name", "expression"), arguments, strict=False)))
    return with_column.call(given, checked.name, checked.expression)


@pytest.mark.parametrize(
    ("arguments", "pointer", "told"),
    [
        (["a"], "/steps/1", "needs an expression"),
        ([{"a": "1"}, "2"], "/steps/1/2", "bring their expressions along"),
        (["a", "1 +"], "/steps/1/2", "ends too early"),
        ([{"b": "1", "c.d": "java_method('x', 'y')"}], "/steps/1/1/c.d", "java_method"),
        ([{}], "/steps/1/1", "must not be empty"),
        ([5, "1"], "/steps/1/1", "must be text"),
        ([{"a": 5}], "/steps/1/1/a", "must be text"),
        (["a", "row_number() OVER (ORDER BY a)"], "/steps/1/2", ""),
    ],
)
def test_what_makes_no_column_is_refused_before_anything_runs(
    catalog: Catalog, roots: Roots, arguments: list[Any], pointer: str, told: str
):
    with pytest.raises(StepFaults) as caught:
        catalog.check([["load_rows", [{"a": 1}]], ["with_column", *arguments]], Flow(roots))
    assert caught.value.faults[0].pointer == pointer
    assert told in caught.value.faults[0].detail


@pytest.mark.parametrize(
    ("arguments", "argument"), [(("b", "aeg + 1"), "expression"), (({"b": "1", "c": "aeg"},), "name")]
)
def test_a_missing_column_is_told_with_a_near_name(rows: MakeRows, arguments: tuple[Any, ...], argument: str):
    with pytest.raises(StepFailed) as caught:
        made(rows("age int"), *arguments)
    assert (caught.value.argument, caught.value.hint) == (argument, "did you mean `age`?")


def test_what_does_not_fit_the_columns_is_told_in_short(rows: MakeRows):
    with pytest.raises(StepFailed, match=r'^Cannot resolve "\(age \+ t\)" due to data type mismatch') as caught:
        made(rows("age int, t array<int>"), "b", "age + t")
    assert "\n" not in caught.value.detail
    assert caught.value.argument == "expression"


def test_columns_are_added_last_or_replaced_in_their_place(rows: MakeRows):
    given = rows("`a.b` int, `c``d` string, n struct<x: array<int>>", (2, "é", ([7],)), (None, None, None))
    found = made(given, {"neu": "`a.b` * 10", "a.b": "`a.b` + 1", "x.y": "n.x[0]"})
    assert dicts_of(found) == [
        {"a.b": 3, "c`d": "é", "n": {"x": [7]}, "neu": 20, "x.y": 7},
        {"a.b": None, "c`d": None, "n": None, "neu": None, "x.y": None},
    ]
    assert dicts_of(made(rows("a int"), "b", "a")) == []


def test_one_column(rows: MakeRows, lines: Callable[..., Lines]):
    assert dicts_of(made(rows("a int", (1,)), "A", "concat('n', a)")) == [{"a": 1, "A": "n1"}]
    assert dicts_of(made(lines(["é"]), "n", "length(value)")) == [{"value": "é", "n": 1}]


@pytest.mark.parametrize(
    ("expression", "told"),
    [("a / b", "DIVIDE_BY_ZERO"), ("CAST(s AS INT)", "CAST_INVALID_INPUT"), ("a + 2147483647", "ARITHMETIC_OVERFLOW")],
)
def test_a_value_that_cannot_be_worked_out_ends_the_job(rows: MakeRows, expression: str, told: str):
    found = made(rows("a int, b int, s string", (1, 0, "x")), "c", expression)
    with pytest.raises(PySparkException, match=told):
        dicts_of(found)
    assert dicts_of(made(rows("s string", ("x",)), "c", "try_cast(s AS INT)")) == [{"s": "x", "c": None}]


@pytest.mark.parametrize("text", ["${env:HOME}", "${spark.driver.memory}", "${system:user.home}"])
def test_no_setting_and_no_environment_comes_in_the_place_of_text(rows: MakeRows, text: str):
    # Spark would put its own in the place of these wherever they stand, in a string or in a name.
    given = Rows(rows("a int", (1,)).frame.withColumnRenamed("a", text))
    assert dicts_of(made(given, "b", f"concat('{text} ', `{text}`)")) == [{text: 1, "b": f"{text} 1"}]
