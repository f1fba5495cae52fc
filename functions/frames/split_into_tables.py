"""Picking the fields of each table out of objects."""

from __future__ import annotations

from itertools import chain

from pyspark.sql import functions as F

from functions.arguments.tables import Parts
from functions.catalog import function
from functions.schemaless import values
from functions.workspace import Objects


@function
def split_into_tables(objects: Objects, tables: Parts) -> Objects:
    """Split each object into the fields of some tables.

    Each object becomes `{table: {field: value or null}}`, where the values are the object's fields of these names.
    A field may go to several tables. A JSON value that is no object has no fields, and so gives rows without values.
    `group_by_table` makes tables of the result.

    Args:
        tables: The fields of each table: `{table: {"fields": [field, …]}}`.

    Example:
        ["load_rdd", "examples/orders.jsonl"]
        ["jsonify"]
        ["split_into_tables", {
            "orders": {"fields": ["order_id", "paid", "customer"]},
            "sales": {"fields": ["order_id", "items"]}
        }]
    """
    parts = {table: tuple(dict.fromkeys(part.fields)) for table, part in tables.items()}
    places = {field: f"field:{place}" for place, field in enumerate(dict.fromkeys(chain(*parts.values())))}
    # Two projections, since the second reads each value twice.
    wide = objects.frame.select(*[objects.raw(field).alias(place) for field, place in places.items()])
    columns = [
        values.not_null(F.col(places[field])).alias(Objects.part_column(table, field))
        for table, fields in parts.items()
        for field in fields
    ]
    return Objects(wide.select(*columns), parts, objects.source if objects.parts is None else None)
