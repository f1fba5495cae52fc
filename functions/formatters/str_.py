"""Text of any value."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

from functions.schemaless.formatter import formatter
from functions.schemaless.reading import Value


@formatter
def str_(value: Value) -> Column:
    r"""The text of the value, not trimmed.

    Text stays as it is; numbers, true and false, lists and objects are in JSON form. Blank text gives null.

    Example:
        [" Ana ", " Ana "]
        [5, "5"]
        [true, "true"]
        [{"a": 1}, "{\"a\":1}"]
        ["  ", null]
    """
    return F.when(value.trimmed != "", value.text)
