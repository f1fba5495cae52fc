"""Dropping rows that lack a field."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import Column

from functions.arguments.tables import FieldName, UsesFields
from functions.catalog import function
from functions.schemaless.table import Table
from functions.workspace import Tables


@function
def ensure_not_nulls(tables: Tables, fields: dict[UsesFields, list[FieldName]]) -> Tables:
    """Keep the rows in which every one of some fields is present and not null.

    Args:
        fields: For each table the fields that a row must have: `{table: [field, …]}`.

    Example:
        ["load_rdd", "examples/orders.jsonl"]
        ["jsonify"]
        ["split_into_tables", {
            "orders": {"fields": ["order_id", "paid", "customer"]},
            "sales": {"fields": ["order_id", "items"]}
        }]
        ["group_by_table", ["orders", "sales"]]
        ["ensure_not_nulls", {"orders": ["order_id", "customer"]}]
    """
    return tables.changed(fields, _complete, argument="fields")


def _complete(table: Table, fields: list[str]) -> Table:
    present = [table.get(field).is_present() for field in fields]
    return table.where(reduce(Column.__and__, present)) if present else table
