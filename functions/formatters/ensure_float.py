"""Numbers."""

from __future__ import annotations

from functions.schemaless import numeric
from functions.schemaless.formatter import formatter
from functions.schemaless.reading import Value
from functions.schemaless.tagged import Tagged


@formatter
def ensure_float(value: Value) -> Tagged:
    """Keep a number, or read one from text; anything else gives null.

    Text may be written as Python's float() reads it, but not as nan or infinity, nor with underscores. Up to 38
    digits are kept exactly; longer numbers, and those with an exponent, become 64-bit floats.

    Example:
        [5, 5.0]
        [" 12.50 ", 12.5]
        ["-1e3", -1000.0]
        ["1,5", null]
    """
    return numeric.number(value)
