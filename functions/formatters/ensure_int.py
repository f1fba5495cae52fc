"""Integers."""

from __future__ import annotations

from functions.schemaless import numeric
from functions.schemaless.formatter import formatter
from functions.schemaless.reading import Value
from functions.schemaless.tagged import Tagged


@formatter
def ensure_int(value: Value) -> Tagged:
    """Keep an integer, or make one of text that is all digits, perhaps after a minus; anything else gives null.

    Text is not trimmed. Up to 38 digits are kept exactly; more give null. 5.0 is no integer, though beyond 64
    bits nothing tells such a number from one.

    Example:
        [5, 5]
        ["-007", -7]
        [" 5", null]
        [5.5, null]
    """
    return numeric.integer(value.text)
