"""What to do about a name that no column has."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from pyspark.sql.types import ArrayType, DataType, MapType, StructType, VariantType

from functions.names import near

#: Characters of a name that are looked at.
_LONGEST = 255


def column_hint(name: str, schema: StructType) -> str | None:
    """A hint for a name that a step takes for a column of the rows, or None.

    Args:
        name: The name that is missing.
        schema: The columns that are there.
    """
    whole = next((first for first in _beginnings(name) if first in schema.names), None)
    way = None if whole is None else _WAYS.get(type(schema[whole].dataType))
    if way is not None:
        return f"`{str(whole)[:100]}` is {way}"
    return near(name, schema.names) or ("with_column makes a column of an expression" if _is_like_call(name) else None)


#: How to reach what is in a column, by its type.
_WAYS: Mapping[type[DataType], str] = {
    StructType: "a struct: get_path or flatten_struct reaches its fields",
    ArrayType: "a list: get_path or explode reaches what is in it",
    MapType: "a map: get_path or explode reaches what is in it",
    VariantType: "a VARIANT: get_path reaches what is in it",
}


def _beginnings(path: str) -> Iterator[str]:
    """What stands before a dot or a bracket of a path, the longest first."""
    return (path[: found.start()] for found in reversed(list(re.finditer(r"[.\[]", path[:_LONGEST]))))


def word_hint(name: str, columns: Collection[str], *, is_compared: bool) -> str | None:
    """A hint for a name in an expression that no column has, or None.

    Args:
        name: The name that is missing.
        columns: The names that are there.
        is_compared: Whether the expression compares it with something, as text would be.
    """
    hints = [near(name, columns)]
    if is_compared and name.isprintable() and "'" not in name and len(name) <= 100:
        hints.append(f"text stands in quotes: '{name}'")
    return " ".join(filter(None, hints)) or None


def _is_like_call(name: str) -> bool:
    """Whether a name looks like a call of a function, or like a sum of two things."""
    return re.fullmatch(r"\s*\w+\s*\(.*\)\s*|.*\S\s+[-+*/%]\s+\S.*", name, re.DOTALL) is not None
