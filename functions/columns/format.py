"""Formatting the values of columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field
from pyspark.sql import Column
from pyspark.sql import functions as F

from functions.arguments.columns import ColumnName
from functions.catalog import function
from functions.member_faults import MemberFaults
from functions.records.bad_records import Conversion, MaxRejects, OnError, convert
from functions.records.rejects import Rejects
from functions.schemaless import tagged
from functions.schemaless.cells import of_typed
from functions.schemaless.formatter import FormatterName, formatters
from functions.schemaless.reading import read, wanted_columns
from functions.schemaless.tagged import Tagged
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
def format(  # noqa: A001 - the step's name
    rows: Rows,
    columns: Annotated[dict[ColumnName, FormatterName], Field(min_length=1)],
    on_error: OnError = "null",
    max_rejects: MaxRejects = None,
    *,
    rejects: Rejects,
) -> Rows:
    """Apply a formatter to columns, in place.

    A value that the formatter cannot read is at fault, and becomes null unless said otherwise. The results are text,
    but for `ensure_boolean` (`boolean`), `ensure_int` and `str2int` (`bigint`), `ensure_float` (`double`) and
    `ensure_money` (`decimal(38, 2)`), where a number that the type cannot hold is at fault, too. Formatters see lists
    and structs as JSON, and dates and times (in UTC) as text. The end of `docs/catalog.md` lists the formatters.

    Args:
        columns: The formatter of each column: `{column: formatter}`.
        on_error: What becomes of a row with a value at fault: null in its place (`null`), set aside (`reject`), or the
            end of the job (`fail`).
        max_rejects: How many rows may be set aside before the job fails: a count, or a share below 1; null: any number.

    Example:
        ["load_rows", [{"cpf": "01234567890", "paid": "12.5"}]]
        ["format", {"cpf": "pretty_cpf", "paid": "ensure_money"}]
    """
    found = {name: formatters().find(formatter, argument="columns") for name, formatter in columns.items()}
    kinds = [name for name, formatter in found.items() if formatter.is_tagged]
    wrong = MemberFaults("columns")
    cells = {}
    for name in columns:
        with wrong.at(name):
            cells[name] = of_typed(rows.column(name, argument="columns"), rows.type_of(name))
    wrong.check()
    frame, given = read(rows.frame, wanted_columns(cells, kinds=kinds), taken=rows.columns)
    made = {name: _typed(formatter.name, formatter.call(given[name])) for name, formatter in found.items()}
    conversions = {name: Conversion(made[name], [name], f"what `{found[name].name}` reads") for name in columns}
    formatted = convert(_Read(frame, tuple(rows.columns)), conversions, on_error, max_rejects, rejects=rejects)
    return Rows(formatted.frame.select(*[F.col(quoted(name)) for name in rows.columns]))


@dataclass(frozen=True)
class _Read(Rows):
    """Rows beside what was read of them, which is no column of theirs."""

    names: tuple[str, ...] = ()

    @property
    def columns(self) -> Sequence[str]:
        return self.names


def _typed(formatter: str, made: Column | Tagged) -> Column:
    if not isinstance(made, Tagged):
        return made
    if made.number is not None:
        return made.number.try_cast(TYPES[formatter])
    text = made.text if made.text is not None else tagged.text(made.column)
    return text.try_cast(TYPES[formatter]) if formatter in TYPES else text
