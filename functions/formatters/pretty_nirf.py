"""Brazilian rural property numbers."""

from __future__ import annotations

from pyspark.sql import Column

from functions.schemaless import strings
from functions.schemaless.formatter import formatter
from functions.schemaless.reading import Value


@formatter
def pretty_nirf(value: Value) -> Column:
    """Write the 8 digits of an NIRF as 0000000-0.

    Another length, or another character than the digits 0 to 9, gives null.

    Example:
        ["12345678", "1234567-8"]
        [12345678, "1234567-8"]
        ["123456789", null]
    """
    return strings.masked(value.trimmed, "0000000-0")
