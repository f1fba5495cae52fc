"""Strings, as formatters write them. All of them are NULL for NULL."""

from __future__ import annotations

import re

from pyspark.sql import Column
from pyspark.sql import functions as F

#: All that Python's str.strip takes away.
WHITE_SPACE = "".join(map(chr, (*range(9, 14), *range(28, 33), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B)))) + (
    "\u2028\u2029\u202f\u205f\u3000"
)


#: Between these characters, from the first up to before the second, there is no white space.
_VISIBLE = (("!", "\u0085"), ("\u00a1", "\u1680"), ("\u3001", None))


def stripped(text: str, side: str = "both") -> str:
    """A string without white space at its ends, or at one of them (`left`, `right`), in SQL.

    Spark takes a set of characters away at a cost for each character of the string, and blanks alone at hardly any. So
    blanks go first, and only what then begins or ends with a character between which white space lies is looked at for
    all of it.

    Args:
        text: The string, in SQL.
        side: At which ends.
    """
    trim = {"both": "trim({})", "left": "ltrim({})", "right": "rtrim({})"}[side]
    kind = {"both": "BOTH", "left": "LEADING", "right": "TRAILING"}[side]
    blank = trim.format(text)
    tests = {"left": [_begins_visibly(blank)], "right": [_ends_visibly(blank)]}
    is_done = " AND ".join(tests.get(side, [*tests["left"], *tests["right"]]))
    return f"CASE WHEN {is_done} THEN {blank} ELSE trim({kind} '{WHITE_SPACE}' FROM {text}) END"


def _begins_visibly(text: str) -> str:
    # A whole string lies between the characters between which its first one does: none has to be cut out.
    ranges = [f"{text} >= '{first}'" + (f" AND {text} < '{end}'" if end else "") for first, end in _VISIBLE]
    return f"({' OR '.join(ranges)})"


def _ends_visibly(text: str) -> str:
    # Spark counts all characters to find the last; the last byte is at hand, and tells where it is one of ASCII. In a
    # branch, since what stands in several places with OR between them is worked out before.
    last = f"substring(CAST({text} AS BINARY), -1, 1)"
    is_ascii = f"{last} >= X'21' AND {last} <= X'7F'"
    return f"CASE WHEN {is_ascii} THEN TRUE ELSE {_begins_visibly(f'right({text}, 1)')} END"


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
