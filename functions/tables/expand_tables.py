"""Giving every row a field."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from functions.arguments.json_values import JsonValue
from functions.arguments.tables import FieldName, UsesFields
from functions.catalog import function
from functions.schemaless.cells import Constant
from functions.schemaless.table import Table
from functions.workspace import Tables


class Expansion(BaseModel):
    """A field and the value that every row gets in it."""

    model_config = ConfigDict(extra="forbid")

    field: FieldName
    default_value: JsonValue


@function
def expand_tables(tables: Tables, fields: dict[UsesFields, list[Expansion]]) -> Tables:
    """Set a field to the same value on every row.

    The value replaces what a row had. A null takes the field away, since absent and null are the same.

    Args:
        fields: For each table the fields and their values: `{table: [{"field": name, "default_value": any JSON}]}`.

    Example:
        ["load_rdd", "examples/orders.jsonl"]
        ["jsonify"]
        ["split_into_tables", {
            "orders": {"fields": ["order_id", "paid", "customer"]},
            "sales": {"fields": ["order_id", "items"]}
        }]
        ["group_by_table", ["orders", "sales"]]
        ["expand_tables", {"orders": [{"field": "source", "default_value": "import"}]}]
    """
    return tables.changed(fields, _expanded, argument="fields")


def _expanded(table: Table, expansions: list[Expansion]) -> Table:
    return table.with_fields({item.field: Constant(item.default_value) for item in expansions})
