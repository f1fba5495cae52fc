"""JSON values as tagged text: a string column that holds a letter for the kind of a value, and behind it its text.

| letter | kind | text |
|---|---|---|
| `s` | string | as it is |
| `n` | number | its digits; see `functions/schemaless/reading.py` for how numbers are written |
| `b` | boolean | `true`, `false` |
| `r` | list or object | JSON, as it came |

NULL is no value, as everywhere. What formatters and files look at is text and kind, and here both are at hand: the text
of a VARIANT takes Spark some microseconds to make, for every value and each time. Most look at the text alone; it is
had without the letter, too (*plain* text): taking a letter away costs a walk over the string.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from pyspark.sql import Column
from pyspark.sql import functions as F

from functions.storage.reading.tagged_text import MARK, float_text, integer_text


@dataclass(frozen=True)
class Tagged:
    """A column of tagged text."""

    column: Column
    #: The same values as text alone, where it is known that none is a list or an object.
    text: Column | None = None
    #: The same values as numbers of the type that `format` gives them, where that is had for less.
    number: Column | None = None


def of_text(text: Column) -> Tagged:
    """Strings as values."""
    return Tagged(F.concat(F.lit("s"), text))


def of_number(text: Column, number: Column | None = None) -> Tagged:
    """The texts of numbers as values; the numbers, too, where their type is clear."""
    return Tagged(F.concat(F.lit("n"), text), text, number)


def literal(value: object) -> Column:
    """A JSON value, the same in every row."""
    match value:
        case None:
            return F.lit(None).cast("string")
        case str():
            return F.lit("s" + value)
        case bool():
            return F.lit("btrue" if value else "bfalse")
        case int():
            return F.lit("n" + integer_text(value))
        case float():
            return F.lit("n" + float_text(value))
        case _:
            return F.lit("r" + json.dumps(value, ensure_ascii=False))


def text(tagged: Column) -> Column:
    """The text of each value: a string as it is, anything else in its JSON form."""
    rest = F.substring(tagged, 2, 2**31 - 1)
    return F.when(tagged.startswith("r"), F.to_json(F.try_parse_json(rest))).otherwise(rest)


def text_of_plain(plain: Column) -> Column:
    """The text of each value, of a column that holds texts, or behind a mark tagged text where that would not do."""
    return F.when(plain.startswith(MARK), text(F.substring(plain, 2, 2**31 - 1))).otherwise(plain)


def variant(tagged: Column) -> Column:
    """The values as VARIANT."""
    rest = F.substring(tagged, 2, 2**31 - 1)
    # A number beyond the range of floats is no JSON, but Spark's parser takes it for infinity, and so it is here.
    infinite = F.when(rest.contains("Infinity"), rest.try_cast("double").cast("variant"))
    return (
        F.when(tagged.startswith("s"), rest.cast("variant"))
        .when(tagged.startswith("n"), F.coalesce(F.try_parse_json(rest), infinite))
        .otherwise(F.try_parse_json(rest))
    )
