"""Reading numbers out of schema-free values, exactly where 38 digits are enough."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

from functions.schemaless import tagged
from functions.schemaless.reading import Value
from functions.schemaless.tagged import Tagged

# What Python's float() reads, without `nan`, `inf` and underscores.
_NUMERAL = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\z"
_INTEGER = r"^-?[0-9]+\z"
#: What a decimal(38, 4) holds, all its digits.
_AMOUNT = r"^[+-]?[0-9]{1,34}(\.[0-9]{1,4})?\z"
_CENTS = r"^-?[0-9]{1,15}(\.[0-9]{1,2})?\z"


def integer(text: Column) -> Tagged:
    """The integer that a text spells in digits after one optional `-`; else NULL.

    A value's text tells 5 from 5.0, so this serves for numbers too.
    """
    small, large = text.try_cast("bigint"), text.try_cast("decimal(38,0)").cast("string")
    is_integer = text.rlike(_INTEGER)
    found = F.when(is_integer, F.coalesce(small.cast("string"), large))
    return tagged.of_number(found, F.when(is_integer, small))


def number(value: Value) -> Tagged:
    """The number that a value is or spells; else NULL.

    A spelt number is read as JSON would read it: exactly up to 38 digits, and as a float beyond them or with an
    exponent.
    """
    spelt = value.trimmed
    whole = F.coalesce(_with_point(spelt.try_cast("decimal(38,0)").cast("string")), _float_text(spelt))
    # Spark's JSON knows which decimals are exact; the others have an exponent here, or are too long for its parser.
    decimal = F.to_json(F.try_parse_json(_json(spelt)))
    fraction = F.when(
        ~spelt.rlike("[eE]") & ~decimal.contains("E"),
        F.when(decimal.contains("."), decimal).otherwise(F.concat(decimal, F.lit(".0"))),
    ).otherwise(_float_text(spelt))
    read = F.when(spelt.rlike(r"^[+-]?[0-9]+\.?\z"), whole).otherwise(F.coalesce(fraction, _float_text(spelt)))
    found = F.when(value.is_number, _with_point(spelt)).otherwise(read)
    return tagged.of_number(F.when(spelt.rlike(_NUMERAL) & _is_finite(spelt), found))


def money(value: Value) -> Tagged:
    """The number that a value is or spells, rounded to 2 places, half to even; else NULL.

    The digits are rounded as they were written. Beyond 34 digits before the point nothing is rounded.
    """
    spelt = value.trimmed
    # Most amounts are numbers of at most two places.
    short = F.when(spelt.contains("."), spelt).otherwise(F.concat(spelt, F.lit(".0")))
    # Three places and whether anything follows them settle the rounding; so no number is too long for it.
    head = F.regexp_extract(spelt, r"^[+-]?[0-9]*\.?[0-9]{0,3}", 0)
    has_more = spelt.rlike(r"\.[0-9]{3}[0-9]*[1-9]")
    exact = F.when(has_more, F.concat(head, F.lit("1"))).otherwise(head).try_cast("decimal(38,4)")
    exponential = F.bround(spelt.try_cast("decimal(38,20)"), 2)
    rounded = F.when(spelt.rlike("[eE]"), exponential.cast("string")).otherwise(F.bround(exact, 2).cast("string"))
    huge = F.when(_is_finite(spelt), F.when(value.is_number, value.text).otherwise(_float_text(spelt)))
    found = F.when(spelt.rlike(_NUMERAL), F.coalesce(_without_zeros(rounded), huge))
    text = F.when(value.is_number & spelt.rlike(_CENTS), short).otherwise(found)
    # Spark rounds as exactly where it has room for all digits; that also serves for numbers of at most two places.
    return tagged.of_number(
        text,
        F.when(spelt.rlike(_AMOUNT), F.bround(spelt.try_cast("decimal(38,4)"), 2)).otherwise(
            text.try_cast("decimal(38,2)")
        ),
    )


def _float_text(spelt: Column) -> Column:
    """The text of the float that is nearest: without an exponent from 0.0001 up to 10,000,000,000,000,000."""
    found = spelt.try_cast("double")
    text = found.cast("string")
    is_plain = text.contains("E") & F.abs(found).between(1e-4, 9999999999999998.0)
    return F.when(is_plain, _without_zeros(found.try_cast("decimal(38,20)").cast("string"))).otherwise(text)


def _without_zeros(decimal: Column) -> Column:
    """A decimal without zeros at its end, but for the first after the point."""
    return F.regexp_replace(decimal, r"(\.[0-9]+?)0+\z", "$1")


def _with_point(number: Column) -> Column:
    """A number's text as that of a decimal; beyond 64 bits nothing tells the two apart."""
    is_integer = number.try_cast("bigint").isNotNull() & ~number.rlike(r"[.E]")
    return F.when(is_integer, F.concat(number, F.lit(".0"))).otherwise(number)


def _is_finite(spelt: Column) -> Column:
    return F.abs(spelt.try_cast("double")) < float("inf")


def _json(spelt: Column) -> Column:
    """A spelt number as JSON wants it: no `+`, no zeros before the first digit, a digit on both sides of a point."""
    sign = F.when(spelt.startswith("-"), F.lit("-")).otherwise(F.lit(""))
    padded = F.concat(F.lit("0"), F.ltrim(spelt, F.lit("+-")))
    return F.concat(sign, F.regexp_replace(padded, r"^0+(?=[0-9])|\.(?=[eE])", ""))
