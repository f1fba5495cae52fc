"""White space, or other characters, at the ends of text."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints
from pyspark.sql import functions as F

from functions.arguments.column_types import text_columns
from functions.arguments.targets import AnyColumns, NewNames, mapped, placed
from functions.catalog import function
from functions.schemaless.strings import stripped
from functions.workspace import Rows, quoted


@function
def trim(
    rows: Rows,
    columns: AnyColumns = None,
    side: Literal["both", "left", "right"] = "both",
    characters: Annotated[str, StringConstraints(min_length=1, max_length=1000)] | None = None,
    to: NewNames = None,
) -> Rows:
    """Take white space, or other characters, from the ends of text.

    Args:
        columns: The columns of text: one, or a list; null: all.
        side: From which ends.
        characters: What to take away: each of these characters, in any order; null: white space, which is all that
            Unicode calls so.
        to: What to call the new columns, one for each of `columns`; null: the columns are changed in place.

    Example:
        ["load_rows", [{"name": "  Ada "}]]
        ["trim", "name"]
    """
    found = text_columns(rows, columns, "trim")
    if characters is None:
        made = {name: F.expr(stripped(quoted(name), side)) for name in found}
        return placed(rows, mapped(made, to, lambda text: text))
    change = {"both": F.trim, "left": F.ltrim, "right": F.rtrim}[side]
    taken = F.lit(characters)
    return placed(rows, mapped(found, to, lambda text: change(text, taken)))
