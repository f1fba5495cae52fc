"""The first rows as the job's result."""

from __future__ import annotations

from functions.arguments.columns import Amount
from functions.catalog import function
from functions.workspace import Dataset, Frame


@function
def take(frame: Frame, amount: Amount) -> Dataset:
    """Keep the first rows as the job's result.

    Args:
        amount: How many rows, from 0.

    Example:
        ["load_rdd", "README.md"]
        ["take", 5]
    """
    return Dataset(frame.frame.select(frame.json().alias("row")), amount)
