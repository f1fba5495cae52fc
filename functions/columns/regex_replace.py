"""Other text in place of what a regular expression finds."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints
from pyspark.sql import functions as F

from functions.arguments.column_types import text_columns
from functions.arguments.patterns import Pattern, check_replacement
from functions.arguments.targets import Columns, NewNames, mapped, placed
from functions.catalog import function
from functions.workspace import Rows


@function
def regex_replace(
    rows: Rows,
    columns: Columns,
    pattern: Pattern,
    replacement: Annotated[str, StringConstraints(max_length=1000)] = "",
    to: NewNames = None,
) -> Rows:
    r"""Replace every match of a regular expression in text.

    The pattern is one of Java; `(?i)` at its start makes large and small letters the same. Text without a match stays.

    Args:
        columns: The columns of text: one, or a list.
        pattern: The regular expression; it may match anywhere in the text.
        replacement: What comes in place of a match: `$1` is the first group of the pattern, `$0` the whole match, `\$`
            a dollar and `\\` a backslash; empty: the match goes.
        to: What to call the new columns, one for each of `columns`; null: the columns are changed in place.

    Example:
        ["load_rows", [{"phone": "030/12 34-5"}]]
        ["regex_replace", "phone", "[^0-9]", ""]
    """
    texts = text_columns(rows, columns, "regex_replace")
    check_replacement(rows.frame.sparkSession, pattern, replacement)
    return placed(rows, mapped(texts, to, lambda text: F.regexp_replace(text, pattern, replacement)))
