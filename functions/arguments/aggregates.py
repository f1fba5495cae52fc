"""Aggregates by name, as arguments of steps that put rows together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import BooleanType, DataType, NumericType

from functions.arguments.column_types import given, of_type
from functions.arguments.columns import ColumnName
from functions.arguments.ordering import comparable
from functions.check import refuse
from functions.errors import StepFailed
from functions.expressions.arguments import Aggregate
from functions.expressions.evaluation import aggregate
from functions.member_faults import MemberFaults, inside
from functions.workspace import Rows, quoted

_PLAIN: Mapping[str, Callable[[Column], Column]] = {
    "count": F.count,
    "count_distinct": F.count_distinct,
    "approx_count_distinct": F.approx_count_distinct,
    "sum": F.sum,
    "avg": F.avg,
    "min": F.min,
    "max": F.max,
    "first": lambda column: F.first(column, ignorenulls=True),
    "last": lambda column: F.last(column, ignorenulls=True),
    "median": F.median,
    "stddev": F.stddev,
    "variance": F.variance,
    "collect_list": F.collect_list,
    "collect_set": F.collect_set,
    "any": F.bool_or,
    "every": F.bool_and,
}
_WITH_SHARE: Mapping[str, Callable[[Column, float], Column]] = {
    "percentile": F.percentile,
    "approx_percentile": lambda column, share: F.approx_percentile(column, share, 10_000),
}
_WITH_BY: Mapping[str, Callable[[Column, Column], Column]] = {"min_by": F.min_by, "max_by": F.max_by}
_NUMBERS = {"sum", "avg", "median", "stddev", "variance", *_WITH_SHARE}
_BOOLEANS = {"any", "every"}
_COMPARED = {"count_distinct", "approx_count_distinct", "min", "max", "collect_set"}

Name = Literal[
    "count", "count_distinct", "approx_count_distinct", "sum", "avg", "min", "max", "first", "last", "median",
    "stddev", "variance", "collect_list", "collect_set", "any", "every", "percentile", "approx_percentile",
    "min_by", "max_by",
]  # fmt: skip


class Aggregation(BaseModel):
    """One aggregate: by name over a column, or as an expression."""

    model_config = ConfigDict(extra="forbid")

    function: Name | None = None
    column: ColumnName | None = None
    #: An expression over aggregate functions, in place of `function` and `column`.
    expression: Aggregate | None = None
    #: The new column; by default `<function>_<column>`, or `count`.
    to: ColumnName | None = Field(None, alias="as")
    #: For percentiles: 0.5 is the median.
    share: Annotated[float, Field(ge=0, le=1)] | None = None
    #: For `min_by` and `max_by`: the column whose least or greatest value decides.
    by: ColumnName | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.function is None) == (self.expression is None):
            raise refuse("bad_aggregate", "needs either `function` or `expression`", 'such as {"function": "count"}')
        if self.expression is not None:
            if self.to is None or self.column is not None:
                raise refuse("bad_aggregate", "an expression needs `as`, and no `column`")
            return self
        if self.column is None and self.function != "count":
            raise refuse("bad_aggregate", f"`{self.function}` needs `column`")
        if (self.share is not None) != (self.function in _WITH_SHARE):
            raise refuse("bad_aggregate", "`share` belongs to percentile and approx_percentile, which need it")
        if (self.by is not None) != (self.function in _WITH_BY):
            raise refuse("bad_aggregate", "`by` belongs to min_by and max_by, which need it")
        return self

    @property
    def name(self) -> str:
        """The name of the new column."""
        return self.to or ("count" if self.column is None else f"{self.function}_{self.column}")


Aggregations = Annotated[list[Aggregation], Field(min_length=1, max_length=1000)]


def grouped(rows: Rows, by: Sequence[str], aggregates: Sequence[Aggregation]) -> Rows:
    """The rows in groups: their values, and the aggregates.

    Raises:
        StepFailed: As `aggregated`, or when a column of `by` cannot serve.
    """
    found = _beside(rows, by, aggregates)
    return Rows(rows.frame.groupBy(*_columns(by)).agg(*found))


def with_totals(
    rows: Rows, how: Literal["cube", "rollup"], by: Sequence[str], aggregates: Sequence[Aggregation], level: str | None
) -> Rows:
    """The rows in groups and groups of groups; `level` names the column of `grouping_id`, if one is wanted.

    Raises:
        StepFailed: As `grouped`.
    """
    found = _beside(rows, by, aggregates)
    groups = rows.frame.cube(*_columns(by)) if how == "cube" else rows.frame.rollup(*_columns(by))
    return Rows(groups.agg(*found, *([F.grouping_id().alias(level)] if level else [])))


def _beside(rows: Rows, by: Sequence[str], aggregates: Sequence[Aggregation]) -> list[Column]:
    wrong = MemberFaults("by")
    with wrong.at():
        comparable(rows, by, argument="by")
    found: dict[str, Column] = {}
    with wrong.at():
        found = aggregated(rows, aggregates)
    wrong.check()
    wrong = MemberFaults("aggregates")
    for place, item in enumerate(aggregates):
        with wrong.at(place):
            if item.name in by:
                raise StepFailed(
                    f"two columns would be named `{item.name}`", argument="aggregates", hint="name the aggregate `as`"
                )
    wrong.check()
    return list(found.values())


def _columns(names: Sequence[str]) -> list[Column]:
    return [F.col(quoted(name)) for name in names]


def aggregated(rows: Rows, wanted: Sequence[Aggregation]) -> dict[str, Column]:
    """The aggregates as columns, by the names of the new columns.

    Raises:
        StepFailed: When a column is missing or of a type that does not fit, or two would have the same name.
    """
    found: dict[str, Column] = {}
    wrong = MemberFaults("aggregates")
    for place, item in enumerate(wanted):
        with wrong.at(place):
            if item.name in found:
                raise StepFailed(
                    f"two aggregates would be named `{item.name}`", argument="aggregates", hint="name one `as`"
                )
            found[item.name] = _column(rows, item).alias(item.name)
    wrong.check()
    return found


def _column(rows: Rows, item: Aggregation) -> Column:
    if item.expression is not None:
        with inside("aggregates", "expression"):
            return aggregate(rows, item.expression, argument="aggregates")
    if item.column is None:
        return F.count(F.lit(1))
    name = str(item.function)
    column = given(rows, item.column, argument="aggregates", at=("column",))
    wanted = NumericType if name in _NUMBERS else BooleanType if name in _BOOLEANS else DataType
    fitting = "numbers" if name in _NUMBERS else "true and false"
    of_type(rows, item.column, wanted, f"`{name}` takes {fitting}", argument="aggregates", at=("column",))
    if name in _COMPARED:
        comparable(rows, [item.column], argument="aggregates", at=("column",))
    if name in _WITH_SHARE and item.share is not None:
        return _WITH_SHARE[name](column, item.share)
    if name in _WITH_BY and item.by is not None:
        (by,) = comparable(rows, [item.by], argument="aggregates", at=("by",))
        return _WITH_BY[name](column, by)
    return _PLAIN[name](column)
