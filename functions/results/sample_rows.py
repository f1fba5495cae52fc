"""Some rows, by chance, as the job's result."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pyspark.sql import functions as F

from functions.catalog import function
from functions.check import Amount
from functions.workspace import Dataset, Frame


@function
def sample_rows(frame: Frame, amount: Amount, seed: Annotated[int, Field(ge=-(2**62), le=2**62)] = 0) -> Dataset:
    """Keep so many rows, each with the same chance, as the job's result; all where there are no more.

    Reads all rows. The same seed gives the same rows, as long as the data is cut into the same partitions.

    Args:
        amount: How many rows, from 0.
        seed: Where chance begins.

    Example:
        ["load_range", 1000]
        ["sample_rows", 5]
    """
    drawn = frame.frame.select(frame.json().alias("row")).withColumn(_CHANCE, F.rand(seed))
    return Dataset(drawn.sort(_CHANCE).limit(amount).select("row"), amount)


_CHANCE = "chance"
