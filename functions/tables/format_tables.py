"""Formatting values."""

from __future__ import annotations

from functions.arguments.tables import FieldName, UsesFields
from functions.catalog import function
from functions.schemaless.formatter import FormatterName, formatters
from functions.schemaless.table import Table
from functions.workspace import Tables


@function
def format_tables(tables: Tables, fields: dict[UsesFields, dict[FieldName, FormatterName]]) -> Tables:
    """Apply a formatter to fields where they are present.

    A value that the formatter cannot read becomes null. `docs/catalog.md` lists the formatters.

    Args:
        fields: For each table the formatter of each field: `{table: {field: formatter}}`.

    Example:
        ["load_rdd", "examples/orders.jsonl"]
        ["jsonify"]
        ["split_into_tables", {
            "orders": {"fields": ["order_id", "paid", "customer"]},
            "sales": {"fields": ["order_id", "items"]}
        }]
        ["group_by_table", ["orders", "sales"]]
        ["format_tables", {"orders": {"order_id": "ensure_int", "paid": "ensure_boolean"}}]
    """
    return tables.changed(fields, _formatted, argument="fields")


def _formatted(table: Table, wanted: dict[str, str]) -> Table:
    found = {field: formatters().find(name, argument="fields") for field, name in wanted.items()}
    kinds = [field for field, formatter in found.items() if formatter.is_tagged]
    return table.mapped({field: formatter.call for field, formatter in found.items()}, kinds=kinds)
