"""What sinks share: how many files, folders for the values of columns, and types that a form of files can hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

from pydantic import Field
from pyspark.sql import DataFrame
from pyspark.sql.types import (
    AnsiIntervalType,
    ArrayType,
    BinaryType,
    CalendarIntervalType,
    DataType,
    MapType,
    NullType,
    StructType,
    VariantType,
)

from functions.errors import StepFailed
from functions.member_faults import MemberFaults
from functions.workspace import Rows

#: How many files; null: as many as Spark has partitions.
FileCount = Annotated[int, Field(ge=1, le=10_000)] | None

_NESTED = (ArrayType, MapType, StructType)


def in_files(frame: DataFrame, count: int | None) -> DataFrame:
    """The rows in at most as many partitions as there are to be files; in their order, where that is one."""
    return frame if count is None else frame.coalesce(count)


def check_partitions(rows: Rows, columns: Sequence[str] | None) -> tuple[str, ...]:
    """The columns whose values name folders.

    Raises:
        StepFailed: When one is missing or of a type that names no folder, or no other column is left.
    """
    wrong = MemberFaults("partition_by")
    for place, name in enumerate(columns or ()):
        with wrong.at(place):
            rows.check(name, argument="partition_by")
            kind = rows.type_of(name)
            if name.startswith("."):
                raise StepFailed(
                    f"the column `{name[:100]}` would name hidden folders, which no step reads",
                    argument="partition_by",
                    hint="rename it before",
                )
            if isinstance(kind, (*_NESTED, BinaryType, VariantType)):
                raise StepFailed(
                    f"the column `{name}` is {kind.simpleString()}, which names no folder",
                    argument="partition_by",
                    hint="partition by text, numbers, dates or true and false",
                )
    wrong.check()
    if columns and len(columns) == len(rows.columns):
        raise StepFailed("no column is left for the files", argument="partition_by", hint="leave one out")
    return tuple(columns or ())


def check_types(rows: Rows, form: str, is_unfit: Callable[[DataType], bool], hint: str) -> None:
    """Makes sure that a form of files can hold every column.

    Args:
        rows: The rows.
        form: The form, for the message.
        is_unfit: Whether it cannot hold a type, leaving its parts aside.
        hint: What to do about such a column.

    Raises:
        StepFailed: When it cannot hold one.
    """
    for name in rows.columns:
        kind = rows.type_of(name)
        if any(is_unfit(part) for part in parts_of(kind)):
            raise StepFailed(f"the column `{name}` is {kind.simpleString()}, which {form} cannot hold", hint=hint)


def is_nothing(kind: DataType) -> bool:
    """Whether it is the type of a column that was never given one."""
    return isinstance(kind, NullType)


def is_interval(kind: DataType) -> bool:
    """Whether it is a length of time, which files of columns keep as a number that nothing tells from others."""
    return isinstance(kind, (AnsiIntervalType, CalendarIntervalType))


def is_nested(kind: DataType) -> bool:
    """Whether values of the type have parts."""
    return isinstance(kind, (*_NESTED, VariantType))


def parts_of(kind: DataType) -> list[DataType]:
    """A type and all types within it."""
    match kind:
        case ArrayType():
            return [kind, *parts_of(kind.elementType)]
        case MapType():
            return [kind, *parts_of(kind.keyType), *parts_of(kind.valueType)]
        case StructType():
            return [kind, *(part for field in kind.fields for part in parts_of(field.dataType))]
    return [kind]
