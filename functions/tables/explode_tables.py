"""Making rows of lists."""

from __future__ import annotations

from functions.arguments.tables import FieldName, UsesFields
from functions.catalog import function
from functions.schemaless.table import Table
from functions.workspace import Tables


@function
def explode_tables(tables: Tables, fields: dict[UsesFields, list[FieldName]]) -> Tables:
    """Make a row for each object of a list.

    Each object of the list in the field gives a row: its fields, merged with the row's other fields, of which the
    row's own win. What is not an object in the list is passed over. A row whose field is missing, is no list, or
    lists no object stays as it is. Several fields of a table are exploded one after the other.

    Args:
        fields: For each table the fields to explode: `{table: [field, …]}`.

    Example:
        ["load_rdd", "examples/orders.jsonl"]
        ["jsonify"]
        ["split_into_tables", {
            "orders": {"fields": ["order_id", "paid", "customer"]},
            "sales": {"fields": ["order_id", "items"]}
        }]
        ["group_by_table", ["orders", "sales"]]
        ["explode_tables", {"sales": ["items"]}]
    """
    return tables.changed(fields, _exploded, argument="fields")


def _exploded(table: Table, fields: list[str]) -> Table:
    for field in fields:
        table = table.explode(field)
    return table
