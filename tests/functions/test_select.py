"""Choosing columns."""

from __future__ import annotations

from functions.columns.select import select
from tests.functions.applied import applied, failure, refusals
from tests.functions.conftest import MakeRows, dicts_of


def test_a_missing_column_is_told_with_a_near_name(rows: MakeRows):
    detail, argument, hint = failure(select, rows("name string, Age int", ("Ada", 1)), ["name", "age"])
    assert detail == "there is no column `age` (columns here: `Age`, `name`)"
    assert (argument, hint) == ("columns", "did you mean `Age`?")


def test_no_column_and_one_named_twice_are_refused():
    assert refusals(select, ["a", "a"]) == [("/1", "names `a` twice")]
    assert refusals(select, [])[0][0] == "/1"
    assert refusals(select, ["a", ""])[0][0] == "/1/1"
    assert refusals(select, 5)[0][0] == "/1"


def test_columns_come_in_the_order_in_which_they_are_named(rows: MakeRows):
    given = rows("id int, `a.b` string, `c``d` array<string>", (1, "größe", ["x"]), (None, None, None))
    found = applied(select, given, ["c`d", "a.b"])
    assert found.columns == ["c`d", "a.b"]
    assert dicts_of(found) == [{"c`d": ["x"], "a.b": "größe"}, {"c`d": None, "a.b": None}]
    assert dicts_of(applied(select, given, "id")) == [{"id": 1}, {"id": None}]


def test_no_rows_stay_no_rows(rows: MakeRows):
    found = applied(select, rows("id int, name string"), ["name"])
    assert (found.columns, dicts_of(found)) == (["name"], [])


def test_names_that_differ_by_case_are_two_columns(rows: MakeRows):
    assert dicts_of(applied(select, rows("id int, ID int", (1, 2)), ["ID", "id"])) == [{"ID": 2, "id": 1}]
