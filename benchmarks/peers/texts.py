"""Columns of text: changed, cut, matched, read as dates and times, formatted."""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from benchmarks.peers.pair import Given, Hand, Pair, over

_names = over("people", ["id", "name", "email"])


def _set(**made: Column | Callable[[], Column]) -> Hand:
    """Sets columns; what makes them is called once Spark is there."""
    return lambda given: given.rows.withColumns({n: made[n]() if callable(made[n]) else made[n] for n in made})  # type: ignore[operator,misc]


def _text(name: str, step: list[object], column: str, made: Callable[[], Column], **more: object) -> Pair:
    """A step that changes one column of `texts` in place."""
    return over("texts", ["id", column])(name, [step], _set(**{column: made}), **more)


def _read(parse: Callable[[], Column], column: str) -> Hand:
    """Reads a column; rows whose text cannot be read are counted and left out."""

    def hand(given: Given) -> DataFrame:
        made = given.rows.withColumn("read", parse())
        kept = given.good(made, F.col("read").isNull() & F.col(column).isNotNull())
        return kept.select("id", F.col("read").alias(column))

    return hand


def _masked() -> Column:
    return F.concat(F.expr("repeat('*', length(card) - 4)"), F.expr("right(card, 4)"))


def _cpf() -> Column:
    digits = F.trim("cpf")
    pieces = [F.substring(digits, *place) for place in ((1, 3), (4, 3), (7, 3), (10, 2))]
    dots = [pieces[0], F.lit("."), pieces[1], F.lit("."), pieces[2], F.lit("-"), pieces[3]]
    return F.when(digits.rlike("^[0-9]{11}$"), F.concat(*dots))


def _sex() -> Column:
    word = F.lower(F.trim("sex"))
    return F.when(word == "masculino", "M").when(word == "feminino", "F")


PAIRS = [
    _names("lower", [["lower", "email"]], _set(email=lambda: F.lower("email"))),
    _names("upper", [["upper", "email"]], _set(email=lambda: F.upper("email"))),
    _names("trim", [["trim", ["name", "email"]]], _set(name=lambda: F.trim("name"), email=lambda: F.trim("email")),
           more="takes all that Unicode calls white space; by hand only the space"),
    _text("mask", ["mask", "card", 0, 4], "card", _masked),
    _text("regex_extract", ["regex_extract", "line", " ([0-9]{3})$", 1], "line",
          lambda: F.nullif(F.regexp_extract("line", " ([0-9]{3})$", 1), F.lit(""))),
    _text("regex_extract", ["regex_extract", "line", "/pages/([0-9]+)/", 1], "line",
          lambda: F.nullif(F.regexp_extract("line", "/pages/([0-9]+)/", 1), F.lit("")), label="found"),
    _text("regex_replace", ["regex_replace", "phone", "[^0-9]", ""], "phone",
          lambda: F.regexp_replace("phone", "[^0-9]", "")),
    over("texts", ["id", "parts"])(
        "split_column",
        [["split_column", "parts", " ", ["first", "second", "third"]]],
        lambda given: given.rows.withColumns(
            {n: F.get(F.split("parts", " "), F.lit(i)) for i, n in enumerate(("first", "second", "third"))}
        ),
    ),
    over("texts", ["id", "day"])(
        "parse_date", [["parse_date", "day"]], _read(lambda: F.try_to_date("day", "yyyy-MM-dd"), "day")
    ),
    over("texts", ["id", "german"])(
        "parse_date",
        [["parse_date", "german", "dd.MM.yyyy"]],
        _read(lambda: F.try_to_date("german", "dd.MM.yyyy"), "german"),
        label="dd.MM.yyyy",
    ),
    over("texts", ["id", "moment"])(
        "parse_timestamp", [["parse_timestamp", "moment"]], _read(lambda: F.try_to_timestamp("moment"), "moment")
    ),
    over("texts", ["id", "clock"])(
        "parse_timestamp",
        [["parse_timestamp", "clock", "dd.MM.yyyy HH:mm"]],
        _read(lambda: F.try_to_timestamp("clock", F.lit("dd.MM.yyyy HH:mm")), "clock"),
        label="dd.MM.yyyy HH:mm",
    ),
    _text("format", ["format", {"cpf": "pretty_cpf"}], "cpf", _cpf, label="pretty_cpf"),
    over("people", ["id", "name"])(
        "format",
        [["format", {"name": "trim"}]],
        _set(name=lambda: F.nullif(F.trim("name"), F.lit(""))),
        label="trim",
        more="takes all that Unicode calls white space",
    ),
    _text("format", ["format", {"number": "ensure_int"}], "number", lambda: F.when(
        F.col("number").rlike("^-?[0-9]+$"), F.col("number").try_cast("bigint")), label="ensure_int"),
    _text("format", ["format", {"amount": "ensure_money"}], "amount", lambda: F.bround(
        F.col("amount").try_cast("decimal(38,4)"), 2).cast("decimal(38,2)"), label="ensure_money",
          more="says what a number is by its own rule, not by Spark's cast"),
    _text("format", ["format", {"day": "to_date"}], "day", lambda: F.when(
        F.col("day").rlike("^[0-9]{4}-[0-9]{2}-[0-9]{2}$") & F.trim("day").try_cast("date").isNotNull(), F.trim("day")),
          label="to_date"),
    _text("format", ["format", {"sex": "pretty_sex"}], "sex", _sex, label="pretty_sex"),
]  # fmt: skip
