"""Values of a column as columns."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import BinaryType

from functions.arguments.aggregates import Aggregations, aggregated
from functions.arguments.column_types import PLAIN, of_type
from functions.arguments.columns import ColumnName, ColumnNames
from functions.arguments.ordering import comparable
from functions.catalog import function
from functions.constants import text_literal
from functions.errors import StepFailed
from functions.member_faults import MemberFaults
from functions.workspace import Rows, quoted

_MOST = 1000
_VALUE = "pivot_value"
#: Types whose values can be names of columns: a text that no other value has.
_NAMES = (*PLAIN, BinaryType)


@function
def pivot(
    rows: Rows,
    by: ColumnNames,
    column: ColumnName,
    aggregates: Aggregations,
    values: Annotated[list[str], Field(min_length=1, max_length=_MOST)] | None = None,
) -> Rows:
    """Put rows together in groups, with a column for each value of some column.

    The new columns are named for the values' texts, with several aggregates `<value>_<aggregate>`. Where a group has no
    row with a value, its column is null. A row whose value is null counts for no column.

    Args:
        by: The columns whose values make the groups.
        column: The column whose values become columns.
        aggregates: What to work out for each group and value, such as `{"function": "sum", "column": "sold"}`; see
            `group_by`.
        values: The values that become columns, as text, in this order; null: all that there are, at most 1,000, in
            order, for which the data is read once before.

    Example:
        ["load_rows", [{"city": "Recife", "year": 2023, "sold": 5}, {"city": "Recife", "year": 2024, "sold": 7}]]
        ["pivot", ["city"], "year", [{"function": "sum", "column": "sold"}], ["2023", "2024"]]
    """
    wrong = MemberFaults("by")
    with wrong.at():
        comparable(rows, by, argument="by")
    with wrong.at():
        source = of_type(rows, column, _NAMES, "`pivot` makes columns of plain values", argument="column")
        if column in by:
            raise StepFailed(f"`{column}` makes the groups already", argument="column", hint="name another")
    with wrong.at():
        found = aggregated(rows, aggregates)
    wrong.check()
    value = _VALUE + "_" * max(map(len, rows.columns))
    wide = rows.frame.withColumn(value, source.cast("string"))
    wanted = _found(wide, source, value) if values is None else _given(rows, column, values)
    grouped = wide.groupBy(*[F.col(quoted(name)) for name in by]).pivot(value, wanted)  # type: ignore[arg-type]
    return Rows(grouped.agg(*found.values()))


def _found(frame: DataFrame, source: Column, column: str) -> list[str]:
    """The values that there are, in their order, as text."""
    pairs = frame.select(source.alias("source"), column).where(F.col(column).isNotNull()).distinct()
    found = [row[1] for row in pairs.sort("source").limit(_MOST + 1).collect()]
    if len(found) > _MOST:
        raise StepFailed(
            f"the column has more than {_MOST:,} values",
            argument="column",
            hint="name those that are to become columns",
        )
    if not found:
        raise StepFailed("the column has no values", argument="column", hint="name those that are to become columns")
    return found


def _given(rows: Rows, column: str, values: list[str]) -> list[str]:
    """Values as the column writes them, each once: 1 of a column of floats is 1.0."""
    kind = rows.type_of(column).simpleString()
    texts = [f"CAST(TRY_CAST({text_literal(value)} AS {kind}) AS STRING)" for value in values]
    # Spark works out the rows of VALUES as it reads them, without a job.
    written = rows.frame.sparkSession.sql(f"VALUES ({', '.join(texts)})").head() or ()
    wrong = MemberFaults("values")
    for place, (value, text) in enumerate(zip(values, written, strict=True)):
        with wrong.at(place):
            if text is None:
                detail = f"`{value[:100]}` is no value of `{column}`, which is {kind}"
                raise StepFailed(detail, argument="values", hint="mend or drop it")
    wrong.check()
    return list(dict.fromkeys(written))
