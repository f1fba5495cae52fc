"""Reading numbers out of schema-free values, exactly where 38 digits are enough."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

from functions import values

# What Python's float() reads, without `nan`, `inf` and underscores.
_FLOAT = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\z"
_WITHOUT_EXPONENT = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)\z"


def integer(value: Column, string: Column) -> Column:
    """The integer that a VARIANT holds as a number, or that a text form of it spells in digits; else NULL.

    Args:
        value: VARIANT.
        string: The value as text, trimmed or not. Only digits after one optional `-` count.
    """
    kind = F.schema_of_variant(value)
    # Beyond 64 bits Spark keeps integers as decimals; within them a decimal was written as one.
    is_large = kind.rlike(r"^DECIMAL\([0-9]+,0\)\z") & F.try_variant_get(value, "$", "bigint").isNull()
    is_spelt = (kind == "STRING") & string.rlike(r"^-?[0-9]+\z")
    spelt = F.coalesce(
        string.try_cast("bigint").cast("variant"),
        string.try_cast("decimal(38,0)").cast("variant"),
    )
    # An object or a list is no decimal, which is quicker to see than its kind.
    possible = F.try_variant_get(value, "$", "decimal(38,0)").isNotNull() | string.rlike(r"^-?[0-9]+\z")
    return F.when(possible, F.when((kind == "BIGINT") | is_large, value).when(is_spelt, spelt))


def number(value: Column) -> Column:
    """The number that a VARIANT holds or spells, as a decimal or a 64-bit float; else NULL.

    A spelt number is read as JSON would read it: exactly up to 38 digits, and as a float beyond them or with an
    exponent.
    """
    kind = F.schema_of_variant(value)
    string = values.trimmed(value)
    spelt = F.when((kind == "STRING") & string.rlike(_FLOAT), _parsed(string))
    return _decimal_or_finite(F.when(kind == "STRING", spelt).otherwise(value))


def money(value: Column) -> Column:
    """The number that a VARIANT holds or spells, rounded to 2 places, half to even; else NULL.

    The digits are rounded as they were written. Beyond 34 digits before the point the number stays as it is.
    """
    exact = number(value)
    spelt = values.trimmed(value)
    is_plain = (F.schema_of_variant(value) == "STRING") & spelt.rlike(_WITHOUT_EXPONENT)
    digits = F.when(is_plain, spelt).otherwise(F.try_variant_get(exact, "$", "string"))
    # Three places and whether anything follows them settle the rounding; so no number is too long for it.
    head = F.regexp_extract(digits, r"^[+-]?[0-9]*\.?[0-9]{0,3}", 0)
    tail = F.substring(digits, F.length(head) + 1, F.length(digits))
    shortened = F.when(tail.rlike("[1-9]"), F.concat(head, F.lit("1"))).otherwise(head)
    rounded = F.when(
        digits.rlike(_WITHOUT_EXPONENT), F.bround(shortened.try_cast("decimal(38,4)"), 2).cast("variant")
    ).otherwise(F.bround(digits.try_cast("decimal(38,20)"), 2).cast("variant"))
    return F.coalesce(rounded, exact)


def _parsed(spelt: Column) -> Column:
    """A spelt number as JSON's parser reads it, once it is written as JSON wants it: no `+`, no lone `.`."""
    sign = F.when(spelt.startswith("-"), F.lit("-")).otherwise(F.lit(""))
    padded = F.concat(F.lit("0"), F.ltrim(spelt, F.lit("+-")))
    body = F.regexp_replace(padded, r"^0+(?=[0-9])|\.(?=[eE]|\z)", "")
    # The parser takes no number of more than 1,000 digits.
    return F.coalesce(F.try_parse_json(F.concat(sign, body)), spelt.try_cast("double").cast("variant"))


def _decimal_or_finite(value: Column) -> Column:
    kind = F.schema_of_variant(value)
    size = F.abs(F.try_variant_get(value, "$", "double"))
    return (
        F.when(kind == "BIGINT", F.try_variant_get(value, "$", "decimal(19,0)").cast("variant"))
        .when(kind.startswith("DECIMAL"), value)
        .when((kind == "DOUBLE") & (size < float("inf")), value)
    )
