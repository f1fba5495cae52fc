"""Names in messages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from heapq import nsmallest
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql.types import DataType

#: Likeness is costly to find: a request must not be able to ask for very much of it.
_MOST = 500
_LONGEST = 100
_MOST_TYPOS = 3
#: The beginning of a word that is still taken for it.
_SHORTEST_START = 3


def near(name: str, names: Collection[str]) -> str | None:
    """A hint with the nearest of some names, or None; see `nearest`."""
    found = nearest(name, names)
    return None if found is None else f"did you mean `{found}`?"


def nearest(name: str, names: Collection[str]) -> str | None:
    """The nearest of some names (of very many, only some are looked at), or None.

    A near name is the same but for case and the signs between words, differs by a typo or two, or is what the name
    begins with. One that merely shares some letters would mislead. Names that differ by case alone are the nearest.
    """
    name = name[:_LONGEST]
    given = bare(name)
    ranked = []
    for place, known in enumerate(islice(names, _MOST)):
        distance = _distance(given, bare(known[:_LONGEST]))
        if distance is not None:
            shared = (Counter(given) & Counter(known.casefold())).total()
            ranked.append((distance, known.casefold() != name.casefold(), -shared, place, known))
    return min(ranked)[-1] if ranked else None


def named(names: Collection[str]) -> str:
    """Some names for a message: all of a few, the first ten of many."""
    first = ", ".join(f"`{name[:100]}`" for name in nsmallest(10, names))
    return f"{first} and {len(names) - 10} more" if len(names) > 10 else first or "none"


def bare(name: str) -> str:
    """A name without case and the signs between its words: `groupBy` and `group_by` are the same then."""
    return re.sub(r"[_\s-]", "", name.casefold()) or name


def _distance(given: str, known: str) -> int | None:
    """How far a name is from another, or None: too far to be meant."""
    if given == known:
        return 0
    shorter, longer = sorted((given, known), key=len)
    most = min(_MOST_TYPOS, max(1, (len(given) + 1) // 4))
    if len(longer) - len(shorter) <= most:
        typos = _typos(given, known, most)
        if typos <= most and 2 * typos <= len(longer):
            return typos
    is_start = len(shorter) >= _SHORTEST_START and longer.startswith(shorter) and 2 * len(shorter) >= len(longer)
    return _MOST_TYPOS + len(longer) - len(shorter) if is_start else None


def _typos(one: str, other: str, most: int) -> int:
    """How many letters are wrong, missing, too many, or changed places with the next; above `most`, any such number.

    The distance of optimal string alignment. Only a band of the table is filled: what lies outside of it is too far.
    """
    before: dict[int, int] = {}
    last = {j: j for j in range(most + 1)}
    for i in range(1, len(one) + 1):
        row: dict[int, int] = {}
        for j in range(max(0, i - most), min(len(other), i + most) + 1):
            if j == 0:
                row[j] = i
                continue
            is_other = one[i - 1] != other[j - 1]
            row[j] = min(last.get(j, i + j) + 1, row.get(j - 1, i + j) + 1, last.get(j - 1, i + j) + is_other)
            if i > 1 and j > 1 and is_other and one[i - 2 : i] == other[j - 2 : j][::-1]:
                row[j] = min(row[j], before.get(j - 2, i + j) + 1)
        if min(row.values()) > most:
            return most + 1
        before, last = last, row
    return last.get(len(other), most + 1)


def shown_type(kind: DataType) -> str:
    """A type for a message."""
    text = kind.simpleString()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
