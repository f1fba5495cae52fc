"""Giving the current rows a name."""

from __future__ import annotations

from functions.arguments.tables import MakesTable
from functions.catalog import function
from functions.records.rejects import Rejects
from functions.workspace import Rows, Tables


@function
def name_table(rows: Rows, name: MakesTable, *, rejects: Rejects) -> Tables:
    """Make the current rows a table, for later steps to use by its name; they stay current, too.

    A table of the same name is replaced.

    Args:
        name: The table.

    Example:
        ["load_rows", [{"id": 1, "name": "Ada"}]]
        ["name_table", "people"]
    """
    rejects.name()
    return Tables({name: rows})
