"""Figures of each column as the job's result."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field
from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import AtomicType, BinaryType, DataType, NumericType, VariantType

from functions.arguments.columns import ColumnNames, columns_named
from functions.arguments.ordering import is_comparable
from functions.catalog import function
from functions.workspace import Dataset, Rows

_Share = Annotated[float, Field(ge=0, le=1)]


@function
def describe(
    rows: Rows,
    columns: ColumnNames | None = None,
    quantiles: Annotated[list[_Share], Field(max_length=100)] = [0.25, 0.5, 0.75],  # noqa: B006 - it is only read
) -> Dataset:
    """Tell figures of each column; the job's result is a row for each column, and the rows are read once.

    Each row holds `column`, `type`, `count` (values that are not null), `nulls`, `distinct` (how many different values,
    with an error of about 5 %), `min`, `max`, `mean`, `stddev` (of a sample; null for fewer than two values) and
    `quantiles`: `{"0.5": …}`. Mean, stddev and quantiles are those of numbers, null for other types; least and greatest
    are told of numbers, text, dates, times and booleans. Quantiles are values of the column, with an error in rank
    below 1 in 10,000. Mean and stddev are 64-bit floats. NaN is larger than any number, and makes mean and stddev NaN.

    Args:
        columns: The columns; null: all.
        quantiles: Which quantiles, from 0 to 1; 0.5 is the median.

    Example:
        ["load_rows", [{"name": "Ada", "age": 36}, {"name": "Bob", "age": null}]]
        ["describe"]
    """
    names = list(rows.columns) if columns is None else columns
    found = columns_named(rows, names, argument="columns")
    shares = sorted(set(quantiles))
    figures = {}
    for place, (name, column) in enumerate(zip(names, found, strict=True)):
        for figure, made in _figures(column, rows.type_of(name), shares):
            figures[f"{place}:{figure}"] = made
    counted = rows.frame.agg(F.count(F.lit(1)).alias("rows"), *[made.alias(name) for name, made in figures.items()])
    told = [_told(place, name, rows.type_of(name), figures.keys(), shares) for place, name in enumerate(names)]
    texts = F.array(*told) if told else F.array().cast("array<string>")
    return Dataset(counted.select(F.explode(texts).alias("row")), most=len(names))


def _figures(column: Column, kind: DataType, shares: list[float]) -> Iterator[tuple[str, Column]]:
    """What is worked out of a column, by name."""
    yield "count", F.count(column)
    if is_comparable(kind):
        yield "distinct", F.approx_count_distinct(column)
    if isinstance(kind, AtomicType) and not isinstance(kind, BinaryType | VariantType):
        yield "min", F.min(column)
        yield "max", F.max(column)
    if isinstance(kind, NumericType):
        # Sums of decimals may have too many digits.
        yield "mean", F.avg(column.cast("double"))
        yield "stddev", F.stddev_samp(column.cast("double"))
        if shares:
            yield "quantiles", F.percentile_approx(column, shares)


def _told(place: int, name: str, kind: DataType, made: object, shares: list[float]) -> Column:
    """The row of a column, as JSON text."""

    def figure(wanted: str) -> Column:
        path = f"{place}:{wanted}"
        found = F.col(f"`{path}`") if path in made else F.lit(None).cast("string")  # type: ignore[operator]
        return found.alias(wanted)

    quantiles = F.lit(None).cast("string")
    if isinstance(kind, NumericType) and shares:
        of_shares = [F.get(F.col(f"`{place}:quantiles`"), F.lit(i)).alias(str(s)) for i, s in enumerate(shares)]
        quantiles = F.struct(*of_shares)
    row = F.struct(
        F.lit(name).alias("column"),
        F.lit(kind.simpleString()).alias("type"),
        figure("count"),
        (F.col("rows") - F.col(f"`{place}:count`")).alias("nulls"),
        *map(figure, ("distinct", "min", "max", "mean", "stddev")),
        quantiles.alias("quantiles"),
    )
    return F.to_json(row, {"ignoreNullFields": "false"})
