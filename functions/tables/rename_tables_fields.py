"""Renaming fields."""

from __future__ import annotations

from functions.arguments.tables import FieldName, UsesFields
from functions.catalog import function
from functions.schemaless.cells import Cell, First
from functions.schemaless.table import Table
from functions.workspace import Tables


@function
def rename_tables_fields(tables: Tables, fields: dict[UsesFields, dict[FieldName, FieldName]]) -> Tables:
    """Rename fields of tables.

    All renames of a step look at the row as it was before, so two fields can change places. A row without the old
    field keeps what it had under the new name.

    Args:
        fields: For each table the new names by old name: `{table: {old: new}}`.

    Example:
        ["load_rdd", "examples/orders.jsonl"]
        ["jsonify"]
        ["split_into_tables", {
            "orders": {"fields": ["order_id", "paid", "customer"]},
            "sales": {"fields": ["order_id", "items"]}
        }]
        ["group_by_table", ["orders", "sales"]]
        ["rename_tables_fields", {"orders": {"order_id": "id"}}]
    """
    return tables.changed(fields, _renamed, argument="fields")


def _renamed(table: Table, names: dict[str, str]) -> Table:
    found: dict[str, list[Cell]] = {}
    for old, new in names.items():
        found.setdefault(new, []).insert(0, table.get(old))
    for new, cells in found.items():
        if new not in names:
            cells.append(table.get(new))
    renamed = {new: First.of(cells) for new, cells in found.items()}
    return table.with_fields(renamed).without(old for old in names if old not in renamed)
