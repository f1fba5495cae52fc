"""Making a table the current rows."""

from __future__ import annotations

from functions.arguments.tables import UsesTable
from functions.catalog import function
from functions.workspace import Rows, Tables


@function
def use_table(tables: Tables, name: UsesTable) -> Rows:
    """Make a table the current rows; it stays a table, too.

    Rows that `name_table` named are as they were. Of a table without a schema every field becomes a column of text:
    text as it is, anything else as JSON; `cast` gives them types. What was current before is replaced.

    Args:
        name: The table.

    Example:
        ["load_rows", [{"id": 1, "name": "Ada"}]]
        ["name_table", "people"]
        ["load_rows", [{"id": 7, "total": 9.5}]]
        ["use_table", "people"]
    """
    return tables.rows(name, argument="name")
