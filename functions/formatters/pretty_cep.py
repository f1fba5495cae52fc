"""Brazilian postal codes."""

from __future__ import annotations

from pyspark.sql import Column

from functions.schemaless import strings
from functions.schemaless.formatter import formatter
from functions.schemaless.reading import Value


@formatter
def pretty_cep(value: Value) -> Column:
    """Write the 8 digits of a CEP as 00000-000.

    Another length, or another character than the digits 0 to 9, gives null.

    Example:
        ["01310100", "01310-100"]
        [" 01310100 ", "01310-100"]
        ["01310-100", null]
    """
    return strings.masked(value.trimmed, "00000-000")
