"""Picking the fields of each table out of objects."""

from __future__ import annotations

from functions.catalog import function
from functions.check import Parts
from functions.workspace import Objects


@function
def split_into_tables(objects: Objects, tables: Parts) -> Objects:
    """Split each object into the fields of some tables.

    Each object becomes `{table: {field: value or null}}`, where the values are the object's fields of these names.
    A field may go to several tables. `group_by_table` makes tables of the result.

    Args:
        tables: The fields of each table: `{table: {"fields": [field, …]}}`.

    Example:
        ["split_into_tables", {"people": {"fields": ["id", "name"]}, "orders": {"fields": ["id", "items"]}}]
    """
    parts = {table: tuple(dict.fromkeys(part.fields)) for table, part in tables.items()}
    columns = [
        objects.get(field).alias(Objects.part_column(table, field))
        for table, fields in parts.items()
        for field in fields
    ]
    return Objects(objects.frame.select(*columns), parts)
