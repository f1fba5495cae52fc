"""Names in messages."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from heapq import nsmallest
from itertools import islice

#: Likeness is costly to find: a request must not be able to ask for very much of it.
_MOST = 500
_LONGEST = 100


def near(name: str, names: Collection[str]) -> str | None:
    """A hint with the nearest of some names (of very many, only some are looked at), or None.

    Names that differ by case alone are the nearest.
    """
    known = {known.casefold(): known for known in reversed(list(islice(names, _MOST)))}
    found = get_close_matches(name[:_LONGEST].casefold(), list(known), n=1, cutoff=0.6)
    return f"did you mean `{known[found[0]]}`?" if found else None


def named(names: Collection[str]) -> str:
    """Some names for a message: all of a few, the first ten of many."""
    first = ", ".join(f"`{name[:100]}`" for name in nsmallest(10, names))
    return f"{first} and {len(names) - 10} more" if len(names) > 10 else first or "none"
