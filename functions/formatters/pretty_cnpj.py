"""Brazilian company numbers."""

from __future__ import annotations

from pyspark.sql import Column

from functions.schemaless import strings
from functions.schemaless.formatter import formatter
from functions.schemaless.reading import Value


@formatter
def pretty_cnpj(value: Value) -> Column:
    """Write the 14 digits of a CNPJ as 00.000.000/0000-00.

    Another length, or another character than the digits 0 to 9, gives null.

    Example:
        ["12345678000195", "12.345.678/0001-95"]
        [12345678000195, "12.345.678/0001-95"]
        ["12.345.678/0001-95", null]
    """
    return strings.masked(value.trimmed, "00.000.000/0000-00")
