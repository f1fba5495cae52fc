"""Dates of timestamps."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

from functions.schemaless import strings
from functions.schemaless.formatter import formatter
from functions.schemaless.reading import Value


@formatter
def timestamp_to_date(value: Value) -> Column:
    """Keep the part before the first T of a timestamp, if it is a real date written yyyy-MM-dd; else null.

    Example:
        ["2024-02-29T12:30:00Z", "2024-02-29"]
        ["2024-02-29", "2024-02-29"]
        ["2024-02-30T12:30:00Z", null]
    """
    before = f"substring_index({value.trimmed_name}, 'T', 1)"
    return strings.date(F.expr(strings.stripped(before, "right")))
