"""Paths to values inside others: keys and indexes, and where they lead in each type."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field
from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DataType, MapType, StringType, StructType, VariantType

from functions.check import refuse
from functions.errors import StepFailed
from functions.names import named, near, shown_type

_DEEPEST = 50
_PART = re.compile(
    r"""
    (?P<dot>\.)?(?P<key>[^\s.\[\]"'`]+)
    | \[(?P<index>-?[0-9]{1,9})\]
    | \[(?P<quote>["'])(?P<quoted>.+?)(?P=quote)\]
    """,
    re.VERBOSE | re.DOTALL,
)


def _parts(path: Any) -> Any:
    """The keys and indexes of a path that is text."""
    if not isinstance(path, str):
        return path
    found: list[str | int] = []
    place = 0
    while place < len(path):
        part = _PART.match(path, place)
        if part is None or (part["key"] is not None and bool(part["dot"]) != bool(found)):
            raise refuse(
                "bad_path",
                f"`{path[:100]}` is no path at `{path[place : place + 20]}`",
                'such as items[0].price; a key with other characters as items["a.b"], or the path as a list',
            )
        found.append(int(part["index"]) if part["index"] is not None else part["key"] or part["quoted"])
        place = part.end()
    return found


def _each(part: Any) -> Any:
    if isinstance(part, bool) or not isinstance(part, str | int):
        raise refuse("bad_path", "is neither a key nor an index", "keys are text, indexes whole numbers")
    if isinstance(part, int) and abs(part) >= 2**31:
        raise refuse("bad_path", "is no index", "indexes are counted from 0")
    if isinstance(part, str) and len(part) > 1000:
        raise refuse("bad_path", "is a key of more than 1,000 characters")
    return part


#: The way to a value: keys and indexes, as text or as a list.
ValuePath = Annotated[
    Annotated[list[Annotated[Any, AfterValidator(_each)]], Field(min_length=1, max_length=_DEEPEST)],
    BeforeValidator(_parts, json_schema_input_type=str | list[str | int]),
]


def reached(
    column: Column, kind: DataType, path: list[str | int], name: str, into: str | None = None
) -> tuple[Column, DataType]:
    """The value at a path, NULL where there is none, and the type that it has there; a VARIANT may hold JSON null.

    Args:
        column: Where the path begins.
        kind: Its type.
        path: Keys and indexes.
        name: The column, for messages.
        into: The type to give to the value, NULL where that cannot hold it; None: its own.

    Raises:
        StepFailed: When the types on the way have no such part.
    """
    for place, part in enumerate(path):
        if isinstance(kind, StringType):
            column, kind = F.try_parse_json(column), VariantType()
        if isinstance(kind, VariantType):
            return _in_variant(column, path[place:], into or "variant"), kind
        column, kind = _step(column, kind, part, name)
        name = f"{name}[{part}]" if isinstance(part, int) else f"{name}.{part}"
    return (column if into is None else column.try_cast(into)), kind


def _step(column: Column, kind: DataType, part: str | int, name: str) -> tuple[Column, DataType]:
    match kind:
        case StructType() if isinstance(part, str):
            if kind.fieldNames().count(part) != 1:
                raise StepFailed(
                    f"`{name[:100]}` has no field `{part[:100]}` (fields there: {named(kind.fieldNames())})",
                    argument="path",
                    hint=near(part, kind.fieldNames()),
                )
            return column[part], kind[part].dataType
        case ArrayType() if isinstance(part, int):
            # Places are counted from 1 by it, and from the end below 0.
            return F.try_element_at(column, F.lit(part + 1 if part >= 0 else part)), kind.elementType
        case MapType():
            return F.try_element_at(column, F.lit(part).try_cast(kind.keyType)), kind.valueType
    wanted = {ArrayType: "an index", StructType: "the name of a field"}.get(type(kind))
    raise StepFailed(
        f"`{name[:100]}` is {shown_type(kind)}, in which `{str(part)[:100]}` leads nowhere",
        argument="path",
        hint=f"give {wanted} there" if wanted else "end the path before it",
    )


def _in_variant(column: Column, path: list[str | int], kind: str) -> Column:
    text = "$"
    for part in path:
        if isinstance(part, int):
            if part < 0:
                raise StepFailed(
                    f"the index {part} counts from the end, of a list that has no type",
                    argument="path",
                    hint="give the column a type with parse_json_column or cast before, or count from the start",
                )
            text += f"[{part}]"
        elif "'" in part and '"' in part:  # Spark's path syntax has no escape, so such a key is looked up in a map
            column = F.try_variant_get(column, text, "map<string,variant>")[part]
            text = "$"
        else:
            text += f'["{part}"]' if "'" in part else f"['{part}']"
    return F.try_variant_get(column, text, kind)
