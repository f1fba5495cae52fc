"""Which columns a step works on, and which it makes: the argument types, and what they mean together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated

from pydantic import AfterValidator, ValidationInfo
from pyspark.sql import Column

from functions.arguments.columns import ColumnNames
from functions.check import refuse
from functions.workspace import Rows


def _one_for_each(names: list[str] | None, info: ValidationInfo) -> list[str] | None:
    columns = info.data.get("columns")
    if names is None or "columns" not in info.data:
        return names
    if columns is None:
        raise refuse("names_without_columns", "names new columns, and `columns` names none", "name the columns, too")
    if len(names) != len(columns):
        raise refuse(
            "wrong_number_of_names",
            f"names {len(names)} columns to make of {len(columns)}",
            "name one for each, or leave it out to change the columns in place",
        )
    return names


#: A column, or a list of several, each once.
Columns = ColumnNames
#: A column, or a list of several, or null.
AnyColumns = ColumnNames | None
#: What to call the columns made of those in the argument `columns`, one for each; null: they are changed in place.
NewNames = Annotated[AnyColumns, AfterValidator(_one_for_each)]


def placed(rows: Rows, columns: Mapping[str, Column]) -> Rows:
    """Rows with columns set: one that is there keeps its place, the others come last."""
    return Rows(rows.frame.withColumns(dict(columns))) if columns else rows


def mapped(
    columns: Mapping[str, Column], to: Sequence[str] | None, change: Callable[[Column], Column]
) -> dict[str, Column]:
    """The columns that a step makes of others, by name.

    Args:
        columns: Those that it reads, by name.
        to: What to call what is made of each; None: as it is called.
        change: Makes one of another.
    """
    return {name: change(column) for name, column in zip(to or columns, columns.values(), strict=True)}
