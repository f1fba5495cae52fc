"""Admitted SQL expressions as columns of rows, with every mistake told before anything runs."""

from __future__ import annotations

import re

from pyspark.errors import PySparkException
from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import DataType

from functions.errors import StepFailed
from functions.expressions.admission import columns_of
from functions.workspace import Rows

_LONGEST = 300


def evaluated(rows: Rows, expression: str, *, argument: str) -> tuple[Column, DataType]:
    """An expression as a column of the rows, and its type.

    Args:
        rows: The rows that it reads.
        expression: An admitted expression; see `functions.expressions`.
        argument: The step's argument that holds it, for messages.

    Raises:
        StepFailed: When it names a column that is not there, or Spark says that it does not fit the columns.
    """
    for name in sorted(columns_of(expression)):
        rows.column(name, argument=argument)
    value = F.expr(expression)
    try:
        # A name of its own: an expression's text may be longer than a name should be.
        kind = rows.frame.select(value.alias("value")).schema["value"].dataType
    except PySparkException as error:
        hint = "look at the types of the columns (step `schema`); cast() changes one"
        raise StepFailed(spark_words(str(error)), argument=argument, hint=hint) from error
    return value, kind


def spark_words(text: str) -> str:
    """What Spark says is wrong, without its codes and the plan that it shows."""
    first = re.split(r"\s*SQLSTATE:|\n|; line \d+ pos \d+", text.strip(), maxsplit=1)[0]
    words = re.sub(r"^\[[A-Z0-9_.]+\]\s*", "", first)
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"
