"""Taking texts apart into words."""

from __future__ import annotations

from typing import Literal

from pyspark.sql import functions as F

from functions.arguments.columns import ColumnName
from functions.catalog import function
from functions.words import Pattern, words
from functions.workspace import Rows


@function
def tokenize(
    rows: Rows,
    column: ColumnName = "value",
    into: ColumnName = "tokens",
    form: Literal["array", "rows"] = "array",
    pattern: Pattern | None = None,
    lowercase: bool = True,
) -> Rows:
    r"""Take a column of text apart into words, as an array or as a row each.

    Without a pattern a word is what `word_count` takes for one: a run of letters, marks, digits and `_`, of any script,
    with apostrophes between them. Words keep their order in the text. As an array, text without words gives an empty
    one, and null stays null; as rows, each word gets a copy of its row, and rows without words are dropped.

    Args:
        column: The column; that of lines is `value`.
        into: The column for the words; one that has this name is replaced.
        form: Whether the words come as an `array`, or as `rows`, one for each word.
        pattern: What a word is, as a regular expression of Java, such as `[a-z]+` or `\\S+`; it fits words, not what
            parts them. Null: as said above.
        lowercase: Whether the text is turned into small letters first.

    Example:
        ["load_rows", [{"id": 1, "text": "To be, or not to be"}]]
        ["tokenize", "text", "word", "rows"]
    """
    found = words(rows, column, pattern=pattern, lowercase=lowercase)
    return Rows(rows.frame.withColumn(into, F.explode(found) if form == "rows" else found))
