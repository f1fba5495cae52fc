"""The fields of structs as columns."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql.types import DataType, StructType

from functions.errors import StepFailed


def fields_of(column: Column, kind: DataType, name: str, separator: str, recursive: bool) -> dict[str, Column]:
    """The fields of a struct by the names that they get as columns.

    Args:
        column: The struct.
        kind: Its type.
        name: What their names begin with.
        separator: What stands between names.
        recursive: Whether structs in it are taken apart, too.

    Raises:
        StepFailed: When two fields have, or would get, one name.
    """
    if not isinstance(kind, StructType):
        return {name: column}
    made: dict[str, Column] = {}
    names = kind.fieldNames()
    for field in kind.fields:
        if names.count(field.name) > 1:
            raise StepFailed(
                f"the struct `{name[:100]}` has two fields named `{field.name[:100]}`", hint="cast gives it others"
            )
        inner = column[field.name]
        new = f"{name}{separator}{field.name}"
        found = fields_of(inner, field.dataType, new, separator, recursive) if recursive else {new: inner}
        twice = next((each for each in found if each in made), None)
        if twice is not None:
            raise StepFailed(f"two columns would be named `{twice[:100]}`", hint="choose another separator")
        made |= found
    return made
