"""Counting words."""

from __future__ import annotations

from pyspark.sql import functions as F

from functions.arguments.columns import ColumnName
from functions.catalog import function
from functions.words import words
from functions.workspace import Rows


@function
def word_count(rows: Rows, column: ColumnName = "value", lowercase: bool = True) -> Rows:
    """Count how often each word occurs in a column of text: rows of `word` and `count`.

    A word is a run of letters, marks, digits and `_`, of any script; an apostrophe (`'` or U+2019) between two of them
    belongs to it, everything else parts words: `Ada's well-known café_2` has the words `ada's`, `well`, `known` and
    `café_2`. Scripts that write no spaces, such as Chinese, are not parted. Text is not normalised: an `é` of one
    character and one of two differ. Null has no words. Rows come in no settled order; `sort` gives them one.

    Args:
        column: The column; that of lines is `value`.
        lowercase: Whether capital and small letters are the same, and words are written in small ones.

    Example:
        ["load_rdd", "README.md"]
        ["word_count"]
    """
    found = rows.frame.select(F.explode(words(rows, column, lowercase=lowercase)).alias("word"))
    return Rows(found.groupBy("word").count())
