"""The first rows of each group."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pyspark.sql import Window
from pyspark.sql import functions as F

from functions.catalog import function
from functions.check import ColumnNames
from functions.ordering import OrderBy, check_comparable, ordered
from functions.workspace import Rows, quoted


@function
def top_by_group(
    rows: Rows,
    by: ColumnNames,
    order_by: OrderBy,
    amount: Annotated[int, Field(ge=1, le=2**31 - 2)] = 1,
    ties: bool = False,
) -> Rows:
    """Keep the first rows of each group.

    Args:
        by: The columns whose values make the groups; nulls make a group of their own.
        order_by: The order within a group: names of columns, or objects such as
            `{"column": "price", "order": "desc"}`; nulls come last unless said otherwise.
        amount: How many rows of each group.
        ties: Whether rows that are equal in the order to the last one that is kept are kept, too; else which of them
            stays is left to chance.

    Example:
        ["load_rows", [{"city": "Recife", "sold": 5}, {"city": "Recife", "sold": 7}, {"city": "Olinda", "sold": 2}]]
        ["top_by_group", ["city"], [{"column": "sold", "order": "desc"}]]
    """
    check_comparable(rows, by, argument="by")
    window = Window.partitionBy(*[F.col(quoted(name)) for name in by]).orderBy(*ordered(rows, order_by))
    place = (F.rank() if ties else F.row_number()).over(window)
    return Rows(rows.frame.withColumn(_PLACE, place).where(F.col(quoted(_PLACE)) <= amount).drop(_PLACE))


_PLACE = "group:place"
