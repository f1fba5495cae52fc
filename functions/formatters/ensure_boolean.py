"""Booleans."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

from functions.formatter import formatter
from functions.reading import Value


@formatter
def ensure_boolean(value: Value) -> Column:
    """Keep true and false; anything else, the text "true" too, gives null.

    Example:
        [true, true]
        ["true", null]
        [1, null]
    """
    return F.when(value.kind == "BOOLEAN", value.variant)
