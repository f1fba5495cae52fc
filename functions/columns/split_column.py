"""Text cut into parts."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import StringConstraints
from pyspark.sql import functions as F

from functions.arguments.column_types import text_columns
from functions.arguments.columns import ColumnName
from functions.arguments.patterns import check_pattern
from functions.arguments.targets import AnyColumns, placed
from functions.catalog import function
from functions.errors import StepFailed
from functions.workspace import Rows


@function
def split_column(
    rows: Rows,
    column: ColumnName,
    separator: Annotated[str, StringConstraints(min_length=1, max_length=1000)],
    to: AnyColumns = None,
    into: Literal["list", "columns"] | None = None,
    rest: Literal["drop", "last"] = "drop",
    regex: bool = False,
) -> Rows:
    """Cut text at a separator: into a list, or into columns.

    Null gives null; empty text gives one empty part. Into columns, a part that is missing is null, and the column that
    is cut stays, unless one of the new ones has its name.

    Args:
        column: The column of text.
        separator: What stands between the parts.
        to: What to call the list, or a list of names for the columns of the parts; null: a list in place.
        into: Whether to make a `list` or `columns`; null: columns where `to` has several names.
        rest: What becomes of more parts than columns: they go (`drop`), or stay in the last column with their
            separators (`last`).
        regex: Whether the separator is a regular expression of Java.

    Example:
        ["load_rows", [{"name": "Ada Lovelace"}, {"name": "Plato"}]]
        ["split_column", "name", " ", ["first", "last"]]
    """
    text = text_columns(rows, [column], "split_column", argument="column")[column]
    if regex:
        check_pattern(rows.frame.sparkSession, separator, argument="separator")
    pattern = separator if regex else re.sub(r"[^\w\s]", r"\\\g<0>", separator, flags=re.ASCII)
    names = to or [column]
    if into == "list" or (into is None and len(names) == 1):
        if len(names) > 1:
            raise StepFailed("several names for one list", argument="to", hint='`into: "columns"` makes columns')
        return placed(rows, {names[0]: F.split(text, pattern)})
    parts = F.split(text, pattern, len(names) if rest == "last" else len(names) + 1)
    return placed(rows, {name: F.get(parts, F.lit(place)) for place, name in enumerate(names)})
