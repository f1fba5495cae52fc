"""Conditions on rows that a reader is told: rows, and whole parts of files, that cannot meet them are not handed on.

They are told when a frame is made. Spark would tell those of each query (`pushFilters`), but a frame that two queries
use would then keep the conditions of the first, and so lose rows of the second.

Spark looks at every row again, so what is kept too much does no harm; nothing that meets a condition may be dropped.
Floats are left to Spark, to whom NaN equals itself and is greater than all else.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.datasource import (
    EqualNullSafe,
    EqualTo,
    Filter,
    GreaterThan,
    GreaterThanOrEqual,
    In,
    IsNotNull,
    IsNull,
    LessThan,
    LessThanOrEqual,
    Not,
    StringContains,
    StringEndsWith,
    StringStartsWith,
)

from functions.workspace import quoted

if TYPE_CHECKING:
    import pyarrow

_TEXT = {StringStartsWith: "starts_with", StringEndsWith: "ends_with", StringContains: "match_substring"}
_ORDER = {
    EqualTo: "equal",
    GreaterThan: "greater",
    GreaterThanOrEqual: "greater_equal",
    LessThan: "less",
    LessThanOrEqual: "less_equal",
}
_METHODS = {
    EqualTo: "__eq__",
    EqualNullSafe: "eqNullSafe",
    GreaterThan: "__gt__",
    GreaterThanOrEqual: "__ge__",
    LessThan: "__lt__",
    LessThanOrEqual: "__le__",
    StringStartsWith: "startswith",
    StringEndsWith: "endswith",
    StringContains: "contains",
}


def as_column(condition: Filter) -> Column:
    """The condition for Spark.

    Raises:
        TypeError: When it is of a kind that is not known.
    """
    if isinstance(condition, Not):
        return ~as_column(condition.child)
    column = F.col(".".join(map(quoted, getattr(condition, "attribute", ()))))
    if isinstance(condition, IsNull | IsNotNull):
        return column.isNull() if isinstance(condition, IsNull) else column.isNotNull()
    if type(condition) not in _METHODS and not isinstance(condition, In):
        raise TypeError(f"{type(condition).__name__} is no condition on rows")
    if isinstance(condition, In):
        among = column.isin([value for value in condition.value if value is not None])
        # What is none of the others may equal the null; said so, as ORC's reader in Spark fails on a null in a list.
        return among | F.lit(None).cast("boolean") if None in condition.value else among
    found: Column = getattr(column, _METHODS[type(condition)])(condition.value)  # type: ignore[attr-defined]
    return found


def keep(batch: pyarrow.RecordBatch, filters: Iterable[Filter]) -> pyarrow.RecordBatch:
    """The rows of a batch that may meet all conditions."""
    mask = None
    from pyarrow import compute

    for condition in filters:
        met = _met(batch, condition)
        if met is not None:
            mask = met if mask is None else compute.and_(mask, met)
    return batch if mask is None else batch.filter(mask)


def may_meet(condition: Filter, least: Any, greatest: Any) -> bool:
    """Whether a value from `least` to `greatest` may meet a condition."""
    try:
        match condition:
            case EqualTo(value=value):
                return bool(least <= value <= greatest)
            case In(value=values):
                return any(bool(least <= value <= greatest) for value in values if value is not None)
            case GreaterThan(value=value):
                return bool(greatest > value)
            case GreaterThanOrEqual(value=value):
                return bool(greatest >= value)
            case LessThan(value=value):
                return bool(least < value)
            case LessThanOrEqual(value=value):
                return bool(least <= value)
            case StringStartsWith(value=value):
                return bool(greatest >= value and least[: len(value)] <= value)
            case _:
                return True
    except TypeError:  # values of kinds that do not compare, such as times with and without a zone
        return True


def column_of(condition: Filter) -> str | None:
    """The column that a condition is about; None for a part of a column."""
    inner = condition.child if isinstance(condition, Not) else condition
    path: tuple[str, ...] = getattr(inner, "attribute", ())
    return path[0] if len(path) == 1 else None


def is_ordered(kind: pyarrow.DataType) -> bool:
    """Whether Arrow and Python order the values of a type as Spark does."""
    from pyarrow import types

    exact = types.is_integer(kind) or types.is_string(kind) or types.is_boolean(kind) or types.is_decimal(kind)
    return bool(exact or types.is_date(kind) or types.is_timestamp(kind))


def _met(batch: pyarrow.RecordBatch, condition: Filter) -> pyarrow.Array | None:
    """For each row whether a condition is met, null where a null decides; None where that is left to Spark."""
    import pyarrow
    from pyarrow import compute

    name = column_of(condition)
    if name is None or name not in batch.schema.names:
        return None
    column = batch.column(name)
    if isinstance(condition, Not):
        met = _met(batch, condition.child)
        return None if met is None else compute.invert(met)
    if isinstance(condition, IsNull | IsNotNull):
        return compute.is_null(column) if isinstance(condition, IsNull) else compute.is_valid(column)
    if not is_ordered(column.type):
        return None
    try:
        if type(condition) in _ORDER:
            value = pyarrow.scalar(condition.value, column.type)  # type: ignore[attr-defined]
            return compute.call_function(_ORDER[type(condition)], [column, value])
        if isinstance(condition, In):
            values = pyarrow.array([value for value in condition.value if value is not None], column.type)
            return compute.is_in(column, value_set=values)
        if type(condition) in _TEXT and pyarrow.types.is_string(column.type):
            return getattr(compute, _TEXT[type(condition)])(column, pattern=condition.value)  # type: ignore[attr-defined]
    except (pyarrow.ArrowException, TypeError, ValueError, OverflowError):
        pass  # a value that is none of the column's type
    return None
