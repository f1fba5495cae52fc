"""One row of each kind."""

from __future__ import annotations

from pyspark.sql import Window
from pyspark.sql import functions as F

from functions.catalog import function
from functions.check import ColumnNames
from functions.ordering import OrderBy, check_comparable, ordered
from functions.workspace import Rows, quoted


@function
def drop_duplicates(rows: Rows, columns: ColumnNames | None = None, order_by: OrderBy | None = None) -> Rows:
    """Keep one of all rows that are equal in some columns; nulls are equal.

    Args:
        columns: The columns to compare; null: all.
        order_by: Which row is kept: the first in this order; null: any. Names of columns, or objects such as
            `{"column": "day", "order": "desc", "nulls": "last"}`; nulls come last unless said otherwise.

    Example:
        ["load_rows", [{"id": 1, "day": "2024-01-01"}, {"id": 1, "day": "2024-02-01"}]]
        ["drop_duplicates", ["id"], [{"column": "day", "order": "desc"}]]
    """
    names = list(rows.columns if columns is None else columns)
    check_comparable(rows, names, argument="columns")
    if order_by is None or not names:
        return Rows(rows.frame.dropDuplicates(names) if names else rows.frame.limit(1))
    window = Window.partitionBy(*[F.col(quoted(name)) for name in names]).orderBy(*ordered(rows, order_by))
    numbered = rows.frame.withColumn(_PLACE, F.row_number().over(window))
    return Rows(numbered.where(F.col(quoted(_PLACE)) == 1).drop(_PLACE))


_PLACE = "duplicates:place"
