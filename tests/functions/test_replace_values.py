"""Other values in place of some."""

from __future__ import annotations

from functions.columns.replace_values import replace_values
from tests.functions.applied import applied, failure, refusals
from tests.functions.conftest import MakeRows, dicts_of


def test_a_missing_column_is_told_with_a_near_name(rows: MakeRows):
    assert failure(replace_values, rows("size string"), {"siez": {"a": "b"}})[1:] == ("values", "did you mean `size`?")


def test_values_that_the_type_cannot_hold_are_told(rows: MakeRows):
    detail, argument, hint = failure(replace_values, rows("n int"), {"n": {"1": "2"}})
    assert (detail, argument) == ('`n` is int, which cannot hold "1"', "values")
    assert hint == "give a number in its range, not in quotes; or cast the column before"
    assert failure(replace_values, rows("n int"), {"n": [{"from": 1, "to": "x"}]})[0].endswith('cannot hold "x"')
    assert failure(replace_values, rows("n array<int>"), {"n": [{"from": 1, "to": 2}]})[0].startswith(
        "`n` is array<int>"
    )


def test_mistakes_are_refused_with_their_place():
    assert refusals(replace_values, {}) != []
    assert refusals(replace_values, {"a": []})[0][0] == "/1/a"
    assert refusals(replace_values, {"a": [{"from": 1}]}) == [("/1/a/0/to", "is needed")]
    assert refusals(replace_values, {"a": [{"from": 1, "to": [2]}]}) == [("/1/a/0/to", "is a list or an object")]
    assert refusals(replace_values, {"a": [{"from": 1, "to": 2}, {"from": 1.0, "to": 3}]}) == [
        ("/1/a", "replaces 1.0 twice")
    ]


def test_values_are_replaced_at_once_and_others_stay(rows: MakeRows):
    given = rows("`s.x` string, n int, b boolean", ("a", 1, True), ("b", 2, False), ("ab", 3, None), (None, None, True))
    wanted = {
        "s.x": {"a": "b", "b": "a"},
        "n": [{"from": 1, "to": None}, {"from": None, "to": -1}],
        "b": [{"from": True, "to": False}],
    }
    assert dicts_of(applied(replace_values, given, wanted)) == [
        {"s.x": "b", "n": None, "b": False},
        {"s.x": "a", "n": 2, "b": False},
        {"s.x": "ab", "n": 3, "b": None},
        {"s.x": None, "n": -1, "b": False},
    ]


def test_unicode_quotes_and_no_rows(rows: MakeRows):
    given = rows("s string", ("größe",), ('it\'s "x"',))
    found = applied(replace_values, given, {"s": {"größe": "ß", 'it\'s "x"': "y"}})
    assert dicts_of(found) == [{"s": "ß"}, {"s": "y"}]
    assert dicts_of(applied(replace_values, rows("s string"), {"s": {"a": "b"}})) == []
