"""Lifting values out of nested objects."""

from __future__ import annotations

from functions.arguments.tables import FieldName, UsesFields
from functions.catalog import function
from functions.schemaless.cells import Cell, First
from functions.schemaless.table import Table
from functions.workspace import Tables


@function
def flatten_tables(
    tables: Tables, fields: dict[UsesFields, dict[FieldName, dict[FieldName, list[FieldName]]]]
) -> Tables:
    """Lift values out of nested objects into fields of their own.

    For each field, `new` becomes the value found at the path of keys inside it; then the field is dropped. A path
    that is missing gives no value, so what the row had as `new` stays. All paths look at the row as it was before
    the step.

    Args:
        fields: For each table the fields to flatten: `{table: {field: {new: [key, key, …]}}}`.

    Example:
        ["load_rdd", "examples/orders.jsonl"]
        ["jsonify"]
        ["split_into_tables", {
            "orders": {"fields": ["order_id", "paid", "customer"]},
            "sales": {"fields": ["order_id", "items"]}
        }]
        ["group_by_table", ["orders", "sales"]]
        ["flatten_tables", {"orders": {"customer": {"name": ["name"], "city": ["address", "city"]}}}]
    """
    return tables.changed(fields, _flattened, argument="fields")


def _flattened(table: Table, wanted: dict[str, dict[str, list[str]]]) -> Table:
    found: dict[str, list[Cell]] = {}
    for field, news in wanted.items():
        for new, path in news.items():
            found.setdefault(new, []).insert(0, table.get(field).at(path))
    for new, cells in found.items():
        if new not in wanted:
            cells.append(table.get(new))
    lifted = {new: First.of(cells) for new, cells in found.items()}
    return table.with_fields(lifted).without(field for field in wanted if field not in lifted)
