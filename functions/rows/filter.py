"""Keeping the rows for which a condition holds."""

from __future__ import annotations

from functions.catalog import function
from functions.expressions.arguments import Condition
from functions.expressions.evaluation import condition_of
from functions.workspace import Frame, Rows


@function
def filter(rows: Rows, condition: Condition) -> Frame:  # noqa: A001 - the field's name for it
    """Keep the rows for which a condition is true; lines stay lines.

    Rows for which it is false are dropped, and so are those for which it is null: `age <> 3` drops rows without an age,
    `age IS DISTINCT FROM 3` keeps them. A condition that cannot be worked out for some row, such as one that divides by
    zero, ends the job with the reason; `try_divide`, `try_cast` and their like give null instead.

    Args:
        condition: What must be true of a row, as a Spark SQL expression; names with other characters than letters,
            digits and `_` stand between backticks.

    Example:
        ["load_rows", [{"name": "Ada", "age": 36}, {"name": "Bob", "age": null}]]
        ["filter", "age >= 18 AND name LIKE 'A%'"]
    """
    return rows.changed(rows.frame.where(condition_of(rows, condition, argument="condition")))
