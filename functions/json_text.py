"""Typed values as JSON shows them: Spark's writer gives keys of maps as they are held, a date as a count of days."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import (
    AnsiIntervalType,
    ArrayType,
    BinaryType,
    DataType,
    DateType,
    MapType,
    StructType,
    TimestampNTZType,
    TimestampType,
)

from functions.constants import JSON_TIMES

#: How keys of maps are written that Spark writes otherwise: as values of their types are.
_TIMES = {TimestampType: JSON_TIMES["timestampFormat"], TimestampNTZType: JSON_TIMES["timestampNTZFormat"]}
_NESTED = (StructType, ArrayType, MapType)


def is_writable(kind: DataType) -> bool:
    """Whether Spark's writer shows all of a value of a type as it is."""
    match kind:
        case StructType():
            return all(is_writable(field.dataType) for field in kind.fields)
        case ArrayType():
            return is_writable(kind.elementType)
        case MapType():
            is_plain = not isinstance(kind.keyType, (AnsiIntervalType, DateType, BinaryType, *_TIMES, *_NESTED))
            return is_plain and is_writable(kind.valueType)
    return True


def writable(column: Column, kind: DataType) -> Column:
    """A value with keys of maps as text, where Spark's writer would not show them as they are.

    Args:
        column: The value.
        kind: Its type.
    """
    if is_writable(kind):
        return column
    match kind:
        case StructType():
            fields = [writable(column[field.name], field.dataType).alias(field.name) for field in kind.fields]
            return F.when(column.isNotNull(), F.struct(*fields))
        case ArrayType():
            return F.transform(column, lambda item: writable(item, kind.elementType))
        case MapType():
            values = F.transform_values(column, lambda _, item: writable(item, kind.valueType))
            return F.transform_keys(values, lambda key, _: _key(key, kind.keyType))
    return column


def _key(key: Column, kind: DataType) -> Column:
    match kind:
        case BinaryType():
            return F.base64(key)
        case TimestampType() | TimestampNTZType():
            return F.date_format(key, _TIMES[type(kind)])
        case StructType() | ArrayType() | MapType():
            return F.to_json(writable(key, kind), {"ignoreNullFields": "false", **JSON_TIMES})
    return key.cast("string")
