"""Times written as text."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from functions.arguments.datetime_patterns import check_zone
from functions.columns.parse_timestamp import parse_timestamp
from functions.errors import StepFailed
from functions.records.rejects import Rejects
from tests.functions.applied import applied, failure, refusals
from tests.functions.conftest import MakeRows, counts, dicts_of, rejects_of


def at(*parts: int) -> datetime.datetime:
    return datetime.datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001


def read(rows: MakeRows, text: str | None, **named: Any) -> datetime.datetime | None:
    found = applied(parse_timestamp, rows("a string", (text,)), columns="a", on_error="null", **named)
    return dicts_of(found)[0]["a"]


def test_a_missing_column_and_another_type_are_told(rows: MakeRows):
    assert failure(parse_timestamp, rows("at string"), "att")[1:] == ("columns", "did you mean `at`?")
    assert failure(parse_timestamp, rows("n bigint"), "n")[0] == "`n` is bigint; `parse_timestamp` takes text"


@pytest.mark.parametrize("zone", ["Berlin", "+2", "+25:00", "", "../x", "Europe/Berlín", "x" * 101])
def test_a_zone_that_there_is_not_is_refused(zone: str):
    assert [place for place, _ in refusals(parse_timestamp, "a", None, zone)] == ["/3"]


def test_a_zone_that_only_python_knows_is_told_before_anything_runs(spark: SparkSession):
    with pytest.raises(StepFailed, match="Spark knows no time zone `posixrules`") as caught:
        check_zone(spark, "posixrules")
    assert caught.value.argument == "timezone"


def test_a_pattern_that_is_none_is_refused():
    assert refusals(parse_timestamp, "a", "HH:mm") == [("/2", "`HH:mm` has no year")]
    assert refusals(parse_timestamp, "a", []) != []


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2024-02-29T12:30:00Z", "UTC", at(2024, 2, 29, 12, 30)),
        ("2024-02-29T12:30:00.5+01:00", "America/New_York", at(2024, 2, 29, 11, 30, 0, 500_000)),
        ("2024-02-29 12:30", "Europe/Berlin", at(2024, 2, 29, 11, 30)),
        ("2024-07-01 12:30", "Europe/Berlin", at(2024, 7, 1, 10, 30)),
        ("2024-02-29", "+02:00", at(2024, 2, 28, 22)),
        ("2024-02-29T12:30:00 Europe/Berlin", "UTC", at(2024, 2, 29, 11, 30)),
        ("2024-02-29T12:30:00.123456", "UTC", at(2024, 2, 29, 12, 30, 0, 123_456)),
        ("2023-02-29T12:30:00", "UTC", None),
        ("2024", "UTC", at(2024, 1, 1)),
        ("12:30", "UTC", None),
        ("T12:30-05:00", "UTC", None),
        (" 2024-2-9 ", "UTC", at(2024, 2, 9)),
        ("", "Europe/Berlin", None),
        (None, "Europe/Berlin", None),
    ],
)
def test_times_of_iso_8601(text: str | None, zone: str, expected: object, rows: MakeRows):
    assert read(rows, text, timezone=zone) == expected


@pytest.mark.parametrize(
    ("text", "pattern", "zone", "expected"),
    [
        ("29.02.2024 12:30", "dd.MM.yyyy HH:mm", "Europe/Berlin", at(2024, 2, 29, 11, 30)),
        (" 02/29/2024 1:05:09 PM ", "MM/dd/yyyy h:mm:ss a", "UTC", at(2024, 2, 29, 13, 5, 9)),
        ("29/Feb/2024:12:30:00 +0100", "dd/MMM/yyyy:HH:mm:ss Z", "Asia/Tokyo", at(2024, 2, 29, 11, 30)),
        ("2024-02-29T12Z", "yyyy-MM-dd'T'HH'Z'", "+01:00", at(2024, 2, 29, 11)),
        ("2024-03-31 02:30", "yyyy-MM-dd HH:mm", "Europe/Berlin", at(2024, 3, 31, 1, 30)),
        ("2024-10-27 02:30", "yyyy-MM-dd HH:mm", "Europe/Berlin", at(2024, 10, 27, 0, 30)),
        ("29.02.2024", "dd.MM.yyyy HH:mm", "UTC", None),
    ],
)
def test_times_of_a_format(text: str, pattern: str, zone: str, expected: object, rows: MakeRows):
    assert read(rows, text, format=pattern, timezone=zone) == expected


def test_the_first_format_that_fits_counts_with_its_own_zone(rows: MakeRows):
    wanted = {"format": ["yyyy-MM-dd HH:mmXXX", "yyyy-MM-dd HH:mm"], "timezone": "Europe/Berlin"}
    assert read(rows, "2024-01-01 12:00+00:00", **wanted) == at(2024, 1, 1, 12)
    assert read(rows, "2024-01-01 12:00", **wanted) == at(2024, 1, 1, 11)


def test_what_is_no_time_is_set_aside_or_fails_the_job(rows: MakeRows, rejects: Rejects):
    given = rows("`a.b` string", ("2024-01-01",), ("größe",), (None,))
    found = applied(parse_timestamp, given, columns="a.b", to="c`d", rejects=rejects)
    assert dicts_of(found) == [{"a.b": "2024-01-01", "c`d": at(2024, 1, 1)}, {"a.b": None, "c`d": None}]
    assert rejects_of(rejects) == [({"a.b": "größe"}, "`a.b`: `größe` is not a time written as in ISO 8601")]
    assert counts(rejects.sets[0].observations[0]) == {"read": 3, "rejected": 1}
    with pytest.raises(PySparkException, match=r"bad record at step 0: `a.b`: `größe` is not a time"):
        dicts_of(applied(parse_timestamp, given, columns="a.b", on_error="fail"))
    assert dicts_of(applied(parse_timestamp, rows("a string"), "a")) == []
