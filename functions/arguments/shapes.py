"""Values that hold others in one shape: fields of structs belong together by their names, as columns do."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegralType,
    MapType,
    StructField,
    StructType,
    TimestampNTZType,
    TimestampType,
)

# Exact numbers and floats do not go together: large integers would be rounded, and equal what they are not.
_EXACT = (IntegralType, DecimalType)
_FLOATS = (FloatType, DoubleType)
_TIMES = (DateType, TimestampType, TimestampNTZType)


def are_alike(one: DataType, other: DataType) -> bool:
    """Whether values of two types can be compared, or stand in one column, without a loss of meaning."""
    # Whether parts may be null makes no difference.
    if one.simpleString() == other.simpleString():
        return True
    return any(isinstance(one, family) and isinstance(other, family) for family in (_EXACT, _FLOATS, _TIMES))


def merged(one: DataType, other: DataType, *, allow_missing: bool = False) -> DataType | None:
    """The shape that values of two types have together, in the order of the first; None: they do not go together.

    Plain types in it are those of the first: Spark widens them where rows come together.

    Args:
        one: A type.
        other: Another.
        allow_missing: Whether structs may lack fields that the other has.
    """
    match one, other:
        case StructType(), StructType() if _has_names(one) and _has_names(other):
            return _merged_structs(one, other, allow_missing)
        case ArrayType(), ArrayType():
            element = merged(one.elementType, other.elementType, allow_missing=allow_missing)
            return None if element is None else ArrayType(element)
        case MapType(), MapType():
            value = merged(one.valueType, other.valueType, allow_missing=allow_missing)
            is_fit = value is not None and are_alike(one.keyType, other.keyType)
            return MapType(one.keyType, value) if is_fit and value is not None else None
    return one if are_alike(one, other) else None


def fitted(column: Column, have: DataType, want: DataType) -> Column:
    """A value in a shape that `merged` gave: fields that it lacks are null.

    Args:
        column: The value.
        have: Its type.
        want: The shape.
    """
    if is_shaped(have, want):
        return column
    match have, want:
        case StructType(), StructType():
            fields = [
                (
                    fitted(column[field.name], have[field.name].dataType, field.dataType)
                    if field.name in have.names
                    else F.lit(None).cast(field.dataType)
                ).alias(field.name)
                for field in want.fields
            ]
            return F.when(column.isNotNull(), F.struct(*fields))
        case ArrayType(), ArrayType():
            return F.transform(column, lambda item: fitted(item, have.elementType, want.elementType))
        case MapType(), MapType():
            return F.transform_values(column, lambda _, item: fitted(item, have.valueType, want.valueType))
    return column


def _has_names(struct: StructType) -> bool:
    return len({*struct.names}) == len(struct.names)


def _merged_structs(one: StructType, other: StructType, allow_missing: bool) -> StructType | None:
    if not allow_missing and {*one.names} != {*other.names}:
        return None
    fields = []
    for name in [*one.names, *[name for name in other.names if name not in one.names]]:
        sides = [side[name].dataType for side in (one, other) if name in side.names]
        kind = merged(sides[0], sides[-1], allow_missing=allow_missing)
        if kind is None:
            return None
        fields.append(StructField(name, kind))
    return StructType(fields)


def is_shaped(have: DataType, want: DataType) -> bool:
    """Whether a type has the names of a shape, in its order."""
    match have, want:
        case StructType(), StructType():
            kinds = zip(have.fields, want.fields, strict=False)
            return have.names == want.names and all(is_shaped(one.dataType, two.dataType) for one, two in kinds)
        case ArrayType(), ArrayType():
            return is_shaped(have.elementType, want.elementType)
        case MapType(), MapType():
            return is_shaped(have.valueType, want.valueType)
    return True
