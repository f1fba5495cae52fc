"""Keeping the first rows."""

from __future__ import annotations

from functions.arguments.columns import Amount
from functions.catalog import function
from functions.records.rejects import Rejects
from functions.workspace import Frame


@function
def limit(frame: Frame, amount: Amount, *, rejects: Rejects) -> Frame:
    """Keep the first rows; which these are is settled only behind `sort`.

    Args:
        amount: How many rows, from 0.

    Example:
        ["load_range", 100]
        ["limit", 10]
    """
    rejects.stop_early()
    return frame.changed(frame.frame.limit(amount))
