"""Whether columns of two frames fit each other."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql.types import (
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegralType,
    TimestampNTZType,
    TimestampType,
)

from functions.errors import StepFailed
from functions.names import named
from functions.workspace import Rows

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


def check_alike(left: Rows, right: Rows, names: Sequence[tuple[str, str]], *, argument: str) -> None:
    """Makes sure that pairs of columns are of types that fit.

    Raises:
        StepFailed: When one pair does not.
    """
    for one, other in names:
        kinds = (left.type_of(one), right.type_of(other))
        if not are_alike(*kinds):
            raise StepFailed(
                f"`{one}` is {kinds[0].simpleString()} here, and `{other}` of the table is {kinds[1].simpleString()}",
                argument=argument,
                hint="cast one of them",
            )


def same_columns(left: Rows, right: Rows, *, argument: str) -> None:
    """Makes sure that two frames have columns of the same names and of types that fit.

    Raises:
        StepFailed: When they do not.
    """
    missing = [name for name in left.columns if name not in right.columns]
    extra = [name for name in right.columns if name not in left.columns]
    if missing or extra:
        parts = [f"lack {named(missing)}"] * bool(missing) + [f"have {named(extra)} more"] * bool(extra)
        raise StepFailed(
            f"the rows of the table {' and '.join(parts)}",
            argument=argument,
            hint="select takes the columns that both have, rename and with_column make them alike",
        )
    check_alike(left, right, [(name, name) for name in left.columns], argument=argument)
