"""Formatting the values of columns."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import StringType

from functions import tagged, values
from functions.catalog import function
from functions.cells import Cell, Text, Variant
from functions.check import ColumnName
from functions.formatter import FormatterName, formatters
from functions.reading import read, wanted_columns
from functions.tagged import Tagged
from functions.workspace import Rows, quoted

#: The types of the columns that formatters give which do not give text.
TYPES = {
    "ensure_boolean": "boolean",
    "ensure_int": "bigint",
    "str2int": "bigint",
    "ensure_float": "double",
    "ensure_money": "decimal(38, 2)",
}


@function
def format(rows: Rows, columns: Annotated[dict[ColumnName, FormatterName], Field(min_length=1)]) -> Rows:  # noqa: A001 - the step's name
    """Apply a formatter to columns, in place.

    A value that the formatter cannot read becomes null. The results are text, but for `ensure_boolean` (`boolean`),
    `ensure_int` and `str2int` (`bigint`), `ensure_float` (`double`) and `ensure_money` (`decimal(38, 2)`), where a
    number that the type cannot hold becomes null, too. Formatters see lists and structs as JSON, and dates and times
    (in UTC) as text. The end of `docs/catalog.md` lists the formatters.

    Args:
        columns: The formatter of each column: `{column: formatter}`.

    Example:
        ["load_rows", [{"cpf": "01234567890", "paid": "12.5"}]]
        ["format", {"cpf": "pretty_cpf", "paid": "ensure_money"}]
    """
    found = {name: formatters().find(formatter, argument="columns") for name, formatter in columns.items()}
    kinds = [name for name, formatter in found.items() if formatter.is_tagged]
    cells = {name: _cell(rows, name) for name in columns}
    frame, given = read(rows.frame, wanted_columns(cells, kinds=kinds))
    made = {name: _typed(formatter.name, formatter.call(given[name])) for name, formatter in found.items()}
    kept = {name: made.get(name, F.col(quoted(name))) for name in rows.columns}
    return Rows(frame.select(*[column.alias(name) for name, column in kept.items()]))


def _cell(rows: Rows, name: str) -> Cell:
    column = rows.column(name, argument="columns")
    return Text(column) if isinstance(rows.type_of(name), StringType) else Variant(values.of_typed(column))


def _typed(formatter: str, made: Column | Tagged) -> Column:
    if not isinstance(made, Tagged):
        return made
    text = tagged.text(made.column)
    return text.try_cast(TYPES[formatter]) if formatter in TYPES else text
