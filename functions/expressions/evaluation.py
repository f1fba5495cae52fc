"""Admitted SQL expressions as columns of rows, with every mistake told before anything runs."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from pyspark.errors import PySparkException
from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import BooleanType, DataType

from functions.column_hints import word_hint
from functions.errors import StepFailed
from functions.expressions.admission import Kind, columns_of, compared_in
from functions.member_faults import MOST
from functions.names import named, near
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
    value = column_of(rows, expression, argument=argument)
    with explained(rows.columns, argument=argument):
        # A name of its own: an expression's text may be longer than a name should be.
        return value, rows.frame.select(value.alias("value")).schema["value"].dataType


def column_of(rows: Rows, expression: str, *, argument: str) -> Column:
    """An expression as a column that Spark has not looked at: the first frame with it is to be made in `explained`.

    Args:
        rows: The rows that it reads.
        expression: An admitted expression; see `functions.expressions`.
        argument: The step's argument that holds it, for messages.

    Raises:
        StepFailed: When it names a column that is not there.
    """
    check_columns(rows, expression, argument=argument)
    return F.expr(expression)


def check_columns(
    rows: Rows, expression: str, *, argument: str, kind: Kind = Kind.WINDOW, beside: Collection[str] = ()
) -> None:
    """Makes sure that the columns of an admitted expression are there.

    Args:
        rows: The rows that it reads.
        expression: An admitted expression; see `functions.expressions`.
        argument: The step's argument that holds it, for messages.
        kind: What it was admitted as.
        beside: Columns that the same step makes, which are not there yet.

    Raises:
        StepFailed: When some are not: the first, which knows the others.
    """
    wrong: list[StepFailed] = []
    missing = sorted(columns_of(expression, kind) - {*rows.columns})
    for name in missing[:MOST]:
        is_compared = name in compared_in(expression, kind)
        hint = word_hint(name, rows.columns, is_compared=is_compared)
        if name in beside:
            hint = f"`{name[:100]}` is made in this same step: use a second with_column"
        detail = f"there is no column `{name[:100]}` (columns here: {named(rows.columns)})"
        wrong.append(StepFailed(detail, argument=argument, hint=hint))
    if wrong:
        first, *first.more = wrong
        raise first


def condition_of(rows: Rows, expression: str, *, argument: str) -> Column:
    """An admitted expression as a condition; the arguments are those of `evaluated`.

    Raises:
        StepFailed: As `evaluated`, or when it is not boolean.
    """
    value = column_of(rows, expression, argument=argument)
    is_joined = "||" in re.sub(r"'(?:[^'\\]|\\.)*'|`[^`]*`", "", expression)
    hint = "`||` puts texts together: write OR" if is_joined else None
    with explained(rows.columns, argument=argument, hint=hint):
        kind = rows.frame.select(value.alias("value")).schema["value"].dataType
    if not isinstance(kind, BooleanType):
        raise StepFailed(
            f"the condition is {kind.simpleString()}; it must be boolean",
            argument=argument,
            hint=hint or "compare it with something, such as `amount > 0` or `name IS NOT NULL`",
        )
    return value


def aggregate(rows: Rows, expression: str, *, argument: str) -> Column:
    """An admitted expression over aggregates; the arguments are those of `evaluated`.

    Raises:
        StepFailed: As `evaluated`.
    """
    check_columns(rows, expression, argument=argument, kind=Kind.AGGREGATE)
    value = F.expr(expression)
    with explained(rows.columns, argument=argument):
        rows.frame.agg(value.alias("value"))
    return value


@contextmanager
def explained(columns: Collection[str], *, argument: str, hint: str | None = None) -> Iterator[None]:
    """Turns what Spark finds wrong with a plan into an error of the step.

    Args:
        columns: The columns that the plan may name, for near names.
        argument: The step's argument that it was made of.
        hint: What to do; by default to look at the types.

    Raises:
        StepFailed: When Spark finds something.
    """
    try:
        yield
    except PySparkException as error:
        told = error.getMessageParameters() or {}
        unknown = told.get("objectName", "").strip("`")
        if (error.getCondition() or "").startswith("UNRESOLVED_COLUMN") and unknown:
            name = unknown.rsplit("`.`", 1)[-1]
            detail = f"there is no column `{name[:100]}` (columns here: {named(columns)})"
            raise StepFailed(detail, argument=argument, hint=near(name, columns)) from error
        if error.getCondition() == "FIELD_NOT_FOUND":
            raise _no_field(error, argument) from error
        hint = hint or _hint_of(error) or "look at the types of the columns (step `schema`); cast() changes one"
        raise StepFailed(spark_words(str(error)), argument=argument, hint=hint) from error


def _no_field(error: PySparkException, argument: str) -> StepFailed:
    """The error of a struct that lacks a field; Spark takes a dot in a name for one between names."""
    told = error.getMessageParameters() or {}
    name, *known = (
        names.replace("`.`", ".").strip("`")
        for names in [told.get("fieldName", ""), *told.get("fields", "").split(", ")]
    )
    detail = f"there is no field `{name[:100]}` in the struct (fields there: {named(known)})"
    return StepFailed(detail, argument=argument, hint=near(name, known))


def _hint_of(error: PySparkException) -> str | None:
    """What to do about a mistake with values that hold others, or None."""
    told = error.getMessageParameters() or {}
    match error.getCondition():
        case "INVALID_EXTRACT_BASE_FIELD_TYPE" if "VARIANT" in told.get("other", ""):
            return "variant_get(column, '$.field', 'string') and the step get_path reach what is in a VARIANT"
        case "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE" if "MAP" in told.get("dataType", ""):
            return "array_sort(map_entries(column)) makes a list of a map, which can be compared"
    return None


def spark_words(text: str) -> str:
    """What Spark says is wrong, without its codes and the plan that it shows."""
    first = re.split(r"\s*SQLSTATE:|\n|; line \d+ pos \d+", text.strip(), maxsplit=1)[0]
    words = re.sub(r"^\[[A-Z0-9_.]+\]\s*", "", first)
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"
