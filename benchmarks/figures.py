"""How figures are printed: medians with their spread, and ratios of runs that alternated."""

from __future__ import annotations

import statistics
from collections.abc import Sequence


def spread(values: Sequence[float], unit: str) -> str:
    """Median, least and greatest of some values."""
    middle = statistics.median(values)
    return f"median {middle:.2f} {unit} (min {min(values):.2f}, max {max(values):.2f}, n={len(values)})"


def percentile(values: Sequence[float], share: float) -> float:
    """The value that a share of all does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def ratio(peer: Sequence[float], ours: Sequence[float]) -> str:
    """How many times faster ours was, pair by pair."""
    pairs = [theirs / mine for theirs, mine in zip(peer, ours, strict=True)]
    return f"{statistics.median(pairs):.2f}x (min {min(pairs):.2f}x, max {max(pairs):.2f}x, n={len(pairs)})"
