"""Dates written as text."""

from __future__ import annotations

import datetime

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from functions.arguments.datetime_patterns import check_patterns
from functions.columns.parse_date import parse_date
from functions.errors import StepFailed
from functions.records.rejects import Rejects
from tests.functions.applied import applied, failure, refusals
from tests.functions.conftest import MakeRows, dicts_of, rejects_of

DAY = datetime.date(2024, 2, 29)


def test_a_missing_column_and_another_type_are_told(rows: MakeRows):
    assert failure(parse_date, rows("born string"), "bron")[1:] == ("columns", "did you mean `born`?")
    assert failure(parse_date, rows("d date"), "d")[0] == "`d` is date; `parse_date` takes text"


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("YYYY-MM-dd", "`YYYY-MM-dd`: `YYYY` is no letter that reads a date or time"),
        ("EEE, d MMM yyyy", "`EEE, d MMM yyyy`: `EEE` is no letter that reads a date or time"),
        ("yyyy-MM-ddTHH", "`yyyy-MM-ddTHH`: `T` is no letter that reads a date or time"),
        ("yyyyyyyy", "`yyyyyyyy`: `yyyyyyyy` cannot stand there so often"),
        ("yyyy'T", "`yyyy'T` has a quote without its second"),
        ("yyyy[-MM", "`yyyy[-MM` has a bracket without its second"),
        ("yyyy]-[MM", "`yyyy]-[MM` has a bracket without its second"),
        ("yyyy#MM", "`yyyy#MM`: `#` means nothing"),
        ("dd.MM.", "`dd.MM.` has no year"),
    ],
)
def test_a_pattern_that_is_none_is_refused_at_submission(pattern: str, told: str):
    assert refusals(parse_date, "a", ["yyyy", pattern]) == [("/2/1", told)]


def test_a_pattern_that_only_spark_finds_wrong_is_told_before_anything_runs(spark: SparkSession):
    with pytest.raises(StepFailed, match="Spark reads no dates or times with `foo`") as caught:
        check_patterns(spark, ["yyyy", "foo"])
    assert (caught.value.argument, caught.value.at) == ("format", (1,))


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("29.02.2024", "dd.MM.yyyy"),
        (" 2024-02-29 ", "yyyy-MM-dd"),
        ("Feb 29, 2024", "MMM d, y"),
        ("29/2/24", "d/M/yy"),
        ("20240229", "yyyyMMdd"),
        ("2024-060", "yyyy-DDD"),
        ("29 de February 2024", "d 'de' MMMM yyyy"),
        ("2024-02-29T12:30:00+01:00", "yyyy-MM-dd'T'HH:mm:ssXXX"),
        ("2024年02月29日", "yyyy年MM月dd日"),
    ],
)
def test_a_date_is_read(text: str, pattern: str, rows: MakeRows):
    assert dicts_of(applied(parse_date, rows("`a.b` string", (text,)), "a.b", pattern)) == [{"a.b": DAY}]


def test_the_first_format_that_fits_counts(rows: MakeRows):
    given = rows("a string", ("2024-02-29",), ("02/03/2024",), ("29/02/2024",), (None,))
    found = applied(parse_date, given, "a", ["yyyy-MM-dd", "MM/dd/yyyy", "dd/MM/yyyy"], "d`e")
    assert [row["d`e"] for row in dicts_of(found)] == [DAY, datetime.date(2024, 2, 3), DAY, None]


def test_what_is_no_date_is_set_aside(rows: MakeRows, rejects: Rejects):
    given = rows(
        "a string, b string", ("2023-02-29", None), ("2024-02-29", "2024-2-29"), ("2024-02-29", None), ("", "é")
    )
    found = applied(parse_date, given, ["a", "b"], rejects=rejects)
    assert dicts_of(found) == [{"a": DAY, "b": None}]
    assert [reason for _, reason in rejects_of(rejects)] == [
        "`a`: `2023-02-29` is not a date written yyyy-MM-dd",
        "`b`: `2024-2-29` is not a date written yyyy-MM-dd",
        "`a`: `` is not a date written yyyy-MM-dd",
    ]
    assert rejects.sets[0].observations[0].get == {"read": 4, "rejected": 3}


def test_what_is_no_date_becomes_null_or_fails_the_job(rows: MakeRows):
    given = rows("a string", ("0",), ("2024-02-29",))
    assert dicts_of(applied(parse_date, given, columns="a", on_error="null")) == [{"a": None}, {"a": DAY}]
    with pytest.raises(PySparkException, match="bad record at step 0: `a`: `0` is not a date written yyyy-MM-dd"):
        dicts_of(applied(parse_date, given, columns="a", on_error="fail"))
    assert dicts_of(applied(parse_date, rows("a string"), "a")) == []
