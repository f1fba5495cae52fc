"""Checks of rows: as arguments of steps, and as columns that tell what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, StringType, StructType

from functions.arguments.column_types import given, of_type
from functions.arguments.columns import ColumnName, ColumnNames
from functions.arguments.literals import GivenScalar, literal
from functions.arguments.matching import check_alike
from functions.arguments.ordering import comparable
from functions.arguments.patterns import Pattern, check_pattern
from functions.arguments.tables import UsesTable
from functions.check import refuse
from functions.constants import JSON_TIMES
from functions.expressions.arguments import Condition
from functions.expressions.evaluation import condition_of
from functions.member_faults import MemberFaults, each_made, inside
from functions.workspace import Rows, Tables, quoted, unused_name

#: What each check needs, and what it takes beside.
_MEMBERS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "not_null": (("column",), ()),
    "unique": (("columns",), ()),
    "between": (("column",), ("min", "max")),
    "in_set": (("column", "values"), ()),
    "matches": (("column", "pattern"), ()),
    "row_count": ((), ("min", "max")),
    "referential": (("column", "table", "to"), ()),
    "condition": (("expression",), ()),
}


def _is_empty(least: object, most: object) -> bool:
    return isinstance(least, int | float) and isinstance(most, int | float) and least > most


class Check(BaseModel):
    """One thing that rows are to meet."""

    model_config = ConfigDict(extra="forbid")

    check: Literal[
        "not_null", "unique", "between", "in_set", "matches", "row_count", "referential", "condition",
    ]  # fmt: skip
    column: ColumnName | None = None
    columns: ColumnNames | None = None
    min: GivenScalar | None = None
    max: GivenScalar | None = None
    values: Annotated[list[GivenScalar], Field(min_length=1, max_length=10_000)] | None = None
    pattern: Pattern | None = None
    table: UsesTable | None = None
    to: ColumnName | None = None
    expression: Condition | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        needed, taken = _MEMBERS[self.check]
        told = [name for name in type(self).model_fields if name != "check" and getattr(self, name) is not None]
        for name in needed:
            if name not in told:
                raise refuse("bad_check", f"`{self.check}` needs `{name}`")
        for name in told:
            if name not in (*needed, *taken):
                raise refuse("bad_check", f"`{self.check}` takes no `{name}`")
        if taken and not set(taken) & set(told):
            raise refuse("bad_check", f"`{self.check}` needs `min` or `max`")
        if self.check == "row_count" and not all(_is_count(bound) for bound in (self.min, self.max)):
            raise refuse("bad_check", "`min` and `max` of row_count must be whole numbers from 0")
        if _is_empty(self.min, self.max):
            raise refuse("bad_check", "`min` is above `max`, so that nothing meets it")
        return self

    @property
    def least(self) -> int | None:
        """The fewest rows, of `row_count`."""
        return None if self.min is None else int(self.min)

    @property
    def most(self) -> int | None:
        """The most rows, of `row_count`."""
        return None if self.max is None else int(self.max)


def row_checks(rows: Rows, tables: Tables, checks: Sequence[Check]) -> tuple[DataFrame, dict[int, Column]]:
    """What is wrong with each row.

    Args:
        rows: The rows.
        tables: The job's tables, for `referential`.
        checks: What each row is to meet; those of all rows together are passed over.

    Returns:
        The rows with columns beside theirs, and by the place of each check a column: a text that says what is wrong,
        or NULL.

    Raises:
        StepFailed: When a column is missing or of a type that does not fit.
    """
    wide, faults = rows.frame, dict[int, Column]()
    wrong = MemberFaults("checks")
    for place, check in enumerate(checks):
        if check.check == "row_count":
            continue
        with wrong.at(place):
            beside = unused_name(rows.columns, f"expected:{place}")
            if check.check == "unique":
                wide, fault = _unique(wide, rows, check, beside)
            elif check.check == "referential":
                wide, fault = _referential(wide, rows, tables, check, beside)
            else:
                fault = _PLAIN[check.check](rows, check)
            faults[place] = fault
    wrong.check()
    return wide, faults


def _not_null(rows: Rows, check: Check) -> Column:
    column = given(rows, str(check.column), argument="checks", at=("column",))
    return F.when(column.isNull(), F.lit(f"`{check.column}` is null"))


def _between(rows: Rows, check: Check) -> Column:
    column = _column(rows, check)
    comparable(rows, [str(check.column)], argument="checks", at=("column",))
    bounds = []
    for key, bound, is_beyond in (("min", check.min, Column.__lt__), ("max", check.max, Column.__gt__)):
        if bound is not None:
            with inside("checks", key):
                bounds.append(is_beyond(column, _literal(rows, check, bound)))
    wanted = " and ".join(
        f"{word} {bound}" for word, bound in (("at least", check.min), ("at most", check.max)) if bound is not None
    )
    return _told(reduce(Column.__or__, bounds), rows, check, f"is not {wanted}")


def _in_set(rows: Rows, check: Check) -> Column:
    column = _column(rows, check)
    known = each_made(check.values or (), lambda value: _literal(rows, check, value), argument="checks", at=("values",))
    return _told(~column.isin(*known), rows, check, "is none of the values")


def _matches(rows: Rows, check: Check) -> Column:
    column = of_type(rows, str(check.column), StringType, "`matches` takes text", argument="checks", at=("column",))
    with inside("checks", "pattern"):
        check_pattern(rows.frame.sparkSession, str(check.pattern), argument="checks")
    return _told(~column.rlike(rf"\A(?:{check.pattern})\z"), rows, check, f"does not match {check.pattern}")


def _condition(rows: Rows, check: Check) -> Column:
    with inside("checks", "expression"):
        met = condition_of(rows, str(check.expression), argument="checks")
    return F.when(~met, F.lit(f"not {check.expression}"))


_PLAIN: Mapping[str, Callable[[Rows, Check], Column]] = {
    "not_null": _not_null,
    "between": _between,
    "in_set": _in_set,
    "matches": _matches,
    "condition": _condition,
}


def _unique(wide: DataFrame, rows: Rows, check: Check, name: str) -> tuple[DataFrame, Column]:
    columns = comparable(rows, check.columns or [], argument="checks", at=("columns",))
    counted = wide.withColumn(name, F.count(F.lit(1)).over(Window.partitionBy(*columns)))
    is_given = reduce(Column.__and__, [column.isNotNull() for column in columns])
    named = ", ".join(f"`{column}`" for column in check.columns or ())
    text = F.concat(F.lit(f"{named}: the same as in "), F.col(quoted(name)) - 1, F.lit(" other rows"))
    return counted, F.when(is_given & (F.col(quoted(name)) > 1), text)


def _referential(wide: DataFrame, rows: Rows, tables: Tables, check: Check, name: str) -> tuple[DataFrame, Column]:
    column, to = str(check.column), str(check.to)
    with inside("checks", "table"):
        other = tables.rows(str(check.table), argument="checks")
    comparable(rows, [column], argument="checks", at=("column",))
    comparable(other, [to], argument="checks", at=("to",))
    check_alike(rows, other, [(column, to)], argument="checks")
    key = unused_name(rows.columns, f"{name}:key")
    known = other.frame.select(F.col(quoted(to)).alias(key)).where(F.col(quoted(key)).isNotNull()).distinct()
    joined = wide.join(known.withColumn(name, F.lit(True)), F.col(quoted(column)) == F.col(quoted(key)), "left")
    is_missing = F.col(quoted(name)).isNull() & F.col(quoted(column)).isNotNull()
    return joined.drop(key), _told(is_missing, rows, check, f"is not in `{to}` of `{check.table}`")


def _column(rows: Rows, check: Check) -> Column:
    return rows.column(str(check.column), argument="checks", at=("column",))


def _literal(rows: Rows, check: Check, value: object) -> Column:
    return literal(value, rows.type_of(str(check.column)), str(check.column), argument="checks")


def _told(is_wrong: Column, rows: Rows, check: Check, what: str) -> Column:
    """The reason, where it is so; null values are not wrong."""
    column = _column(rows, check)
    is_nested = isinstance(rows.type_of(str(check.column)), StructType | ArrayType)
    text = F.to_json(column, {"ignoreNullFields": "false", **JSON_TIMES}) if is_nested else column.cast("string")
    shown = F.left(text, F.lit(_LONGEST))
    return F.when(is_wrong, F.concat(F.lit(f"`{check.column}`: `"), shown, F.lit(f"` {what}")))


_LONGEST = 100


def _is_count(bound: object) -> bool:
    return bound is None or (isinstance(bound, int) and not isinstance(bound, bool) and bound >= 0)
