"""Whether columns of two frames fit each other."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql.types import DataType

from functions.arguments.shapes import are_alike, fitted, is_shaped, merged
from functions.errors import StepFailed
from functions.names import named, shown_type
from functions.workspace import Rows


def check_alike(left: Rows, right: Rows, names: Sequence[tuple[str, str]], *, argument: str) -> None:
    """Makes sure that pairs of columns are of types that fit.

    Raises:
        StepFailed: When one pair does not.
    """
    for one, other in names:
        kinds = (left.type_of(one), right.type_of(other))
        if not are_alike(*kinds):
            raise _no_fit((one, other), kinds, argument, "cast one of them")


def same_columns(left: Rows, right: Rows, *, argument: str) -> tuple[Rows, Rows]:
    """Two frames with columns of the same names and of types that fit, in one shape; see `in_one_shape`.

    Raises:
        StepFailed: When they have not.
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
    return in_one_shape(left, right, left.columns, argument=argument)


def in_one_shape(
    left: Rows, right: Rows, names: Sequence[str], *, argument: str, allow_missing: bool = False
) -> tuple[Rows, Rows]:
    """Two frames with the fields of structs in some columns in the same order, that of the left.

    Args:
        left: A frame.
        right: Another.
        names: Columns that both have.
        argument: The step's argument that names the right one.
        allow_missing: Whether fields that one side lacks are null there; else they are a mistake.

    Raises:
        StepFailed: When types of a column do not fit.
    """
    changed: tuple[dict[str, DataType], dict[str, DataType]] = ({}, {})
    for name in names:
        kinds = (left.type_of(name), right.type_of(name))
        shape = merged(*kinds, allow_missing=allow_missing)
        if shape is None:
            can_miss = not allow_missing and merged(*kinds, allow_missing=True) is not None
            hint = "structs must have the same fields, unless union says allow_missing; with_column makes others"
            raise _no_fit((name, name), kinds, argument, hint if can_miss else "cast one of them")
        for side, kind in zip(changed, kinds, strict=True):
            if not is_shaped(kind, shape):
                side[name] = shape
    return _shaped(left, changed[0]), _shaped(right, changed[1])


def _shaped(rows: Rows, shapes: dict[str, DataType]) -> Rows:
    made = {name: fitted(rows.column(name, argument=""), rows.type_of(name), shape) for name, shape in shapes.items()}
    return Rows(rows.frame.withColumns(made)) if made else rows


def _no_fit(names: tuple[str, str], kinds: tuple[DataType, DataType], argument: str, hint: str) -> StepFailed:
    (one, other), (here, there) = names, kinds
    detail = f"`{one[:100]}` is {shown_type(here)} here, and `{other[:100]}` of the table is {shown_type(there)}"
    return StepFailed(detail, argument=argument, hint=hint)
