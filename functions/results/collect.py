"""All rows as the job's result."""

from __future__ import annotations

from functions.catalog import function
from functions.workspace import Dataset, Frame


@function
def collect(frame: Frame) -> Dataset:
    """Keep all rows, up to the server's limit, as the job's result.

    Example:
        ["load_rdd", "README.md"]
        ["collect"]
    """
    return Dataset(frame.frame.select(frame.json().alias("row")))
