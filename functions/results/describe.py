"""Figures about the columns as the job's result."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, NumericType

from functions.catalog import function
from functions.check import ColumnNames
from functions.errors import StepFailed
from functions.ordering import is_comparable
from functions.workspace import Dataset, Rows


@function
def describe(rows: Rows, columns: ColumnNames | None = None) -> Dataset:
    """Tell figures about columns, in one pass: one row each.

    Every row has `column`, `type`, `count` (values that are not null) and `nulls`. Columns that can be compared also
    have `distinct` (about, within 5 %), `min` and `max` (as text); numbers also `mean`, `stddev` (of a sample), and
    `p25`, `p50`, `p75` (about).

    Args:
        columns: The columns; null: all.

    Example:
        ["load_rows", [{"city": "Recife", "sold": 5}, {"city": "Olinda", "sold": null}]]
        ["describe"]
    """
    names = list(rows.columns if columns is None else columns)
    if not names:
        raise StepFailed("there are no columns to describe", hint="count tells how many rows there are")
    found = [_figures(rows.column(name, argument="columns"), name, rows.type_of(name)) for name in names]
    texts = [F.to_json(F.struct(*figures), {"ignoreNullFields": "false"}) for figures in found]
    # All figures of all columns in one aggregation, and then a row for each.
    counted = rows.frame.agg(F.array(*texts).alias("rows"))
    return Dataset(counted.select(F.explode("rows").alias("row")))


def _figures(column: Column, name: str, kind: DataType) -> list[Column]:
    figures = [
        F.lit(name).alias("column"),
        F.lit(kind.simpleString()).alias("type"),
        F.count(column).alias("count"),
        F.count_if(column.isNull()).alias("nulls"),
    ]
    if is_comparable(kind):
        figures += [
            F.approx_count_distinct(column).alias("distinct"),
            F.min(column).cast("string").alias("min"),
            F.max(column).cast("string").alias("max"),
        ]
    if isinstance(kind, NumericType):
        number = column.cast("double")
        quartiles = F.approx_percentile(number, [0.25, 0.5, 0.75], 10_000)
        figures += [F.avg(number).alias("mean"), F.stddev(number).alias("stddev")]
        figures += [quartiles[place].alias(f"p{25 * (place + 1)}") for place in range(3)]
    return figures
