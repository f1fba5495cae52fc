"""Rows chosen at random as the job's result."""

from __future__ import annotations

from functions.arguments.columns import Amount
from functions.catalog import function
from functions.random_rows import Seed, chosen
from functions.workspace import Dataset, Frame

#: More rows than these are not fetched at once: wide ones would fill the memory of a driver that jobs share.
_FEW = 1000


@function
def sample_rows(frame: Frame, amount: Amount, seed: Seed = 0) -> Dataset:
    """Keep rows chosen at random, up to the server's limit, as the job's result.

    Exactly so many rows are chosen (all, where there are fewer), every set of so many being equally likely. They come
    in no settled order. The same seed chooses the same rows, as long as the same input is read by the same server;
    behind a step that leaves rows in no settled order, such as `distinct`, it need not.

    Args:
        amount: How many rows, from 0.
        seed: Where chance begins; another seed chooses other rows.

    Example:
        ["load_range", 1000]
        ["sample_rows", 5]
    """
    rows = chosen(frame.frame, amount, seed)
    return Dataset(rows.select(frame.json().alias("row")), most=amount if amount <= _FEW else None)
