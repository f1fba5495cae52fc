"""Columnar files, looked at before Spark's readers read them: which are damaged, or have columns of other types.

Spark's reader of ORC gives null for a value of another type than the first file's, and says nothing. What a file holds
stands at its end and is read in a moment; so all that can be told is told before anything runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from pyspark.sql.types import (
    ArrayType,
    BinaryType,
    DataType,
    DateType,
    DecimalType,
    IntegralType,
    MapType,
    StringType,
    StructType,
    TimestampNTZType,
    TimestampType,
)

from functions.errors import InputUnreadable, StepFailed
from functions.names import shown_type
from functions.storage.reading.columns import Shape, first_of, has_nanoseconds, refuse_twice, spark_type, widens
from functions.storage.reading.splits import File

if TYPE_CHECKING:
    import pyarrow

#: Files looked at a time.
_AT_ONCE = 8
_BYTES = (BinaryType, StringType)
_MOMENTS = (DateType, TimestampType, TimestampNTZType)


class Look:
    """Looks at the columns of files, and notes what their types are made of; may be called by several threads."""

    def __init__(self, fields_of: Callable[[File], list[pyarrow.Field]], shape: Shape) -> None:
        """Takes how to look.

        Args:
            fields_of: The columns of a file; raises where it cannot be read.
            shape: The columns of the table; others are not noted.
        """
        self._fields_of = fields_of
        self._shape = shape
        #: Whether a file so far has times of nanoseconds.
        self.has_nanoseconds = False

    def __call__(self, file: File) -> list[pyarrow.Field]:
        """The columns of a file."""
        fields = self._fields_of(file)
        wanted = self._shape.wanted(field.name for field in fields)
        if any(field.name in wanted and has_nanoseconds(field.type) for field in fields):
            self.has_nanoseconds = True
        return fields


def check(
    files: Sequence[File],
    fields_of: Callable[[File], list[pyarrow.Field]],
    shape: Shape,
    *,
    is_lenient: bool,
    go_on: Callable[[], None] = lambda: None,
) -> None:
    """Makes sure that all files of a table can be read as their shape tells.

    Args:
        files: All files; those without bytes are passed over.
        fields_of: The columns of a file; raises where it cannot be read.
        shape: The columns of the table.
        is_lenient: Whether the reader refuses by itself what it cannot convert; only what it never can is told then.
        go_on: Called for each file, as there may be very many; raises when the work is to stop.

    Raises:
        InputUnreadable: When some are damaged, or have a column of a type that does not fit.
    """
    first = first_of(files)
    others = [file for file in files if file.size and file is not first]
    look = partial(_fault, fields_of=fields_of, shape=shape, first=first.place, is_lenient=is_lenient)
    faults = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for fault in pool.map(look, others):
            go_on()
            faults += [fault] if fault is not None else []
    if not faults:
        return
    if len(faults) == 1:
        raise faults[0]
    detail = f"{len(faults)} of {len(files)} files cannot be read as one table; the first of them: {faults[0].detail}"
    raise type(faults[0])(detail, hint=faults[0].hint)


def _fault(
    file: File, fields_of: Callable[[File], list[pyarrow.Field]], shape: Shape, first: str, is_lenient: bool
) -> StepFailed | None:
    try:
        found = [
            field for field in fields_of(file) if field.name in shape.schema.names and field.name not in shape.told
        ]
        refuse_twice([field.name for field in found], file.place)
        for field in found:
            have, want = spark_type(field.type, field.name, file.place), shape.schema[field.name].dataType
            if not _holds_nothing(field.type) and not _fits(have, want, is_lenient):
                types = f"{shown_type(have)}, and {shown_type(want)} in `{first}`"
                raise InputUnreadable(
                    f"`{file.place}`: column `{field.name[:100]}` is {types}",
                    hint="the files of one table have the same columns: read others by themselves, or give a schema"
                    " with a type that holds the values of all",
                )
    except StepFailed as error:
        return error
    return None


def _holds_nothing(kind: pyarrow.DataType) -> bool:
    """Whether it has no type, as where all of a column is null, or has a part that has none: any type may be meant."""
    import pyarrow

    parts = [kind.field(place).type for place in range(kind.num_fields)]
    return bool(pyarrow.types.is_null(kind)) or any(map(_holds_nothing, parts))


def _fits(have: DataType, want: DataType, is_lenient: bool) -> bool:
    if have.simpleString() == want.simpleString() or widens(have, want):
        return True
    match have, want:
        case StructType(), StructType():
            shared = [name for name in want.names if name in have.names]
            return all(_fits(have[name].dataType, want[name].dataType, is_lenient) for name in shared)
        case ArrayType(), ArrayType():
            return _fits(have.elementType, want.elementType, is_lenient)
        case MapType(), MapType():
            return _fits(have.keyType, want.keyType, is_lenient) and _fits(have.valueType, want.valueType, is_lenient)
        case (IntegralType() | DecimalType(), DecimalType()):
            return is_lenient
        case _:
            return is_lenient and any(
                isinstance(have, kinds) and isinstance(want, kinds) for kinds in (_BYTES, _MOMENTS)
            )
