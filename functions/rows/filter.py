"""Keeping the rows that meet a condition."""

from __future__ import annotations

from pyspark.sql import functions as F
from pyspark.sql.types import BooleanType

from functions.analysis_faults import check_columns, explained
from functions.catalog import function
from functions.errors import StepFailed
from functions.expressions.admission import columns_of
from functions.expressions.arguments import Condition
from functions.workspace import Rows


@function
def filter(rows: Rows, condition: Condition) -> Rows:  # noqa: A001 - the name of the step
    """Keep the rows for which a condition is true; where it is false or null they go.

    Args:
        condition: A Spark SQL expression over the columns, such as `age >= 18 AND city IS NOT NULL`; see
            `docs/expressions.md`.

    Example:
        ["load_rows", [{"name": "Ada", "age": 36}, {"name": "Bob", "age": 12}]]
        ["filter", "age >= 18 AND name LIKE 'A%'"]
    """
    check_columns(rows, columns_of(condition), argument="condition")
    with explained("condition", rows.columns):
        column = F.expr(condition)
        kind = rows.frame.select(column).schema[0].dataType
        if not isinstance(kind, BooleanType):
            raise StepFailed(
                f"the condition is {kind.simpleString()}, and not true or false",
                argument="condition",
                hint="compare it with something, such as `age > 0`",
            )
        return Rows(rows.frame.where(column))
