"""Rows as ordered lists."""

from __future__ import annotations

from functions.arguments.tables import FieldName, MakesLists
from functions.catalog import function
from functions.schemaless.table import Table
from functions.workspace import Tables


@function
def json_to_list_for_tables(tables: Tables, fields: dict[MakesLists, list[FieldName]]) -> Tables:
    """Make each row an ordered list of some of its fields; a missing one gives null.

    This settles which columns a table is stored with, and in which order. A field may stand twice.

    Args:
        fields: For each table the fields in order: `{table: [field, …]}`.

    Example:
        ["load_rdd", "examples/orders.jsonl"]
        ["jsonify"]
        ["split_into_tables", {
            "orders": {"fields": ["order_id", "paid", "customer"]},
            "sales": {"fields": ["order_id", "items"]}
        }]
        ["group_by_table", ["orders", "sales"]]
        ["json_to_list_for_tables", {"orders": ["order_id", "paid"]}]
    """
    return tables.changed(fields, Table.as_lists, argument="fields")
