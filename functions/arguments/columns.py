"""Names of columns as arguments of steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pyspark.sql import Column

from functions.check import refuse
from functions.member_faults import each_made
from functions.workspace import Rows


def _each_once(names: list[str]) -> list[str]:
    if len(set(names)) < len(names):
        twice = next(name for place, name in enumerate(names) if name in names[:place])
        raise refuse("named_twice", f"names `{twice[:100]}` twice", "name each once")
    return names


def one_or_more(given: Any) -> Any:
    """One name stands for a list of it."""
    return [given] if isinstance(given, str) else given


#: The name of a column.
ColumnName = Annotated[str, StringConstraints(min_length=1, max_length=255)]
_Names = Annotated[list[ColumnName], Field(min_length=1, max_length=10_000)]
#: The names of one or more columns, each once; one may stand without a list.
ColumnNames = Annotated[
    _Names, AfterValidator(_each_once), BeforeValidator(one_or_more, json_schema_input_type=ColumnName | _Names)
]
#: How many rows.
Amount = Annotated[int, Field(ge=0, le=2**31 - 1)]


def columns_named(rows: Rows, names: Sequence[str], *, argument: str) -> list[Column]:
    """The columns of a list of names.

    Args:
        rows: The rows.
        names: The names.
        argument: The step's argument that is the list, for messages.

    Raises:
        StepFailed: When rows have no such columns, each told at its place.
    """
    return each_made(names, lambda name: rows.column(name, argument=argument), argument=argument)
