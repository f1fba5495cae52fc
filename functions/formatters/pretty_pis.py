"""Brazilian social security numbers."""

from __future__ import annotations

from pyspark.sql import Column

from functions.schemaless import strings
from functions.schemaless.formatter import formatter
from functions.schemaless.reading import Value


@formatter
def pretty_pis(value: Value) -> Column:
    """Write the 11 digits of a PIS as 000.00000.00-0.

    Another length, or another character than the digits 0 to 9, gives null.

    Example:
        ["12345678901", "123.45678.90-1"]
        [12345678901, "123.45678.90-1"]
        ["1234567890x", null]
    """
    return strings.masked(value.trimmed, "000.00000.00-0")
