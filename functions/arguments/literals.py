"""Values that stand in a step, as values of a column's type."""

from __future__ import annotations

import datetime
import json
import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator
from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import (
    BooleanType,
    ByteType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    ShortType,
    StringType,
    TimestampNTZType,
    TimestampType,
)

from functions.arguments.json_values import JsonValue
from functions.check import refuse
from functions.errors import StepFailed
from functions.names import shown_type

_BITS: dict[type[DataType], int] = {ByteType: 8, ShortType: 16, IntegerType: 32, LongType: 64}


def _single(value: Any) -> Any:
    if isinstance(value, dict | list):
        raise refuse("no_single_value", "is a list or an object", "a text, a number, true, false or null")
    return value


def _not_null(value: Any) -> Any:
    if value is None:
        raise refuse("null_value", "is null", "a text, a number, true or false")
    return value


#: A text, a number, a boolean or null.
Scalar = Annotated[JsonValue, AfterValidator(_single)]
#: A text, a number or a boolean.
GivenScalar = Annotated[Scalar, AfterValidator(_not_null)]


def fits(value: object, kind: DataType) -> bool:
    """Whether a value, not None, is one of a type; dates and times are text as in ISO 8601."""
    return _of_type(value, kind) is not None


def literal(value: object, kind: DataType, name: str, *, argument: str) -> Column:
    """A value of a column's type, the same in every row.

    Args:
        value: What stands in the step; None is NULL.
        kind: The type.
        name: The column, for the message.
        argument: The step's argument that holds the value.

    Raises:
        StepFailed: When the type cannot hold it.
    """
    made = None if value is None else _of_type(value, kind)
    if value is not None and made is None:
        raise StepFailed(
            f"`{name[:100]}` is {shown_type(kind)}, which cannot hold {json.dumps(value, ensure_ascii=False)[:100]}",
            argument=argument,
            hint=_hint(kind),
        )
    return F.lit(made).cast(kind)


def _of_type(value: object, kind: DataType) -> Any:
    read = next((read for wanted, read in _READERS.items() if isinstance(kind, wanted)), None)
    return None if read is None else read(value, kind)


def _text(value: object, _kind: DataType) -> str | None:
    return value if isinstance(value, str) else None


def _boolean(value: object, _kind: DataType) -> bool | None:
    return value if isinstance(value, bool) else None


def _integer(value: object, kind: DataType) -> int | None:
    limit = 2 ** (_BITS[type(kind)] - 1)
    return value if isinstance(value, int) and not isinstance(value, bool) and -limit <= value < limit else None


def _float(value: object, _kind: DataType) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool) or abs(value) > 1.7e308:
        return None
    return float(value)


def _decimal(value: object, kind: DataType) -> Decimal | None:
    if not isinstance(kind, DecimalType) or not isinstance(value, int | float) or isinstance(value, bool):
        return None
    made = Decimal(str(value))
    if not math.isfinite(value) or abs(made) >= Decimal(10) ** (kind.precision - kind.scale):
        return None
    places = -int(made.normalize().as_tuple().exponent)
    return made if places <= kind.scale else None


def _date(value: object, _kind: DataType) -> datetime.date | None:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return None
    try:
        return datetime.date.fromisoformat(value)
    except ValueError:
        return None


def _moment(value: object, kind: DataType) -> str | None:
    try:
        made = datetime.datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if made is None or (made.tzinfo is not None and isinstance(kind, TimestampNTZType)):
        return None
    return made.isoformat()


_READERS: dict[type[DataType] | tuple[type[DataType], ...], Callable[[object, DataType], Any]] = {
    StringType: _text,
    BooleanType: _boolean,
    tuple(_BITS): _integer,
    (FloatType, DoubleType): _float,
    DecimalType: _decimal,
    DateType: _date,
    (TimestampType, TimestampNTZType): _moment,
}


def _hint(kind: DataType) -> str:
    match kind:
        case StringType():
            return "give text, in quotes"
        case BooleanType():
            return "give true or false"
        case DateType():
            return "give a date written yyyy-MM-dd"
        case TimestampType() | TimestampNTZType():
            return "give a time such as 2024-02-29T12:30:00"
        case _ if isinstance(kind, (*_BITS, FloatType, DoubleType, DecimalType)):
            return "give a number in its range, not in quotes; or cast the column before"
        case _:
            return "columns of text, numbers, booleans, dates and times can be set so; take the values out before"
