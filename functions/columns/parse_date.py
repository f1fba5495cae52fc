"""Dates written as text."""

from __future__ import annotations

from pyspark.sql import functions as F

from functions.arguments.column_types import text_columns
from functions.arguments.datetime_patterns import Patterns, check_patterns
from functions.arguments.targets import Columns, NewNames, mapped
from functions.catalog import function
from functions.records.bad_records import Conversion, MaxRejects, OnError, convert
from functions.records.rejects import Rejects
from functions.workspace import Rows


@function
def parse_date(
    rows: Rows,
    columns: Columns,
    format: Patterns = ["yyyy-MM-dd"],  # noqa: A002, B006 - the step's argument; nothing changes it
    to: NewNames = None,
    on_error: OnError = "reject",
    max_rejects: MaxRejects = None,
    *,
    rejects: Rejects,
) -> Rows:
    """Read dates that are written as text.

    A text that fits no format, or names no real day, is at fault; null stays null. Spaces at the ends do not matter. A
    format without month or day means the first; a time that it has is read and left out.

    Args:
        columns: The columns of text: one, or a list.
        format: How the dates are written, in Spark's letters (`dd.MM.yyyy`, `MMM d, y`), or a list of formats, of which
            the first that fits counts.
        to: What to call the new columns, one for each of `columns`; null: the columns are changed in place.
        on_error: What becomes of a row with a text at fault: set aside (`reject`), kept with null in its place
            (`null`), or the end of the job (`fail`).
        max_rejects: How many rows may be set aside before the job fails: a count, or a share below 1; null: any number.

    Example:
        ["load_rows", [{"born": "10.12.1815"}, {"born": "1906-12-09"}]]
        ["parse_date", "born", ["yyyy-MM-dd", "dd.MM.yyyy"]]
    """
    texts = text_columns(rows, columns, "parse_date")
    check_patterns(rows.frame.sparkSession, format)
    made = mapped(texts, to, lambda text: F.coalesce(*[F.try_to_date(F.trim(text), pattern) for pattern in format]))
    wanted = f"a date written {' or '.join(format)}"
    conversions = {
        name: Conversion(value, [source], wanted) for (name, value), source in zip(made.items(), texts, strict=True)
    }
    return convert(rows, conversions, on_error, max_rejects, rejects=rejects)
