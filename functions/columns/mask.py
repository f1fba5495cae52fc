"""Text of which only the ends are shown."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints
from pyspark.sql import Column
from pyspark.sql import functions as F

from functions.arguments.column_types import text_columns
from functions.arguments.targets import Columns, NewNames, mapped, placed
from functions.catalog import function
from functions.workspace import Rows

_Length = Annotated[int, Field(ge=0, le=1000)]


@function
def mask(
    rows: Rows,
    columns: Columns,
    first: _Length = 0,
    last: _Length = 0,
    character: Annotated[str, StringConstraints(min_length=1, max_length=1)] = "*",
    length: _Length | None = None,
    to: NewNames = None,
) -> Rows:
    """Hide text behind a character, but for some characters at its ends.

    Text that is no longer than what would be shown is hidden as a whole. Null stays null, and empty text empty.

    Args:
        columns: The columns of text: one, or a list.
        first: How many characters to show at the start.
        last: How many characters to show at the end.
        character: What each hidden character becomes.
        length: How many such characters stand in the place of what is hidden, so that they do not tell how much it is;
            null: one for each.
        to: What to call the new columns, one for each of `columns`; null: the columns are changed in place.

    Example:
        ["load_rows", [{"card": "4111111111111111"}]]
        ["mask", "card", 0, 4]
    """

    def masked(text: Column) -> Column:
        amount = F.length(text)
        hidden = F.lit(character * length) if length is not None else F.repeat(F.lit(character), amount - first - last)
        whole = F.lit(character * length) if length is not None else F.repeat(F.lit(character), amount)
        # Of one side nothing is shown where 0 characters are, which `right` and `left` give as empty text.
        shown = F.concat(F.left(text, F.lit(first)), hidden, F.right(text, F.lit(last)))
        return F.when(text == "", text).when(amount > first + last, shown).otherwise(whole)

    return placed(rows, mapped(text_columns(rows, columns, "mask"), to, masked))
