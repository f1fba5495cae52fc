"""Strings, as formatters write them. All of them are NULL for NULL."""

from __future__ import annotations

import re
from functools import reduce

from pyspark.sql import Column
from pyspark.sql import functions as F

#: All that Python's str.strip takes away.
WHITE_SPACE = "".join(map(chr, (*range(9, 14), *range(28, 33), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B)))) + (
    "\u2028\u2029\u202f\u205f\u3000"
)


def stripped(string: Column, side: str = "both") -> Column:
    """A string without white space at its ends, or at one of them (`left`, `right`).

    Spark takes a set of characters away at a cost for each character of the string, and blanks alone at hardly any. So
    blanks go first, and only what then begins or ends with a character between which white space lies is looked at for
    all of it.
    """
    change = {"both": F.trim, "left": F.ltrim, "right": F.rtrim}[side]
    blank = change(string)
    ends = {"both": (F.left, F.right), "left": (F.left,), "right": (F.right,)}[side]
    is_done = reduce(Column.__and__, [_is_visible(end(blank, F.lit(1))) for end in ends])
    return F.when(is_done, blank).otherwise(change(string, F.lit(WHITE_SPACE)))


def _is_visible(character: Column) -> Column:
    """Whether a character lies where there is no white space: strings are ordered by code points."""
    is_latin = (character > "\u00a0") & (character < "\u1680")
    return character.between("!", "~") | is_latin | (character > "\u3000")


def masked(string: Column, mask: str) -> Column:
    """Digits written into a mask; NULL where the string is not so many digits.

    Args:
        string: Trimmed text.
        mask: How to write them; each `0` stands for a digit.
    """
    pieces: list[Column] = []
    place = 1
    for run in re.findall("0+|[^0]+", mask):
        if run[0] == "0":
            pieces.append(F.substring(string, place, len(run)))
            place += len(run)
        else:
            pieces.append(F.lit(run))
    return F.when(string.rlike(rf"^[0-9]{{{place - 1}}}\z"), F.concat(*pieces))


def padded(string: Column, width: int) -> Column:
    """Digits with zeros on the left; NULL where the string is not all digits.

    Args:
        string: Trimmed text.
        width: How many digits at least; more stay as they are.
    """
    wide = F.when(F.length(string) < width, F.lpad(string, width, "0")).otherwise(string)
    return F.when(string.rlike(r"^[0-9]+\z"), wide)


def date(string: Column) -> Column:
    """A string that is a real date, written yyyy-MM-dd, as it is; else NULL."""
    # Spark knows a year 0, which the calendar does not.
    is_written_so = string.rlike(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\z") & ~string.startswith("0000")
    return F.when(is_written_so & string.try_cast("date").isNotNull(), string)
