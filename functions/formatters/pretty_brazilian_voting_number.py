"""Brazilian voters' numbers."""

from __future__ import annotations

from pyspark.sql import Column

from functions.schemaless import strings
from functions.schemaless.formatter import formatter
from functions.schemaless.reading import Value


@formatter
def pretty_brazilian_voting_number(value: Value) -> Column:
    """Write the 12 digits of a voter's number as 0000 0000 00 00.

    Another length, or another character than the digits 0 to 9, gives null.

    Example:
        ["123456789012", "1234 5678 90 12"]
        [123456789012, "1234 5678 90 12"]
        ["12345678901", null]
    """
    return strings.masked(value.trimmed, "0000 0000 00 00")
