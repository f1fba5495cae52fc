"""Schema-free values as Spark VARIANT columns: reading, testing and writing them.

The one rule: absent and null are the same, and both are SQL NULL here. A VARIANT that holds JSON null never
leaves this module.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from pyspark.sql import Column
from pyspark.sql import functions as F


def nothing() -> Column:
    """No value."""
    return F.lit(None).cast("variant")


def literal(value: object) -> Column:
    """A JSON value, the same in every row."""
    return not_null(F.parse_json(F.lit(json.dumps(value, ensure_ascii=False))))


def not_null(value: Column) -> Column:
    """JSON null → SQL NULL."""
    return F.when(~F.is_variant_null(value), value)


def get(value: Column, path: Sequence[str]) -> Column:
    """The value at a path of keys inside a VARIANT; NULL where a key is missing or a step on the way is no object."""
    found = value
    text = "$"
    for key in path:
        if "'" in key and '"' in key:  # Spark's path syntax has no escape, so such a key is looked up in a map
            found = F.try_variant_get(found, text, "map<string,variant>")[key]
            text = "$"
        else:
            text += f'["{key}"]' if "'" in key else f"['{key}']"
    return not_null(found if text == "$" else F.try_variant_get(found, text, "variant"))


def is_object(value: Column) -> Column:
    """Whether a VARIANT holds a JSON object. A cast to an empty struct looks at the type and reads no field."""
    return F.try_variant_get(value, "$", "struct<>").isNotNull()


def elements(value: Column) -> Column:
    """The elements of a JSON list (array of VARIANT); NULL where the value is no list."""
    return F.try_variant_get(value, "$", "array<variant>")


def keys(value: Column) -> Column:
    """The keys of a JSON object (array of strings) whose values are not null; NULL where the value is no object."""
    fields = F.try_variant_get(value, "$", "map<string,variant>")
    return F.map_keys(F.map_filter(fields, lambda _, field: ~F.is_variant_null(field)))


def text(value: Column) -> Column:
    """A VARIANT as text: a string as it is, anything else in its JSON form.

    Spark drops the zeros of a decimal, so 12.0 would read 12 and look like an integer; the type still tells them
    apart, and `.0` is put back (up to 63 bits, beyond which integers are decimals too). Floats from 0.0001 up to
    10 000 000 000 000 000 are written without an exponent, as Python does.
    """
    plain = F.try_variant_get(value, "$", "string")
    # Only what looks like these two is worth a look at the type: schema_of_variant is slow.
    doubtful = plain.rlike(r"^-?[0-9]{1,19}\z|^-?[0-9]\.[0-9]+E-?[0-9]{1,2}\z")
    return F.when(doubtful, _number_text(plain, F.schema_of_variant(value))).otherwise(plain)


def _number_text(plain: Column, kind: Column) -> Column:
    whole_decimal = kind.startswith("DECIMAL") & plain.try_cast("bigint").isNotNull()
    size = F.abs(plain.try_cast("double"))
    ordinary = (kind == "DOUBLE") & (size >= 1e-4) & (size < 1e16)
    written_out = F.regexp_replace(plain.try_cast("decimal(38,20)").cast("string"), r"(\.[0-9]+?)0+\z", "$1")
    return F.when(whole_decimal, F.concat(plain, F.lit(".0"))).when(ordinary, written_out).otherwise(plain)


# All that Python's str.strip takes away.
_WHITE_SPACE = "".join(map(chr, (*range(9, 14), *range(28, 33), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B)))) + (
    "\u2028\u2029\u202f\u205f\u3000"
)


def stripped(string: Column) -> Column:
    """A string without white space at its ends."""
    return F.trim(string, F.lit(_WHITE_SPACE))


def trimmed(value: Column) -> Column:
    """The text of a VARIANT without white space at its ends; NULL where nothing is left."""
    found = stripped(text(value))
    return F.when(found != "", found)


def masked(value: Column, mask: str) -> Column:
    """The digits of a VARIANT written into a mask; NULL where the trimmed text is not so many digits.

    Args:
        value: VARIANT.
        mask: How to write them; each `0` stands for a digit.
    """
    digits = trimmed(value)
    pieces: list[Column] = []
    place = 1
    for run in re.findall("0+|[^0]+", mask):
        if run[0] == "0":
            pieces.append(F.substring(digits, place, len(run)))
            place += len(run)
        else:
            pieces.append(F.lit(run))
    return F.when(digits.rlike(rf"^[0-9]{{{place - 1}}}\z"), F.concat(*pieces))


def padded(value: Column, width: int) -> Column:
    """The digits of a VARIANT with zeros on the left; NULL where the trimmed text is not all digits.

    Args:
        value: VARIANT.
        width: How many digits at least; more stay as they are.
    """
    digits = trimmed(value)
    wide = F.when(F.length(digits) < width, F.lpad(digits, width, "0")).otherwise(digits)
    return F.when(digits.rlike(r"^[0-9]+\z"), wide)


def date(string: Column) -> Column:
    """A string that is a real date, written yyyy-MM-dd, as it is; else NULL."""
    # Spark knows a year 0, which the calendar does not.
    is_real = string.rlike(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\z") & ~string.startswith("0000")
    return F.when(is_real & string.try_cast("date").isNotNull(), string)
