"""Reading numbers out of schema-free values, exactly where 38 digits are enough."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

from functions.reading import Value

# What Python's float() reads, without `nan`, `inf` and underscores.
_NUMERAL = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\z"
_INTEGER = r"^-?[0-9]+\z"


def integer(text: Column) -> Column:
    """The integer that a text spells in digits after one optional `-`, as VARIANT; else NULL.

    A value's text tells 5 from 5.0, so this serves for numbers too.
    """
    small, large = text.try_cast("bigint").cast("variant"), text.try_cast("decimal(38,0)").cast("variant")
    return F.when(text.rlike(_INTEGER), F.coalesce(small, large))


def number(value: Value) -> Column:
    """The number that a value is or spells, as a decimal or a 64-bit float; else NULL.

    A spelt number is read as JSON would read it: exactly up to 38 digits, and as a float beyond them or with an
    exponent.
    """
    spelt = value.trimmed
    whole = F.coalesce(spelt.try_cast("decimal(38,0)").cast("variant"), _float(spelt))
    return F.when(
        spelt.rlike(_NUMERAL) & _is_finite(spelt),
        F.when(value.kind.startswith("D"), value.variant)  # DECIMAL, DOUBLE
        .when(spelt.rlike(r"^[+-]?[0-9]+\.?\z"), whole)
        .otherwise(F.coalesce(F.try_parse_json(_json(spelt)), _float(spelt))),
    )


def money(value: Value) -> Column:
    """The number that a value is or spells, rounded to 2 places, half to even; else NULL.

    The digits are rounded as they were written. Beyond 34 digits before the point nothing is rounded.
    """
    spelt = value.trimmed
    # Three places and whether anything follows them settle the rounding; so no number is too long for it.
    head = F.regexp_extract(spelt, r"^[+-]?[0-9]*\.?[0-9]{0,3}", 0)
    has_more = spelt.rlike(r"\.[0-9]{3}[0-9]*[1-9]")
    exact = F.when(has_more, F.concat(head, F.lit("1"))).otherwise(head).try_cast("decimal(38,4)")
    with_exponent = spelt.rlike("[eE]")
    rounded = F.when(with_exponent, F.bround(spelt.try_cast("decimal(38,20)"), 2).cast("variant")).otherwise(
        F.bround(exact, 2).cast("variant")
    )
    huge = F.when(_is_finite(spelt), F.when(value.kind == "STRING", _float(spelt)).otherwise(value.variant))
    return F.when(spelt.rlike(_NUMERAL), F.coalesce(rounded, huge))


def _float(spelt: Column) -> Column:
    return spelt.try_cast("double").cast("variant")


def _is_finite(spelt: Column) -> Column:
    return F.abs(spelt.try_cast("double")) < float("inf")


def _json(spelt: Column) -> Column:
    """A spelt number as JSON wants it: no `+`, no zeros before the first digit, a digit on both sides of a point."""
    sign = F.when(spelt.startswith("-"), F.lit("-")).otherwise(F.lit(""))
    padded = F.concat(F.lit("0"), F.ltrim(spelt, F.lit("+-")))
    return F.concat(sign, F.regexp_replace(padded, r"^0+(?=[0-9])|\.(?=[eE])", ""))
