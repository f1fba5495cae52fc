"""The first rows of each group."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from pyspark.sql import Window
from pyspark.sql import functions as F

from functions.arguments.columns import ColumnNames
from functions.arguments.ordering import OrderBy, comparable, ordered_by
from functions.catalog import function
from functions.member_faults import MemberFaults
from functions.workspace import Rows, quoted, unused_name

_RANKS = {"any": F.row_number, "all": F.rank, "values": F.dense_rank}


@function
def top_by_group(
    rows: Rows,
    by: ColumnNames,
    order: OrderBy,
    amount: Annotated[int, Field(ge=1, le=2**31 - 2)] = 1,
    ties: Literal["any", "all", "values"] = "any",
) -> Rows:
    """Keep the first rows of each group, by an order.

    Rows belong to one group where they are equal in the columns `by`; nulls are equal to one another. A group of fewer
    rows is kept whole. Rows come in no settled order afterwards; `sort` gives them one.

    Args:
        by: The columns that make the groups.
        order: What comes first: columns, as `sort` takes them; null comes last unless it is said otherwise.
        amount: How many rows of each group, from 1.
        ties: What becomes of rows that are equal in `order`: `any` keeps exactly so many rows, whichever of the equal
            ones; `all` keeps those that are equal to the last one, too; `values` keeps all rows that have one of the
            first so many values.

    Example:
        ["load_rows", [{"city": "Rio", "sales": 5}, {"city": "Rio", "sales": 9}, {"city": "Ulm", "sales": 1}]]
        ["top_by_group", ["city"], [{"column": "sales", "order": "desc"}]]
    """
    wrong = MemberFaults("by")
    with wrong.at():
        groups = comparable(rows, by, argument="by")
    with wrong.at():
        orders = ordered_by(rows, order, argument="order")
    wrong.check()
    window = Window.partitionBy(*groups).orderBy(*orders)
    rank = unused_name(rows.columns, "rank")
    ranked = rows.frame.withColumn(rank, _RANKS[ties]().over(window))
    return Rows(ranked.where(F.col(quoted(rank)) <= amount).drop(F.col(quoted(rank))))
