"""Dropping rows that lack values."""

from __future__ import annotations

from functools import reduce
from typing import Literal

from pyspark.sql import Column

from functions.arguments.columns import ColumnNames, columns_named
from functions.catalog import function
from functions.workspace import Rows


@function
def drop_nulls(rows: Rows, columns: ColumnNames | None = None, how: Literal["any", "all"] = "any") -> Rows:
    """Drop the rows that hold a null in any, or in all, of some columns.

    Only null counts: empty text and NaN are values.

    Args:
        columns: The columns to look at; null: all.
        how: Whether one null is enough to drop a row (`any`), or every column must be null (`all`).

    Example:
        ["load_rows", [{"name": "Ada", "age": 36}, {"name": "Bob", "age": null}]]
        ["drop_nulls", ["age"]]
    """
    names = rows.columns if columns is None else columns
    is_given = [column.isNotNull() for column in columns_named(rows, names, argument="columns")]
    if not is_given:
        return rows
    return Rows(rows.frame.where(reduce(Column.__and__ if how == "any" else Column.__or__, is_given)))
