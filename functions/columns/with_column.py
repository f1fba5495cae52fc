"""Columns worked out of others."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Discriminator, Field, Tag, ValidationInfo
from pyspark.sql import functions as F

from functions.arguments.columns import ColumnName
from functions.catalog import function
from functions.check import refuse
from functions.errors import StepFailed
from functions.expressions.arguments import Expression
from functions.expressions.evaluation import check_columns, explained
from functions.member_faults import MemberFaults
from functions.workspace import Rows

_Several = Annotated[dict[ColumnName, Expression], Field(min_length=1, max_length=1000)]


def _form(given: Any) -> str:
    return "[object]" if isinstance(given, dict) else "[text]"


def _fits(expression: str | None, info: ValidationInfo) -> str | None:
    if "name" in info.data and isinstance(info.data["name"], dict) is (expression is not None):
        detail = "needs an expression" if expression is None else "the columns bring their expressions along"
        raise refuse("expression_missing" if expression is None else "expression_unused", detail, "such as `a + b`")
    return expression


@function
def with_column(
    rows: Rows,
    name: Annotated[
        Annotated[ColumnName, Tag("[text]")] | Annotated[_Several, Tag("[object]")],
        Discriminator(_form),
    ],
    expression: Annotated[Expression | None, AfterValidator(_fits), Field(validate_default=True)] = None,
) -> Rows:
    """Add a column, or several, worked out of the others.

    A column that has the name is replaced, and keeps its place. New columns come last, in the order given. Of several
    each is worked out of the columns as they were before the step. A value that cannot be worked out, such as a
    division by zero, a number too large for its type, or a cast of text that is no number, ends the job with the
    reason, where a later step needs the column; `try_divide`, `try_cast` and their like give null instead, and so do
    `get` and `try_element_at` for an item that a list does not have, where `items[5]` ends the job.

    Args:
        name: The column; or several at once, with their expressions: `{column: expression}`.
        expression: What the column holds, as a Spark SQL expression; names with other characters than letters, digits
            and `_` stand between backticks. Null where `name` holds the expressions.

    Example:
        ["load_rows", [{"price": 2.5, "amount": 4}]]
        ["with_column", "total", "price * amount"]
        ["with_column", {"net": "total / 1.19", "tax": "total - total / 1.19"}]
    """
    wanted = {name: expression} if isinstance(name, str) else name
    argument = "expression" if isinstance(name, str) else "name"
    wrong = MemberFaults(argument)
    made = {}
    for column, text in wanted.items():
        with wrong.at(*_place(name, column)):
            check_columns(rows, text or "", argument=argument, beside=wanted.keys() - {column})
            made[column] = F.expr(text or "")
    try:
        with explained(rows.columns, argument=argument):
            changed = rows.frame.withColumns(made)
    except StepFailed:
        # Which of them it was is asked for one by one.
        for column, value in made.items():
            with wrong.at(*_place(name, column)), explained(rows.columns, argument=argument):
                rows.frame.withColumn(column, value)
        wrong.check()
        raise
    wrong.check()
    return Rows(changed)


def _place(name: object, column: str) -> tuple[str, ...]:
    """Where a column's expression stands in its argument: of several under its name."""
    return () if isinstance(name, str) else (column,)
