"""Text in small letters."""

from __future__ import annotations

from pyspark.sql import functions as F

from functions.arguments.column_types import text_columns
from functions.arguments.targets import AnyColumns, NewNames, mapped, placed
from functions.catalog import function
from functions.workspace import Rows


@function
def lower(rows: Rows, columns: AnyColumns = None, to: NewNames = None) -> Rows:
    """Write text in small letters, of whatever alphabet.

    Args:
        columns: The columns of text: one, or a list; null: all.
        to: What to call the new columns, one for each of `columns`; null: the columns are changed in place.

    Example:
        ["load_rows", [{"email": "Ada@Example.org"}]]
        ["lower", "email"]
    """
    return placed(rows, mapped(text_columns(rows, columns, "lower"), to, F.lower))
