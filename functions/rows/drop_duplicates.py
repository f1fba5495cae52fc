"""Dropping rows that repeat earlier ones in some columns."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo
from pyspark.sql import Window
from pyspark.sql import functions as F

from functions.arguments.columns import ColumnNames
from functions.arguments.ordering import OrderBy, OrderKey, comparable, ordered_by
from functions.catalog import function
from functions.check import refuse
from functions.member_faults import MemberFaults
from functions.workspace import Frame, Rows, quoted, unused_name

_Keep = Literal["any", "first", "last"]


def _fits(order: list[OrderKey] | None, info: ValidationInfo) -> list[OrderKey] | None:
    keep = info.data.get("keep", "any")
    if keep != "any" and order is None:
        raise refuse("order_missing", f'keep="{keep}" needs an order', 'such as ["id"], or keep any')
    if keep == "any" and order is not None:
        raise refuse("order_unused", "an order has no effect where any row is kept", "keep first or last")
    return order


@function
def drop_duplicates(
    rows: Rows,
    columns: ColumnNames | None = None,
    keep: _Keep = "any",
    order: Annotated[OrderBy | None, AfterValidator(_fits), Field(validate_default=True)] = None,
) -> Frame:
    """Of rows that are equal in some columns keep one; lines stay lines.

    Nulls are equal to one another. Rows come in no settled order afterwards. Of rows that are equal in `order`, too,
    any may be kept.

    Args:
        columns: The columns in which rows are compared; null: all.
        keep: Which row is kept: `any`, or the `first` or `last` by `order`.
        order: What first and last go by: columns, as `sort` takes them; null comes last unless it is said otherwise.

    Example:
        ["load_rows", [{"id": 1, "version": 1, "name": "Ada"}, {"id": 1, "version": 2, "name": "Ada L."}]]
        ["drop_duplicates", ["id"], "last", ["version"]]
    """
    names = list(rows.columns) if columns is None else columns
    wrong = MemberFaults("columns")
    with wrong.at():
        found = comparable(rows, names, argument=None if columns is None else "columns")
    with wrong.at():
        keys = [key if keep == "first" else key.reversed() for key in order or ()]
        orders = ordered_by(rows, keys, argument="order")
    wrong.check()
    if order is None or not names:
        return rows.changed(rows.frame.dropDuplicates(names) if names else rows.frame.limit(1))
    window = Window.partitionBy(*found).orderBy(*orders)
    place = unused_name(rows.columns, "place")
    numbered = rows.frame.withColumn(place, F.row_number().over(window))
    return rows.changed(numbered.where(F.col(quoted(place)) == 1).drop(F.col(quoted(place))))
