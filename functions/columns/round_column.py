"""Rounded numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field
from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, DecimalType, IntegralType, NumericType

from functions.arguments.column_types import columns_of_type
from functions.arguments.targets import Columns, NewNames, placed
from functions.catalog import function
from functions.workspace import Rows

_MOST_DIGITS = 38


@function
def round_column(
    rows: Rows,
    columns: Columns,
    places: Annotated[int, Field(ge=-_MOST_DIGITS, le=_MOST_DIGITS)] = 0,
    mode: Literal["half_up", "half_even"] = "half_up",
    to: NewNames = None,
) -> Rows:
    """Round numbers to some places.

    Whole numbers, `float` and `double` keep their types; a `decimal` gets as many places as it was rounded to. A
    result that the type cannot hold is null. Of a `double` the digits are rounded with which it is written, so 2.675
    gives 2.68.

    Args:
        columns: The columns of numbers: one, or a list.
        places: How many digits stay behind the point; below 0: -2 rounds to hundreds.
        mode: Where a number lies right in the middle: away from zero (`half_up`), or to the even digit (`half_even`).
        to: What to call the new columns, one for each of `columns`; null: the columns are changed in place.

    Example:
        ["load_rows", [{"price": 2.675}]]
        ["round_column", "price", 2]
    """
    found = columns_of_type(rows, columns, NumericType, "`round_column` takes numbers")
    return placed(
        rows,
        {
            new: _rounded(column, rows.type_of(name), places, mode)
            for new, (name, column) in zip(to or columns, found.items(), strict=True)
        },
    )


def _rounded(column: Column, kind: DataType, places: int, mode: str) -> Column:
    change = F.round if mode == "half_up" else F.bround
    if isinstance(kind, IntegralType):
        if places >= 0:
            return column
        # As a decimal, which is wide enough for what would not fit the type.
        return change(column.cast("decimal(20, 0)"), places).try_cast(kind)
    if isinstance(kind, DecimalType):
        if places >= kind.scale:
            return column
        if places < 0 and kind.precision - kind.scale == _MOST_DIGITS:
            most = Decimal(10**_MOST_DIGITS - 5 * 10 ** (-places - 1))
            return F.when(F.abs(column) < F.lit(most), change(column, places))
    return change(column, places)
