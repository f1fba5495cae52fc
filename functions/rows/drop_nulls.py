"""Dropping rows that lack values."""

from __future__ import annotations

from functools import partial, reduce
from typing import Literal

from pyspark.sql import Column

from functions.arguments.column_types import given
from functions.arguments.columns import ColumnNames
from functions.catalog import function
from functions.member_faults import each_made
from functions.workspace import Rows


@function
def drop_nulls(rows: Rows, columns: ColumnNames | None = None, how: Literal["any", "all"] = "any") -> Rows:
    """Drop the rows that hold a null in any, or in all, of some columns.

    Only null counts, and that of JSON in a VARIANT: empty text, NaN, empty lists, and structs whose fields are all
    null are values.

    Args:
        columns: The columns to look at; null: all.
        how: Whether one null is enough to drop a row (`any`), or every column must be null (`all`).

    Example:
        ["load_rows", [{"name": "Ada", "age": 36}, {"name": "Bob", "age": null}]]
        ["drop_nulls", ["age"]]
    """
    names = rows.columns if columns is None else columns
    found = [
        column.isNotNull() for column in each_made(names, partial(given, rows, argument="columns"), argument="columns")
    ]
    if not found:
        return rows
    return Rows(rows.frame.where(reduce(Column.__and__ if how == "any" else Column.__or__, found)))
