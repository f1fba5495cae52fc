"""Text put together from columns."""

from __future__ import annotations

import datetime
from decimal import Decimal

from functions.columns.concat_columns import concat_columns
from tests.functions.applied import applied, failure, refusals
from tests.functions.conftest import MakeRows, dicts_of


def test_a_missing_column_and_another_type_are_told(rows: MakeRows):
    given = rows("a string, tags array<string>")
    assert failure(concat_columns, given, ["a", "tgas"], "x")[1:] == ("columns", "did you mean `tags`?")
    detail, argument, hint = failure(concat_columns, given, ["a", "tags"], "x")
    assert (detail, argument) == ("`tags` is array<string>; `concat_columns` takes plain values", "columns")
    assert hint is not None
    assert "to_json_column makes text of it" in hint


def test_bad_arguments_are_refused():
    assert refusals(concat_columns, ["a"], "") != []
    assert refusals(concat_columns, [], "x") != []
    assert refusals(concat_columns, ["a"], "x", "", "keep") != []


def test_what_a_null_does(rows: MakeRows):
    given = rows("a string, b string, c string", ("x", None, "z"), (None, None, None), ("", "y", "ß"))
    made = {
        nulls: [row["to"] for row in dicts_of(applied(concat_columns, given, ["a", "b", "c"], "to", "-", nulls))]
        for nulls in ("skip", "empty", "null")
    }
    assert made == {"skip": ["x-z", "", "-y-ß"], "empty": ["x--z", "--", "-y-ß"], "null": [None, None, "-y-ß"]}


def test_other_types_are_written_as_text(rows: MakeRows):
    given = rows(
        "`i.d` int, p decimal(4,2), b boolean, d date, x double",
        (7, Decimal("9.9"), True, datetime.date(2024, 2, 29), 0.5),
    )
    found = applied(concat_columns, given, given.columns, "i.d", " ")
    assert dicts_of(found)[0]["i.d"] == "7 9.90 true 2024-02-29 0.5"
    assert dicts_of(applied(concat_columns, rows("a string"), ["a"], "b")) == []
