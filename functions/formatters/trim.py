"""Text without blanks around it."""

from __future__ import annotations

from pyspark.sql import Column

from functions import values
from functions.formatter import formatter


@formatter
def trim(value: Column) -> Column:
    r"""The text of the value without white space at its ends; blank gives null.

    White space is what Python's `str.strip` takes away: blanks, tabs, line ends and Unicode's other spaces.

    Example:
        ["  Ana Maria ", "Ana Maria"]
        [" \t ", null]
    """
    return values.trimmed(value).cast("variant")
