"""Taking a table away."""

from __future__ import annotations

from functions.arguments.tables import DropsTable
from functions.catalog import function
from functions.workspace import Tables


@function
def drop_table(tables: Tables, name: DropsTable) -> Tables:
    """Forget a table; what was made of it stays.

    Args:
        name: The table.

    Example:
        ["load_rows", [{"id": 1, "name": "Ada"}]]
        ["name_table", "people"]
        ["drop_table", "people"]
    """
    tables.table(name, argument="name")
    return Tables({other: table for other, table in tables.tables.items() if other != name})
