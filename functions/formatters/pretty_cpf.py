"""Brazilian taxpayer numbers."""

from __future__ import annotations

from pyspark.sql import Column

from functions.schemaless import strings
from functions.schemaless.formatter import formatter
from functions.schemaless.reading import Value


@formatter
def pretty_cpf(value: Value) -> Column:
    """Write the 11 digits of a CPF as 000.000.000-00.

    Another length, or another character than the digits 0 to 9, gives null.

    Example:
        ["01234567890", "012.345.678-90"]
        [" 01234567890 ", "012.345.678-90"]
        ["1234567890", null]
    """
    return strings.masked(value.trimmed, "000.000.000-00")
