"""Making tables of objects."""

from __future__ import annotations

from functions.arguments.tables import PartName
from functions.catalog import function
from functions.member_faults import each_made
from functions.workspace import Objects, Tables


@function
def group_by_table(objects: Objects, table_names: list[PartName]) -> Tables:
    """Make a table for each name, of the objects that stand under it.

    After `split_into_tables` every object gives each table one row, with the fields that were named there. Objects
    that were not split give a row for each object found under the name; where there is none, or something else
    than an object, there is no row. A table of the same name is replaced; other tables of the job stay.

    Args:
        table_names: The tables to make.

    Example:
        ["load_rdd", "examples/orders.jsonl"]
        ["jsonify"]
        ["split_into_tables", {
            "orders": {"fields": ["order_id", "paid", "customer"]},
            "sales": {"fields": ["order_id", "items"]}
        }]
        ["group_by_table", ["orders", "sales"]]
    """
    made = each_made(table_names, lambda name: objects.table(name, argument="table_names"), argument="table_names")
    return Tables(dict(zip(table_names, made, strict=True)))
