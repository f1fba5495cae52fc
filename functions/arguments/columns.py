"""Names of columns as arguments of steps."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from functions.check import refuse


def _each_once(names: list[str]) -> list[str]:
    if len(set(names)) < len(names):
        twice = next(name for place, name in enumerate(names) if name in names[:place])
        raise refuse("named_twice", f"names `{twice[:100]}` twice", "name each once")
    return names


#: The name of a column.
ColumnName = Annotated[str, StringConstraints(min_length=1, max_length=255)]
#: The names of one or more columns, each once.
ColumnNames = Annotated[list[ColumnName], Field(min_length=1, max_length=10_000), AfterValidator(_each_once)]
#: How many rows.
Amount = Annotated[int, Field(ge=0, le=2**31 - 1)]
