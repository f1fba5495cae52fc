"""What a regular expression finds in text."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pyspark.sql import functions as F

from functions.arguments.column_types import text_columns
from functions.arguments.columns import ColumnName
from functions.arguments.patterns import Pattern, check_pattern
from functions.catalog import function
from functions.records.bad_records import Conversion, MaxRejects, OnError, convert
from functions.records.rejects import Rejects
from functions.workspace import Rows


@function
def regex_extract(
    rows: Rows,
    column: ColumnName,
    pattern: Pattern,
    group: Annotated[int, Field(ge=0, le=100)] = 0,
    to: ColumnName | None = None,
    on_error: OnError = "null",
    max_rejects: MaxRejects = None,
    *,
    rejects: Rejects,
) -> Rows:
    r"""Take out of text what the first match of a regular expression holds.

    Text without a match is at fault; null stays null. A group that took no part in the match gives empty text. The
    pattern is one of Java; `(?i)` at its start makes large and small letters the same.

    Args:
        column: The column of text.
        pattern: The regular expression; it may match anywhere in the text.
        group: Which group to take, counted by opening parentheses from 1; 0: the whole match.
        to: What to call the new column; null: the column is changed in place.
        on_error: What becomes of a row whose text has no match: null in its place (`null`), set aside (`reject`), or
            the end of the job (`fail`).
        max_rejects: How many rows may be set aside before the job fails: a count, or a share below 1; null: any number.

    Example:
        ["load_rows", [{"line": "GET /index.html 200"}, {"line": "?"}]]
        ["regex_extract", "line", " ([0-9]{3})$", 1, "status"]
    """
    text = text_columns(rows, [column], "regex_extract", argument="column")[column]
    check_pattern(rows.frame.sparkSession, pattern, group=group)
    found = F.regexp_extract(text, pattern, group)
    # Empty text is no match, or an empty one: only there the pattern is tried again.
    value = F.coalesce(F.nullif(found, F.lit("")), F.when(text.rlike(pattern), F.lit("")))
    made = Conversion(value, [column], "matched by the pattern")
    return convert(rows, {to or column: made}, on_error, max_rejects, rejects=rejects)
