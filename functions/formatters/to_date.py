"""Dates."""

from __future__ import annotations

from pyspark.sql import Column

from functions.schemaless import strings
from functions.schemaless.formatter import formatter
from functions.schemaless.reading import Value


@formatter
def to_date(value: Value) -> Column:
    """Keep a real date written yyyy-MM-dd; anything else gives null.

    Years run from 0001 to 9999, in the Gregorian calendar.

    Example:
        ["2024-02-29", "2024-02-29"]
        ["2023-02-29", null]
        ["2024-2-29", null]
    """
    return strings.date(value.trimmed)
