"""Numbers."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from functions.arguments.columns import ColumnName
from functions.catalog import function
from functions.check import refuse
from functions.interruption import interruptible
from functions.workspace import Rows

_Number = Annotated[int, Field(ge=-(2**62), le=2**62)]


def _not_zero(step: int) -> int:
    if step == 0:
        raise refuse("bad_step", "must not be 0", "1 for the next number, -1 to count down")
    return step


@function
def load_range(
    end: _Number,
    start: _Number = 0,
    step: Annotated[_Number, AfterValidator(_not_zero)] = 1,
    column: ColumnName = "id",
    *,
    session: SparkSession,
) -> Rows:
    """Make rows of one column of numbers, `start`, `start + step`, … up to `end`, without `end` itself.

    What was current before is replaced.

    Args:
        end: Where the numbers end; it is not one of them.
        start: The first number.
        step: The distance from one number to the next, not 0; below 0 they fall.
        column: The name of the column, of the type `bigint`.

    Example:
        ["load_range", 10]
    """
    return Rows(interruptible(session.range(start, end, step)).select(F.col("id").alias(column)))
