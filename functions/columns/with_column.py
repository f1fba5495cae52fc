"""Columns worked out from others."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pyspark.sql import functions as F

from functions.analysis_faults import check_columns, explained
from functions.catalog import function
from functions.check import ColumnName
from functions.expressions.admission import columns_of
from functions.expressions.arguments import Expression
from functions.workspace import Rows


@function
def with_column(rows: Rows, columns: Annotated[dict[ColumnName, Expression], Field(min_length=1)]) -> Rows:
    """Set columns to what expressions give.

    All expressions see the columns as they were before the step. A column that is there keeps its place.

    Args:
        columns: A Spark SQL expression for each column: `{column: expression}`; see `docs/expressions.md`.

    Example:
        ["load_rows", [{"price": 9.5, "amount": 3}]]
        ["with_column", {"total": "price * amount", "is_large": "amount >= 10"}]
    """
    made = {}
    for name, expression in columns.items():
        check_columns(rows, columns_of(expression), argument="columns")
        with explained("columns", rows.columns):
            made[name] = F.expr(expression)
            rows.frame.select(made[name])
    return Rows(rows.frame.withColumns(made))
