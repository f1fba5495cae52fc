"""Names in messages."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches


def near(name: str, names: Collection[str]) -> str | None:
    """A hint with the nearest of some names, or None."""
    found = get_close_matches(name[:255], list(names), n=1, cutoff=0.6)
    return f"did you mean `{found[0]}`?" if found else None


def named(names: Collection[str]) -> str:
    """Some names for a message: all of a few, the first ten of many."""
    first = ", ".join(f"`{name[:100]}`" for name in sorted(names)[:10])
    return f"{first} and {len(names) - 10} more" if len(names) > 10 else first or "none"
