"""Booleans."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

from functions.formatter import formatter


@formatter
def ensure_boolean(value: Column) -> Column:
    """Keep true and false; anything else, the text "true" too, gives null.

    Example:
        [true, true]
        ["true", null]
        [1, null]
    """
    # A list or an object cannot be read as a boolean, which is quicker to see than its kind.
    readable = F.try_variant_get(value, "$", "boolean").isNotNull()
    return F.when(readable & (F.schema_of_variant(value) == "BOOLEAN"), value)
