"""Choosing columns."""

from __future__ import annotations

from functions.arguments.columns import columns_named
from functions.arguments.targets import Columns
from functions.catalog import function
from functions.workspace import Rows


@function
def select(rows: Rows, columns: Columns) -> Rows:
    """Keep some columns, in the order in which they are named.

    Args:
        columns: The columns to keep: one, or a list.

    Example:
        ["load_rows", [{"id": 1, "name": "Ada", "age": 36}]]
        ["select", ["name", "id"]]
    """
    return Rows(rows.frame.select(*columns_named(rows, columns, argument="columns")))
