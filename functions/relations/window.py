"""Values that look at other rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pyspark.sql import Column, Window, WindowSpec
from pyspark.sql import functions as F
from pyspark.sql.types import NumericType

from functions.arguments.column_types import given, of_type
from functions.arguments.columns import ColumnName, ColumnNames
from functions.arguments.literals import Scalar, literal
from functions.arguments.ordering import OrderBy, comparable, ordered_by
from functions.catalog import function
from functions.check import refuse
from functions.errors import StepFailed
from functions.member_faults import MemberFaults, inside
from functions.workspace import Rows, quoted

_RANKS: Mapping[str, Callable[[], Column]] = {
    "row_number": F.row_number,
    "rank": F.rank,
    "dense_rank": F.dense_rank,
    "percent_rank": F.percent_rank,
    "cume_dist": F.cume_dist,
}
_OVER_ROWS: Mapping[str, Callable[[Column], Column]] = {
    "sum": F.sum,
    "avg": F.avg,
    "min": F.min,
    "max": F.max,
    "count": F.count,
    "first": F.first,
    "last": F.last,
}
_NUMBERS = ("sum", "avg")
_COMPARED = ("min", "max")
_NEIGHBOURS = ("lag", "lead")


class WindowFunction(BaseModel):
    """One column that looks at other rows."""

    model_config = ConfigDict(extra="forbid")

    function: Literal[
        "row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead",
        "sum", "avg", "min", "max", "count", "first", "last",
    ]  # fmt: skip
    column: ColumnName | None = None
    #: The new column; by default `<function>` or `<function>_<column>`.
    to: ColumnName | None = Field(None, alias="as")
    #: How many rows away, for `lag` and `lead`.
    offset: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    #: What stands where there is no such row, for `lag` and `lead`.
    default: Scalar = None
    #: How many groups of equal size, for `ntile`.
    buckets: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    #: How many rows before and behind the current one count, for aggregates; null: all.
    preceding: Annotated[int, Field(ge=0, le=1_000_000_000)] | None = None
    following: Annotated[int, Field(ge=0, le=1_000_000_000)] | None = 0

    @model_validator(mode="after")
    def _fits(self) -> Self:
        needs_column = self.function in _OVER_ROWS or self.function in _NEIGHBOURS
        counts_rows = self.function == "count" and self.column is None
        if needs_column != (self.column is not None) and not counts_rows:
            what = "needs" if needs_column else "takes no"
            raise refuse("bad_window_function", f"`{self.function}` {what} `column`")
        if (self.buckets is not None) != (self.function == "ntile"):
            raise refuse("bad_window_function", "`buckets` belongs to ntile, which needs it")
        return self

    @property
    def name(self) -> str:
        """The name of the new column."""
        return self.to or "_".join(filter(None, (self.function, self.column)))


@function
def window(
    rows: Rows,
    functions: Annotated[list[WindowFunction], Field(min_length=1, max_length=100)],
    partition_by: ColumnNames | None = None,
    order_by: OrderBy | None = None,
) -> Rows:
    """Add columns that look at other rows: ranks, neighbours, running totals.

    Without an order an aggregate is over all rows of the partition. With one it is over the rows from the first up to
    the current one, unless `preceding` and `following` say how many rows count.

    Args:
        functions: The new columns, such as `{"function": "sum", "column": "sold", "as": "running"}`. Functions are
            row_number, rank, dense_rank, percent_rank, cume_dist, ntile (with `buckets`), lag and lead (with `offset`
            and `default`), sum, avg, min, max, count (rows, or values of a column), first and last (with `preceding`
            and `following`; null: all).
        partition_by: Rows that are equal in these see each other; null: all rows, which then are worked on by a single
            task.
        order_by: The order of the rows of a partition: names, or objects such as
            `{"column": "day", "order": "desc"}`; nulls come last unless said otherwise.

    Example:
        ["load_rows", [{"city": "Recife", "day": 1, "sold": 5}, {"city": "Recife", "day": 2, "sold": 7}]]
        ["window", [{"function": "sum", "column": "sold", "as": "so_far"}, {"function": "rank"}], ["city"], ["day"]]
    """
    wrong = MemberFaults("functions")
    with wrong.at():
        comparable(rows, partition_by or [], argument="partition_by")
    spec = Window.partitionBy(*[F.col(quoted(name)) for name in partition_by or ()])
    if order_by is not None:
        with wrong.at():
            spec = spec.orderBy(*ordered_by(rows, order_by, argument="order_by"))
    made: dict[str, Column] = {}
    for place, item in enumerate(functions):
        with wrong.at(place):
            if item.name in made or item.name in rows.columns:
                detail = f"two columns would be named `{item.name}`"
                raise StepFailed(detail, argument="functions", hint="name one `as`")
            made[item.name] = _column(rows, item, spec, is_ordered=order_by is not None)
    wrong.check()
    return Rows(rows.frame.withColumns(made))


def _column(rows: Rows, item: WindowFunction, spec: WindowSpec, *, is_ordered: bool) -> Column:
    if item.function not in _OVER_ROWS and not is_ordered:
        raise StepFailed(f"`{item.function}` needs an order", argument="order_by", hint='such as ["day"]')
    if item.function in _RANKS:
        return _RANKS[item.function]().over(spec)
    if item.buckets is not None:
        return F.ntile(item.buckets).over(spec)
    column = F.lit(1) if item.column is None else rows.column(item.column, argument="functions", at=("column",))
    if item.function == "count" and item.column is not None:
        column = given(rows, item.column, argument="functions", at=("column",))
    if item.function in _NEIGHBOURS:
        return _neighbour(rows, item, column, spec)
    if item.function in _NUMBERS:
        wanted = f"`{item.function}` takes numbers"
        of_type(rows, str(item.column), NumericType, wanted, argument="functions", at=("column",))
    if item.function in _COMPARED:
        comparable(rows, [str(item.column)], argument="functions", at=("column",))
    if is_ordered:
        start = Window.unboundedPreceding if item.preceding is None else -item.preceding
        spec = spec.rowsBetween(start, Window.unboundedFollowing if item.following is None else item.following)
    return _OVER_ROWS[item.function](column).over(spec)


def _neighbour(rows: Rows, item: WindowFunction, column: Column, spec: WindowSpec) -> Column:
    neighbour = F.lag if item.function == "lag" else F.lead
    found = neighbour(column, item.offset).over(spec)
    if item.default is None:
        return found
    with inside("functions", "default"):
        default = literal(item.default, rows.type_of(str(item.column)), str(item.column), argument="functions")
    # A neighbour that is null is one all the same.
    is_there = neighbour(F.lit(1), item.offset).over(spec).isNotNull()
    return F.when(is_there, found).otherwise(default)
