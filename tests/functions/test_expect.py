"""What the data is to be like."""

from __future__ import annotations

from typing import Any

import pytest

from functions.arguments.expectations import Check
from functions.catalog import Catalog, StepFaults
from functions.check import Flow
from functions.errors import StepFailed
from functions.quality.expect import expect
from functions.records.rejects import ExpectationFailed, Rejects, TooManyRejects
from functions.storage.roots import Roots
from functions.workspace import Rows, Tables
from tests.functions.conftest import MakeRows, dicts_of, rejects_of

SCHEMA = "id int, `a.b` int, kind string, m map<string, int>"
VALUES = [(1, 5, "é", None), (2, 7, "b", None), (2, None, None, None), (None, 300, "zz", None), (None, 1, "b", None)]


def made(check: str, **members: Any) -> Check:
    return Check.model_validate({"check": check, **members})


REFERENCE = Check.model_construct(check="referential", column="id", table="known", to="n")


@pytest.fixture
def given(rows: MakeRows) -> Rows:
    return rows(SCHEMA, *VALUES)


@pytest.fixture
def tables(rows: MakeRows) -> Tables:
    return Tables({"known": rows("n int, name string", (1, "a"), (None, "b"), (1, "c"))})


@pytest.mark.parametrize(
    ("check", "detail"),
    [
        ({"check": "notnull", "column": "id"}, "not_null"),
        ({"check": "not_null"}, "`not_null` needs `column`"),
        ({"check": "not_null", "column": "id", "min": 1}, "`not_null` takes no `min`"),
        ({"check": "between", "column": "id"}, "`between` needs `min` or `max`"),
        ({"check": "row_count", "min": -1}, "whole numbers"),
        ({"check": "matches", "column": "id", "pattern": "("}, "regular expression"),
        ({"check": "condition", "expression": "reflect('a', 'b')"}, "reflect"),
        ({"check": "referential", "column": "id", "table": "t", "to": "n"}, "no earlier step made a table `t`"),
    ],
)
def test_checks_that_are_none_are_refused(catalog: Catalog, roots: Roots, check: dict[str, Any], detail: str):
    with pytest.raises(StepFaults) as caught:
        catalog.check([["load_range", 3], ["expect", [check]]], Flow(roots))
    fault = caught.value.faults[0]
    assert fault.pointer.startswith("/steps/1/1/0")
    assert detail in fault.detail


@pytest.mark.parametrize(
    ("check", "detail"),
    [
        (made("not_null", column="ID"), "no column `ID`"),
        (made("between", column="a.b", min="x"), "cannot hold"),
        (made("between", column="m", min=1), "cannot be compared"),
        (made("in_set", column="kind", values=[1]), "cannot hold"),
        (made("matches", column="id", pattern="a"), "`id` is int; `matches` takes text"),
        (made("unique", columns=["m"]), "cannot be compared"),
        (made("condition", expression="id + 1"), "must be boolean"),
    ],
)
def test_columns_that_do_not_fit_are_told(given: Rows, tables: Tables, rejects: Rejects, check: Check, detail: str):
    with pytest.raises(StepFailed) as caught:
        expect.call(given, [check], tables=tables, rejects=rejects)
    assert caught.value.argument == "checks"
    assert detail in caught.value.detail


def test_references_that_do_not_fit_are_told(given: Rows, tables: Tables, rejects: Rejects):
    for table, to, detail in (
        ("knwon", "n", "no table `knwon`"),
        ("known", "m", "no column `m`"),
        ("known", "name", "is string"),
    ):
        check = Check.model_construct(check="referential", column="id", table=table, to=to)
        with pytest.raises(StepFailed, match=detail):
            expect.call(given, [check], tables=tables, rejects=rejects)


@pytest.mark.parametrize(
    ("check", "bad", "reason"),
    [
        (made("not_null", column="id"), [300, 1], "`id` is null"),
        (made("unique", columns=["id"]), [7, None], "`id`: the same as in 1 other rows"),
        (made("between", column="a.b", min=2, max=100), [300, 1], "`a.b`: `300` is not at least 2 and at most 100"),
        (made("in_set", column="kind", values=["é", "b"]), [300], "`kind`: `zz` is none of the values"),
        (made("matches", column="kind", pattern="[a-z]|é"), [300], "`kind`: `zz` does not match [a-z]|é"),
        (
            Check.model_construct(check="referential", column="id", table="known", to="n"),
            [7, None],
            "`id`: `2` is not in `n` of `known`",
        ),
        (made("condition", expression="id < `a.b` OR id IS NULL"), [], ""),
    ],
    ids=lambda item: item.check if isinstance(item, Check) else "",
)
def test_rows_that_do_not_meet_a_check_are_set_aside(
    given: Rows, tables: Tables, rejects: Rejects, check: Check, bad: list[int | None], reason: str
):
    kept = dicts_of(expect.call(given, [check], "quarantine", tables=tables, rejects=rejects))
    found = rejects_of(rejects)
    assert sorted((record["a.b"] for record, _ in found), key=str) == sorted(bad, key=str)
    assert len(kept) + len(found) == len(VALUES)
    assert list(kept[0]) == ["id", "a.b", "kind", "m"]
    assert not bad or reason in {told for _, told in found}
    assert rejects.sets[0].observations[0].get == {"read": len(VALUES), "rejected": len(bad)}


def test_the_first_check_that_a_row_does_not_meet_is_the_reason(given: Rows, tables: Tables, rejects: Rejects):
    checks = [made("not_null", column="kind"), made("not_null", column="id")]
    dicts_of(expect.call(given, checks, "quarantine", 0.5, tables=tables, rejects=rejects))
    assert sorted(told for _, told in rejects_of(rejects)) == ["`id` is null", "`id` is null", "`kind` is null"]
    with pytest.raises(TooManyRejects):
        rejects.sets[0].check(rejects.sets[0].counted())


def test_what_fails_is_told_with_its_count_and_an_example(given: Rows, tables: Tables, rejects: Rejects):
    found = expect.call(given, [made("not_null", column="id")], tables=tables, rejects=rejects)
    assert len(dicts_of(found)) == len(VALUES)
    told = r"2 of 5 rows are not as expected; the first: `id` is null, in \{"
    with pytest.raises(ExpectationFailed, match=told) as caught:
        rejects.sets[0].check(rejects.sets[0].counted())
    assert (caught.value.argument, caught.value.at) == ("checks", (0,))


def test_each_check_that_is_not_met_is_told_with_its_place(given: Rows, tables: Tables, rejects: Rejects):
    checks = [
        made("row_count", min=1),
        made("condition", expression="true"),
        made("not_null", column="kind"),
        made("not_null", column="a.b"),
        made("not_null", column="id"),
    ]
    dicts_of(expect.call(given, checks, tables=tables, rejects=rejects))
    of_all, of_each = rejects.sets
    of_all.check(of_all.counted())
    # The row without `a.b` has no `kind` either, which is its reason.
    assert sorted(row.check for row in of_each.records().collect()) == [2, 4, 4]
    with pytest.raises(ExpectationFailed, match=r"\(check 2: 1 row, check 3: 1 row, check 4: 2 rows\)") as caught:
        of_each.check(of_each.counted())
    assert caught.value.at == (2,)


def test_what_warns_goes_on(given: Rows, tables: Tables, rejects: Rejects):
    found = expect.call(given, [made("not_null", column="id")], "warn", tables=tables, rejects=rejects)
    assert len(dicts_of(found)) == len(VALUES)
    rejects.sets[0].check(rejects.sets[0].counted())
    assert rejects.sets[0].counted().rejected == 2


def test_the_number_of_rows(rows: MakeRows, given: Rows, tables: Tables, rejects: Rejects):
    checks = [made("row_count", max=9), made("row_count", min=6)]
    found = expect.call(given, checks, tables=tables, rejects=rejects)
    assert len(dicts_of(found)) == 5
    rejects.sets[0].check(rejects.sets[0].counted())
    with pytest.raises(ExpectationFailed, match=r"there are 5 rows; expected are at least 6") as caught:
        rejects.sets[1].check(rejects.sets[1].counted())
    assert (caught.value.argument, caught.value.at) == ("checks", (1,))
    empty = Rejects()
    expect.call(
        rows("id int"), [made("row_count", max=0), made("unique", columns=["id"])], tables=tables, rejects=empty
    )
    for item in empty.sets:
        item.check(item.counted())
