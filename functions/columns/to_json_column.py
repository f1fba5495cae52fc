"""JSON text of values."""

from __future__ import annotations

from typing import Literal

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DataType, MapType, StructType, VariantType

from functions.arguments.columns import columns_named
from functions.arguments.targets import AnyColumns, placed
from functions.catalog import function
from functions.constants import JSON_TIMES
from functions.errors import StepFailed
from functions.json_text import writable
from functions.workspace import Rows


@function
def to_json_column(
    rows: Rows,
    columns: AnyColumns = None,
    to: AnyColumns = None,
    as_object: bool = False,
    nulls: Literal["keep", "drop"] = "keep",
) -> Rows:
    """Write values as JSON text: each column by itself, or several together as one object.

    Structs and maps become objects, lists lists; text gets its quotes; dates, times (in UTC, to the microsecond) and
    binary data (Base64) become text. By itself a null stays null.

    Args:
        columns: The columns: one, or a list; null: all.
        to: What to call the new columns, one for each of `columns`, or the one object; null: the columns are changed in
            place.
        as_object: Whether the columns become one object, with their names as keys; they stay, and `to` names it.
        nulls: Whether fields that are null are written (`keep`) or left out (`drop`).

    Example:
        ["load_rows", [{"id": 1, "tags": ["a", "b"]}]]
        ["to_json_column", "tags"]
    """
    names = list(rows.columns if columns is None else columns)
    found = [
        writable(column, rows.type_of(name))
        for name, column in zip(names, columns_named(rows, names, argument="columns"), strict=True)
    ]
    options = {"ignoreNullFields": str(nulls == "drop").lower(), **JSON_TIMES}
    wanted = 1 if as_object else len(names)
    if len(to or ()) != wanted and (as_object or to is not None):
        raise StepFailed(
            f"names {len(to or ())} columns to make of {wanted}",
            argument="to",
            hint="name the object" if as_object else "name one for each of `columns`; `as_object` makes one of several",
        )
    if as_object:
        whole = F.struct(*[column.alias(name) for name, column in zip(names, found, strict=True)])
        return placed(rows, {name: F.to_json(whole, options) for name in to or ()})
    texts = [_text(column, rows.type_of(name), options) for name, column in zip(names, found, strict=True)]
    return placed(rows, dict(zip(to or names, texts, strict=True)))


def _text(column: Column, kind: DataType, options: dict[str, str]) -> Column:
    if isinstance(kind, StructType | ArrayType | MapType | VariantType):
        return F.to_json(column, options)
    text = F.to_json(F.struct(column.alias("v")), JSON_TIMES)
    return F.when(column.isNotNull(), F.substring(text, F.lit(len('{"v":') + 1), F.length(text) - len('{"v":}')))
