"""Structs taken apart into columns."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints
from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from functions.arguments.column_types import columns_of_type
from functions.arguments.targets import AnyColumns
from functions.catalog import function
from functions.errors import StepFailed
from functions.structs import fields_of
from functions.workspace import Rows, quoted


@function
def flatten_struct(
    rows: Rows,
    columns: AnyColumns = None,
    separator: Annotated[str, StringConstraints(max_length=100)] = ".",
    recursive: bool = False,
) -> Rows:
    """Take structs apart: each field becomes a column, named for the struct and the field.

    The new columns stand in the place of the struct. Where the struct is null, so are they. Two columns of one name are
    refused.

    Args:
        columns: The columns that are structs: one, or a list; null: all.
        separator: What stands between the names of the struct and the field, such as in `address.city`.
        recursive: Whether structs in structs are taken apart, too, down to what is none; lists stay as they are.

    Example:
        ["load_rows", [{"id": 1, "address": {"city": "London", "at": {"lat": 51.5}}}]]
        ["flatten_struct", "address", "_", true]
    """
    wanted = columns or [name for name in rows.columns if isinstance(rows.type_of(name), StructType)]
    columns_of_type(rows, wanted, StructType, "`flatten_struct` takes structs")
    made: dict[str, Column] = {}
    for name in rows.columns:
        column = F.col(quoted(name))
        flat = fields_of(column, rows.type_of(name), name, separator, recursive) if name in wanted else {name: column}
        twice = next((new for new in flat if new in made), None)
        if twice is not None:
            raise StepFailed(
                f"two columns would be named `{twice[:100]}`",
                argument="separator",
                hint="choose another separator, or rename or drop one of the columns before",
            )
        made |= flat
    if not made:
        raise StepFailed("no column would be left: the structs have no fields", argument="columns")
    return Rows(rows.frame.select(*[column.alias(name) for name, column in made.items()]))
