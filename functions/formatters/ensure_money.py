"""Amounts of money."""

from __future__ import annotations

from functions.schemaless import numeric
from functions.schemaless.formatter import formatter
from functions.schemaless.reading import Value
from functions.schemaless.tagged import Tagged


@formatter
def ensure_money(value: Value) -> Tagged:
    """Round a number, or the number that text spells, to 2 places, half to even; anything else gives null.

    What is rounded are the digits as they were written, not the binary number nearest to them. Text is read as by
    `ensure_float`. Beyond 34 digits before the point nothing is rounded.

    Example:
        [12, 12.0]
        ["12345678.905", 12345678.9]
        [0.015, 0.02]
        ["R$ 5", null]
    """
    return numeric.money(value)
