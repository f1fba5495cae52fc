"""Texts as words."""

from __future__ import annotations

from pyspark.sql import functions as F

from functions.catalog import function
from functions.check import ColumnName
from functions.words import WORD, Pattern, text_column, words_of
from functions.workspace import Rows, quoted


@function
def tokenize(
    rows: Rows,
    column: ColumnName = "value",
    to: ColumnName = "words",
    pattern: Pattern | None = None,
    ignore_case: bool = True,
    explode: bool = False,
) -> Rows:
    """Take the words out of a column of text.

    A word is a run of letters and digits of any script, unless a pattern says otherwise. Null has no words: null as a
    list, no rows when exploded.

    Args:
        column: The column of text.
        to: The column for the words; one of that name is replaced.
        pattern: A regular expression, in Java's syntax, that each word matches; null: letters and digits.
        ignore_case: Whether words become lower case.
        explode: Whether each word becomes a row of its own, beside the row's other columns; else the words become a
            list.

    Example:
        ["load_rdd", "README.md"]
        ["tokenize"]
    """
    text = text_column(rows, column, argument="column", function="tokenize")
    words = words_of(text, pattern or WORD, ignore_case=ignore_case)
    if not explode:
        return Rows(rows.frame.withColumn(to, words))
    listed = rows.frame.withColumn(_WORDS, words)
    kept = [F.col(quoted(name)) for name in rows.columns if name != to]
    return Rows(listed.select(*kept, F.explode(quoted(_WORDS)).alias(to)))


_WORDS = "tokenize:words"
