"""Rows spread anew."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pyspark.sql import functions as F

from functions.catalog import function
from functions.check import ColumnNames
from functions.errors import StepFailed
from functions.ordering import check_comparable
from functions.workspace import Frame, Rows, quoted


@function
def repartition(
    frame: Frame,
    number: Annotated[int, Field(ge=1, le=100_000)] | None = None,
    columns: ColumnNames | None = None,
) -> Frame:
    """Spread the rows anew over partitions: evenly, or so that rows with equal values lie together.

    Args:
        number: How many partitions; null: as many as Spark has for a shuffle.
        columns: Rows that are equal in these lie in one partition; null: rows are spread evenly.

    Example:
        ["load_range", 1000]
        ["repartition", 4]
    """
    if columns is None:
        if number is None:
            raise StepFailed("neither `number` nor `columns` is given", argument="number", hint="give one of them")
        return frame.changed(frame.frame.repartition(number))
    if not isinstance(frame, Rows):
        raise StepFailed("objects have no columns", argument="columns", hint="leave them out")
    check_comparable(frame, columns, argument="columns")
    wanted = [F.col(quoted(name)) for name in columns]
    return frame.changed(frame.frame.repartition(*((number, *wanted) if number else wanted)))
