"""Rows chosen at random."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from functions.workspace import unused_name

#: Where chance begins: the same number chooses the same rows.
Seed = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]


def chosen(frame: DataFrame, amount: int, seed: int) -> DataFrame:
    """So many rows, or all where there are fewer; each set of so many is equally likely. In no settled order.

    Every row draws a number, and the lowest ones win: one pass, which holds no more than `amount` rows of a partition.
    """
    name = unused_name(frame.columns, "draw")
    return frame.withColumn(name, F.rand(seed)).orderBy(name).limit(amount).drop(name)
