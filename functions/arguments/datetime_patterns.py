"""How dates and times are written: Spark's patterns, checked letter by letter before anything runs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pyspark.sql import SparkSession

from functions.check import refuse
from functions.constants import error_of, text_literal
from functions.errors import StepFailed
from functions.member_faults import each_made
from functions.names import named

#: Which letters may stand in a pattern that reads, and how often in a row.
#: https://spark.apache.org/docs/latest/sql-ref-datetime-pattern.html
_LETTERS = {
    "G": range(1, 5),
    "y": range(1, 7),
    "D": range(1, 4),
    "M": range(1, 5),
    "L": range(1, 5),
    "d": range(1, 3),
    "a": range(1, 2),
    "h": range(1, 3),
    "K": range(1, 3),
    "k": range(1, 3),
    "H": range(1, 3),
    "m": range(1, 3),
    "s": range(1, 3),
    "S": range(1, 10),
    "V": range(2, 3),
    "z": range(1, 5),
    "O": (1, 4),
    "X": range(1, 6),
    "x": range(1, 6),
    "Z": range(1, 6),
}
_ZONES = frozenset("VzOXxZ")
_OFTEN_MEANT = {
    "Y": "the year is y",
    "u": "the year is y",
    "E": "days of the week cannot be read",
    "n": "minutes are m",
}
_QUOTED = re.compile(r"'[^']*'")


def _checked(pattern: str) -> str:
    rest = _QUOTED.sub(" ", pattern)
    if "'" in rest:
        raise refuse("bad_datetime_pattern", f"`{pattern}` has a quote without its second", "two quotes are one: ''")
    for letter, run in groupby(rest):
        count = len(list(run))
        if letter in "#{}":
            raise refuse("bad_datetime_pattern", f"`{pattern}`: `{letter}` means nothing", "put it in single quotes")
        if letter.isascii() and letter.isalpha() and count not in _LETTERS.get(letter, ()):
            known = "cannot stand there so often" if letter in _LETTERS else "is no letter that reads a date or time"
            hint = _OFTEN_MEANT.get(letter, "such as yyyy-MM-dd HH:mm:ss; words go in single quotes, as 'T'")
            raise refuse("bad_datetime_pattern", f"`{pattern}`: `{letter * count}` {known}", hint)
    depth = 0
    for letter in rest:
        depth += (letter == "[") - (letter == "]")
        if depth < 0:
            break
    if depth:
        raise refuse("bad_datetime_pattern", f"`{pattern}` has a bracket without its second", "[…] may be missing")
    if "y" not in rest:
        raise refuse("bad_datetime_pattern", f"`{pattern}` has no year", "the year is yyyy")
    return pattern


def _listed(patterns: Any) -> Any:
    return [patterns] if isinstance(patterns, str) else patterns


def _zone(name: str) -> str:
    if re.fullmatch(r"[+-](0[0-9]|1[0-7]):[0-5][0-9]", name):
        return name
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise refuse(
            "no_such_zone", f"there is no time zone `{name[:100]}`", "such as UTC, Europe/Berlin or +02:00"
        ) from error
    return name


_Pattern = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_checked)]
#: How a date or time is written, or several ways.
Patterns = Annotated[
    Annotated[list[_Pattern], Field(min_length=1, max_length=20)],
    BeforeValidator(_listed, json_schema_input_type=str | list[str]),
]
#: The same, or null.
AnyPatterns = Annotated[
    Annotated[list[_Pattern], Field(min_length=1, max_length=20)] | None,
    BeforeValidator(_listed, json_schema_input_type=str | list[str] | None),
]
#: A time zone: a name or an offset.
TimeZone = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_zone)]


def has_zone(pattern: str) -> bool:
    """Whether what is written so says its time zone."""
    return bool(_ZONES & set(_QUOTED.sub("", pattern)))


def check_patterns(session: SparkSession, patterns: Sequence[str]) -> None:
    """Has Spark read patterns; nothing of the data is looked at.

    Raises:
        StepFailed: When it takes one of them for none.
    """

    def check(*some: str) -> None:
        error = error_of(session, ", ".join(f"try_to_timestamp('?', {text_literal(pattern)})" for pattern in some))
        if error is not None:
            raise StepFailed(
                f"Spark reads no dates or times with {named(some)}",
                argument="format",
                hint="such as yyyy-MM-dd HH:mm:ss; words go in single quotes, as 'T'",
            ) from error

    try:
        check(*patterns)
    except StepFailed:
        # Which of them it was is asked for one by one.
        each_made(patterns, check, argument="format")
        raise


def check_zone(session: SparkSession, zone: str) -> None:
    """Has Spark look up a time zone.

    Raises:
        StepFailed: When it knows none of that name.
    """
    error = error_of(session, f"to_utc_timestamp(TIMESTAMP '2024-01-01 00:00:00', {text_literal(zone)})")
    if error is not None:
        raise StepFailed(
            f"Spark knows no time zone `{zone}`", argument="timezone", hint="such as UTC, Europe/Berlin or +02:00"
        ) from error
