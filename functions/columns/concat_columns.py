"""Text put together from columns."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints
from pyspark.sql import functions as F

from functions.arguments.column_types import PLAIN, columns_of_type
from functions.arguments.columns import ColumnName, ColumnNames
from functions.arguments.targets import placed
from functions.catalog import function
from functions.workspace import Rows


@function
def concat_columns(
    rows: Rows,
    columns: ColumnNames,
    to: ColumnName,
    separator: Annotated[str, StringConstraints(max_length=1000)] = "",
    nulls: Literal["skip", "empty", "null"] = "skip",
) -> Rows:
    """Put the values of columns together as one text.

    Numbers, booleans, dates and times (in UTC) are written as text. The columns stay; `to` may be one of them.

    Args:
        columns: The columns, in order.
        to: What to call the new column.
        separator: What stands between the values.
        nulls: What a null does: it is left out with its separator (`skip`), counts as empty text (`empty`), or makes
            the whole null (`null`).

    Example:
        ["load_rows", [{"first": "Ada", "last": "Lovelace"}]]
        ["concat_columns", ["first", "last"], "name", " "]
    """
    found = columns_of_type(rows, columns, PLAIN, "`concat_columns` takes plain values")
    texts = [column.cast("string") for column in found.values()]
    if nulls == "null":
        between = [part for text in texts for part in (F.lit(separator), text)][1:]
        return placed(rows, {to: F.concat(*between)})
    if nulls == "empty":
        texts = [F.coalesce(text, F.lit("")) for text in texts]
    return placed(rows, {to: F.concat_ws(separator, *texts)})
