"""Words of texts."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, StringConstraints
from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import StringType

from functions.check import refuse
from functions.errors import StepFailed
from functions.workspace import Rows

#: Runs of letters, with their marks, and digits, of any script.
WORD = r"[\p{L}\p{M}\p{N}]+"


def _pattern(text: str) -> str:
    """Java knows some forms that Python does not, so that only what both refuse can be told here."""
    try:
        re.compile(re.sub(r"\\[pP]\{\w+\}|\\[pP]\w", "a", text))
    except re.error as error:
        raise refuse("bad_pattern", f"is no regular expression: {error}", "such as [a-z]+") from error
    return text


#: A regular expression, as Java has them.
Pattern = Annotated[str, StringConstraints(min_length=1, max_length=1000), AfterValidator(_pattern)]


def text_column(rows: Rows, name: str, *, argument: str, function: str) -> Column:
    """A column of text.

    Raises:
        StepFailed: When it is missing, or holds something else.
    """
    column = rows.column(name, argument=argument)
    kind = rows.type_of(name)
    if not isinstance(kind, StringType):
        raise StepFailed(
            f"the column `{name}` is {kind.simpleString()}; `{function}` takes text",
            argument=argument,
            hint="cast makes text of numbers and dates, to_json_column of lists and objects",
        )
    return column


def words_of(text: Column, pattern: str, *, ignore_case: bool) -> Column:
    """The words of a text, in order: an array of strings; NULL for NULL."""
    found = F.lower(text) if ignore_case else text
    return F.regexp_extract_all(found, F.lit(pattern), F.lit(0))
