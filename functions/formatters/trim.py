"""Text without blanks around it."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

from functions.schemaless.formatter import formatter
from functions.schemaless.reading import Value


@formatter
def trim(value: Value) -> Column:
    r"""The text of the value without white space at its ends; blank gives null.

    White space is what Python's `str.strip` takes away: blanks, tabs, line ends and Unicode's other spaces.

    Example:
        ["  Ana Maria ", "Ana Maria"]
        [" \t ", null]
    """
    return F.when(value.trimmed != "", value.trimmed)
