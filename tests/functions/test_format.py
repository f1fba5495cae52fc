"""Formatting the values of columns."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import functions as F

from functions.columns.format import TYPES, format  # noqa: A004
from functions.records.rejects import Rejects
from functions.schemaless.formatter import formatters
from functions.workspace import Rows
from tests.functions.applied import applied, failure, refusals
from tests.functions.conftest import MakeRows, dicts_of, rejects_of, tally_of


def test_a_missing_column_is_told_with_a_near_name(rows: MakeRows):
    assert failure(format, rows("cpf string"), {"cfp": "pretty_cpf"})[1:] == ("columns", "did you mean `cpf`?")


def test_a_formatter_that_there_is_not_is_refused():
    assert refusals(format, {"a": "pretty_cfp"}) == [("/1/a", "there is no formatter `pretty_cfp`")]
    assert refusals(format, {}) != []


def test_every_formatter_that_gives_no_text_has_a_type():
    assert set(TYPES) == {formatter.name for formatter in formatters() if formatter.is_tagged}


def test_the_results_have_types(rows: MakeRows):
    given = rows(
        "a string, b string, c string, d string, e string, f string", ("-007", " 12.5 ", "9.995", "7", "x ", "true")
    )
    wanted = {"a": "ensure_int", "b": "ensure_float", "c": "ensure_money", "d": "str2int", "e": "trim"}
    found = applied(format, given, wanted | {"f": "ensure_boolean"})
    assert found.frame.dtypes == [
        ("a", "bigint"),
        ("b", "double"),
        ("c", "decimal(38,2)"),
        ("d", "bigint"),
        ("e", "string"),
        ("f", "boolean"),
    ]
    assert dicts_of(found) == [{"a": -7, "b": 12.5, "c": Decimal("10.00"), "d": 7, "e": "x", "f": None}]


def test_what_cannot_be_read_or_held_becomes_null(rows: MakeRows):
    given = rows("`a.b` string, `c``d` string", ("é", "01234567890"), (None, None), ("9" * 30, ""), ("5", "1"))
    found = applied(format, given, {"a.b": "ensure_int", "c`d": "pretty_cpf"})
    assert dicts_of(found) == [
        {"a.b": None, "c`d": "012.345.678-90"},
        {"a.b": None, "c`d": None},
        {"a.b": None, "c`d": None},
        {"a.b": 5, "c`d": None},
    ]


def test_what_cannot_be_read_is_set_aside_or_ends_the_job(rows: MakeRows, rejects: Rejects):
    given = rows("`a.b` string, n string", ("é", "12345678"), ("5", "1"), (None, None), ("7", "12345678"))
    wanted = {"a.b": "ensure_int", "n": "pretty_cep"}
    found = applied(format, given, wanted, "reject", 5, rejects=rejects)
    assert dicts_of(found) == [{"a.b": None, "n": None}, {"a.b": 7, "n": "12345-678"}]
    assert tally_of(rejects) == {"read": 4, "rejected": 2}
    assert rejects_of(rejects) == [
        ({"a.b": "é", "n": "12345678"}, "`a.b`: `é` is not what `ensure_int` reads"),
        ({"a.b": "5", "n": "1"}, "`n`: `1` is not what `pretty_cep` reads"),
    ]
    with pytest.raises(PySparkException, match=r"bad record at step 0: `a\.b`: `é` is not what `ensure_int` reads"):
        dicts_of(applied(format, given, wanted, "fail"))


def test_values_of_other_types_are_formatted_as_in_json(rows: MakeRows):
    day = datetime.date(2024, 2, 29)
    given = rows(
        "n int, x double, b boolean, d date, l array<int>, p decimal(10,3), z int",
        (1234567890, 0.5, True, day, [1, 2], Decimal("2.675"), 1),
        (None, None, None, None, None, None, None),
    )
    names = {"n": "pretty_cpf", "x": "ensure_money", "b": "ensure_boolean", "d": "to_date", "l": "str"}
    assert dicts_of(applied(format, given, names | {"p": "ensure_float"})) == [
        {"n": None, "x": Decimal("0.50"), "b": True, "d": "2024-02-29", "l": "[1,2]", "p": 2.675, "z": 1},
        dict.fromkeys("nxbdlpz"),
    ]


def test_variant_and_no_rows(rows: MakeRows):
    given = Rows(rows("v string", ('{"a":1}',), ("5",), ("null",)).frame.select(F.parse_json("v").alias("v")))
    assert dicts_of(applied(format, given, {"v": "ensure_int"})) == [{"v": None}, {"v": 5}, {"v": None}]
    assert dicts_of(applied(format, rows("a string"), {"a": "trim"})) == []


def test_money_and_integers_are_read_by_their_own_rules(rows: MakeRows):
    money = {
        "0.005": "0.00",
        "0.015": "0.02",
        "0.00501": "0.01",
        "-0.015": "-0.02",
        "-0.001": "0.00",
        "+7": "7.00",
        "1.": "1.00",
        ".5": "0.50",
        "1e2": "100.00",
        "12.3456": "12.35",
        "12.34500": "12.34",
        "9" * 34 + ".995": f"1{'0' * 34}.00",
        "\u00a05\u2003": "5.00",
    } | dict.fromkeys(["\u0663", "\x005", "5\x00", "1 000", "NaN", "1_0", "5d"])
    found = applied(format, rows("a string", *[(text,) for text in money]), {"a": "ensure_money"})
    assert [row["a"] for row in dicts_of(found)] == [None if told is None else Decimal(told) for told in money.values()]
    whole = {
        "5": 5,
        "-05": -5,
        "+5": None,
        " 5": None,
        "5.0": None,
        "\u0663": None,
        "\x005": None,
        str(2**63): None,
        "": None,
    }
    found = applied(format, rows("a string", *[(text,) for text in whole]), {"a": "ensure_int"})
    assert [row["a"] for row in dicts_of(found)] == list(whole.values())


def test_the_sex_is_read_in_any_case_of_latin_letters_alone(rows: MakeRows):
    told = {
        "MasCulino": "M",
        "\tFEMININO\u3000": "F",
        "FEM\u0130N\u0130NO": None,
        "fem\u0131n\u0131no": None,
        "masculino\x00": None,
    }
    found = applied(format, rows("a string", *[(text,) for text in told]), {"a": "pretty_sex"})
    assert [row["a"] for row in dicts_of(found)] == list(told.values())
