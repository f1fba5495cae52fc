"""The number of rows as the job's result."""

from __future__ import annotations

from pyspark.sql import functions as F

from functions.catalog import function
from functions.workspace import Dataset, Frame


@function
def count(frame: Frame) -> Dataset:
    """Count the rows; the job's result is one row, `{"count": …}`.

    Example:
        ["load_range", 100]
        ["count"]
    """
    counted = frame.frame.agg(F.count(F.lit(1)).alias("count"))
    return Dataset(counted.select(F.to_json(F.struct("count")).alias("row")), most=1)
