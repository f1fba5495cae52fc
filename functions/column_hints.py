"""What to do about a name that no column has."""

from __future__ import annotations

import re
from collections.abc import Collection

from pyspark.sql.types import StructType

from functions.names import near


def column_hint(name: str, schema: StructType) -> str | None:
    """A hint for a name that a step takes for a column of the rows, or None.

    Args:
        name: The name that is missing.
        schema: The columns that are there.
    """
    first = name.partition(".")[0]
    if first != name and first in schema.names and isinstance(schema[first].dataType, StructType):
        return f"`{first[:100]}` is a struct: get_path or flatten_struct reaches its fields"
    return near(name, schema.names) or ("with_column makes a column of an expression" if _is_like_call(name) else None)


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
