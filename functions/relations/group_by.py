"""Rows put together in groups."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from functions.arguments.aggregates import Aggregations, grouped
from functions.arguments.columns import ColumnName, one_or_more
from functions.catalog import function
from functions.workspace import Rows

_Names = Annotated[list[ColumnName], Field(max_length=1000)]


@function
def group_by(
    rows: Rows,
    by: Annotated[_Names, BeforeValidator(one_or_more, json_schema_input_type=ColumnName | _Names)],
    aggregates: Aggregations,
) -> Rows:
    """Put rows together in groups: one row each, with the group's values and what was worked out for it.

    Nulls make a group of their own. Lists that are collected lie in memory, one group at a time.

    Args:
        by: The columns whose values make the groups; an empty list: all rows are one group.
        aggregates: What to work out for each group, a column each, such as
            `{"function": "sum", "column": "price", "as": "total"}`. Functions are count (rows, or values of a column),
            count_distinct, approx_count_distinct, sum, avg, min, max, first, last, median, percentile and
            approx_percentile (with `share`), stddev, variance, collect_list, collect_set, any, every, min_by and max_by
            (with `by`); nulls are left out. Or an expression over aggregates:
            `{"expression": "sum(price * amount)", "as": "total"}`.

    Example:
        ["load_rows", [{"city": "Recife", "sold": 5}, {"city": "Recife", "sold": 7}, {"city": "Olinda", "sold": 2}]]
        ["group_by", ["city"], [{"function": "count"}, {"function": "sum", "column": "sold", "as": "sold"}]]
    """
    return grouped(rows, by, aggregates)
