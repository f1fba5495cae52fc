"""Brazilian postal codes."""

from __future__ import annotations

from pyspark.sql import Column

from functions import values
from functions.formatter import formatter


@formatter
def pretty_cep(value: Column) -> Column:
    """Write the 8 digits of a CEP as 00000-000.

    Another length, or another character than the digits 0 to 9, gives null.

    Example:
        ["01310100", "01310-100"]
        [" 01310100 ", "01310-100"]
        ["01310-100", null]
    """
    return values.masked(value, "00000-000").cast("variant")
