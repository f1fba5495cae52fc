"""Spreading rows over partitions."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo

from functions.arguments.columns import ColumnNames
from functions.arguments.ordering import comparable
from functions.catalog import function
from functions.check import flow_of, refuse
from functions.errors import StepFailed
from functions.partitions import PartitionCount
from functions.workspace import Frame, Objects, Rows

_NO_COLUMNS = "objects have no columns"
_NO_COLUMNS_HINT = "give the number alone"


def _can_name(columns: list[str] | None, info: ValidationInfo) -> list[str] | None:
    flow = flow_of(info)
    if columns is None and "number" in info.data and info.data["number"] is None:
        raise refuse("nothing_given", "needs a `number`, `columns`, or both", "such as 8")
    if columns is not None and flow is not None and flow.frame is not None and issubclass(flow.frame, Objects):
        raise refuse("objects_have_no_columns", _NO_COLUMNS, _NO_COLUMNS_HINT)
    return columns


@function
def repartition(
    frame: Frame,
    number: PartitionCount | None = None,
    columns: Annotated[ColumnNames | None, AfterValidator(_can_name), Field(validate_default=True)] = None,
) -> Frame:
    """Spread rows evenly over partitions, or by some columns.

    The rows are the same; every one is moved, and their order is lost. With columns, rows that are equal in these
    come into one partition. Worth its cost before much work on few partitions, and to settle how many files are stored.

    Args:
        number: How many partitions, from 1 to 10,000; null: as many as Spark finds right for the data.
        columns: Rows that are equal in these columns stay together; null: rows are dealt out evenly.

    Example:
        ["load_range", 1000]
        ["repartition", 4]
    """
    if columns is None:
        # The check at submission made sure that there is a number then.
        return frame.changed(frame.frame.repartition(number or 1))
    if not isinstance(frame, Rows):
        raise StepFailed(_NO_COLUMNS, argument="columns", hint=_NO_COLUMNS_HINT)
    found = comparable(frame, columns, argument="columns")
    spread = frame.frame.repartition(*found) if number is None else frame.frame.repartition(number, *found)
    return frame.changed(spread)
