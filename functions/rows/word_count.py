"""How often words stand in texts."""

from __future__ import annotations

from pyspark.sql import functions as F

from functions.catalog import function
from functions.check import ColumnName
from functions.words import WORD, Pattern, text_column, words_of
from functions.workspace import Rows


@function
def word_count(
    rows: Rows, column: ColumnName = "value", pattern: Pattern | None = None, ignore_case: bool = True
) -> Rows:
    """Count the words of a column of text: rows of `word` and `count`, the most frequent first.

    A word is a run of letters and digits of any script, unless a pattern says otherwise. Words that are equally
    frequent come in the order of their characters.

    Args:
        column: The column of text.
        pattern: A regular expression, in Java's syntax, that each word matches; null: letters and digits.
        ignore_case: Whether words that differ by case count as one, in lower case.

    Example:
        ["load_rdd", "README.md"]
        ["word_count"]
        ["take", 10]
    """
    text = text_column(rows, column, argument="column", function="word_count")
    words = rows.frame.select(F.explode(words_of(text, pattern or WORD, ignore_case=ignore_case)).alias("word"))
    return Rows(words.groupBy("word").count().sort(F.desc("count"), "word"))
