"""Booleans."""

from __future__ import annotations

from pyspark.sql import functions as F

from functions.schemaless.formatter import formatter
from functions.schemaless.reading import Value
from functions.schemaless.tagged import Tagged


@formatter
def ensure_boolean(value: Value) -> Tagged:
    """Keep true and false; anything else, the text "true" too, gives null.

    Example:
        [true, true]
        ["true", null]
        [1, null]
    """
    return Tagged(F.when(value.is_boolean, value.tagged))
