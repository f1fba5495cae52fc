"""Brazilian social security numbers."""

from __future__ import annotations

from pyspark.sql import Column

from functions import values
from functions.formatter import formatter


@formatter
def pretty_pis(value: Column) -> Column:
    """Write the 11 digits of a PIS as 000.00000.00-0.

    Another length, or another character than the digits 0 to 9, gives null.

    Example:
        ["12345678901", "123.45678.90-1"]
        [12345678901, "123.45678.90-1"]
        ["1234567890x", null]
    """
    return values.masked(value, "000.00000.00-0").cast("variant")
