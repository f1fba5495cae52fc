"""The words of a text."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints
from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import StringType

from functions.arguments.column_types import of_type
from functions.constants import error_of, text_literal
from functions.errors import StepFailed
from functions.workspace import Rows

#: Letters, marks, digits and `_` of any script; an apostrophe between two of them belongs to the word.
WORD = r"[\p{L}\p{M}\p{N}_]+(?:['\u2019][\p{L}\p{M}\p{N}_]+)*"
#: A regular expression as Java has them.
Pattern = Annotated[str, StringConstraints(min_length=1, max_length=1000)]


def words(rows: Rows, column: str, *, pattern: str | None = None, lowercase: bool = True) -> Column:
    """The words of a column of text, in their order, as an array of strings; NULL where there is no text.

    Args:
        rows: The rows.
        column: The column.
        pattern: What a word is; None: `WORD`.
        lowercase: Whether they are written in small letters.

    Raises:
        StepFailed: When there is no such column (argument `column`), it holds no text, or Java does not understand the
            pattern (argument `pattern`).
    """
    text = of_type(rows, column, StringType, "only text has words", argument="column")
    if pattern is not None:
        _check(rows, pattern)
    found = F.regexp_extract_all(F.lower(text) if lowercase else text, F.lit(pattern or WORD), F.lit(0))
    # A pattern that fits no letters at all finds empty words between all others.
    return found if pattern is None else F.filter(found, lambda word: word != "")


def _check(rows: Rows, pattern: str) -> None:
    """Lets Spark read the pattern."""
    error = error_of(rows.frame.sparkSession, f"regexp_count('', {text_literal(pattern)})")
    if error is not None:
        raise StepFailed(
            f"`{pattern[:100]}` is no regular expression",
            argument="pattern",
            hint="see java.util.regex.Pattern; a backslash in JSON is written twice",
        ) from error
