"""Totals by levels."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from functions.arguments.aggregates import Aggregations, with_totals
from functions.arguments.columns import ColumnName, ColumnNames
from functions.catalog import function
from functions.workspace import Rows


@function
def rollup(
    rows: Rows,
    by: Annotated[ColumnNames, Field(max_length=30)],
    aggregates: Aggregations,
    grouping_id: ColumnName | None = None,
) -> Rows:
    """Put rows together in groups, with totals for each level.

    For `["country", "city"]`: a row for each country and city, one for each country, and one for all. Columns that a
    total leaves out are null there; a `grouping_id` tells such nulls from those of the data.

    Args:
        by: The columns whose values make the groups, at most 30.
        aggregates: What to work out for each group, a column each, such as
            `{"function": "sum", "column": "price", "as": "total"}`; see `group_by`.
        grouping_id: A column for a number that tells which of `by` a row leaves out, a bit each, the last the lowest;
            null: none.

    Example:
        ["load_rows", [{"city": "Recife", "kind": "a", "sold": 5}, {"city": "Olinda", "kind": "b", "sold": 2}]]
        ["rollup", ["city", "kind"], [{"function": "sum", "column": "sold", "as": "sold"}], "level"]
    """
    return with_totals(rows, "rollup", by, aggregates, grouping_id)
