"""Brazilian voters' numbers."""

from __future__ import annotations

from pyspark.sql import Column

from functions import values
from functions.formatter import formatter


@formatter
def pretty_brazilian_voting_number(value: Column) -> Column:
    """Write the 12 digits of a voter's number as 0000 0000 00 00.

    Another length, or another character than the digits 0 to 9, gives null.

    Example:
        ["123456789012", "1234 5678 90 12"]
        [123456789012, "1234 5678 90 12"]
        ["12345678901", null]
    """
    return values.masked(value, "0000 0000 00 00").cast("variant")
