"""Numbers of records that are too large for their type: Spark's parsers make infinity of them, which nobody wrote."""

from __future__ import annotations

from pyspark.sql.types import ArrayType, DataType, DoubleType, FloatType, MapType, StructType

from functions.constants import text_literal

_INFINITY = "double('Infinity')"
#: How infinity is written where it is meant.
SPELLED = r"^[+-]?inf(inity)?$"
#: The same within a record of XML: between tags, or as an attribute.
SPELLED_WITHIN = r"(?i)[>\"'\[]\s*[+-]?inf(inity)?\s*[<\"'\]]"


def has_floats(kind: DataType) -> bool:
    """Whether values of a type are, or hold, numbers that may become infinite."""
    match kind:
        case FloatType() | DoubleType():
            return True
        case StructType():
            return any(has_floats(field.dataType) for field in kind.fields)
        case ArrayType():
            return has_floats(kind.elementType)
        case MapType():
            return has_floats(kind.valueType)
    return False


def is_in(value: str, kind: DataType, depth: int = 0) -> str:
    """Whether a value is, or holds, infinity; NULL or false where not.

    Args:
        value: The value, in SQL.
        kind: Its type, which has floats.
        depth: How many lambdas it stands in.
    """
    item = f"item{depth}"
    match kind:
        case StructType():
            parts = [(_field(value, field.name), field.dataType) for field in kind.fields if has_floats(field.dataType)]
            return "(" + " OR ".join(f"coalesce({is_in(part, of, depth)}, FALSE)" for part, of in parts) + ")"
        case ArrayType():
            return f"exists({value}, {item} -> {is_in(item, kind.elementType, depth + 1)})"
        case MapType():
            return f"exists(map_values({value}), {item} -> {is_in(item, kind.valueType, depth + 1)})"
    return f"abs({value}) = {_INFINITY}"


def without(value: str, kind: DataType, depth: int = 0) -> str:
    """The value with null in the place of infinity; the arguments are those of `is_in`."""
    item = f"item{depth}"
    match kind:
        case StructType():
            parts = [
                f"{text_literal(field.name)}, {without(_field(value, field.name), field.dataType, depth)}"
                for field in kind.fields
            ]
            return f"CASE WHEN {value} IS NOT NULL THEN named_struct({', '.join(parts)}) END"
        case ArrayType() if has_floats(kind):
            return f"transform({value}, {item} -> {without(item, kind.elementType, depth + 1)})"
        case MapType() if has_floats(kind):
            return f"transform_values({value}, (key{depth}, {item}) -> {without(item, kind.valueType, depth + 1)})"
        case FloatType() | DoubleType():
            return f"CASE WHEN NOT abs({value}) = {_INFINITY} THEN {value} END"
    return value


def _field(value: str, name: str) -> str:
    return f"{value}[{text_literal(name)}]"
