"""Tables out of files: one mapping of types for all formats, and batches that fit a frame."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from pyspark.sql.pandas.types import from_arrow_type, to_arrow_schema
from pyspark.sql.types import (
    ByteType,
    DataType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    ShortType,
    StringType,
    StructField,
    StructType,
    VariantType,
)

from functions.errors import InputUnreadable, StepFailed
from functions.member_faults import MemberFaults
from functions.names import named, near
from functions.storage.reading.splits import File, Split

if TYPE_CHECKING:
    import pyarrow

#: What Hive writes for a value that is null.
_NULL = "__HIVE_DEFAULT_PARTITION__"
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")


class Shape:
    """The columns of a frame, and how those of a file become them; travels to the tasks."""

    def __init__(self, schema: StructType, told: Sequence[str]) -> None:
        """Takes the columns.

        Args:
            schema: All columns; each may hold nulls.
            told: Those of them that the names of folders tell.
        """
        self.schema = schema
        self.arrow = to_arrow_schema(schema, timezone="UTC")
        self.told = frozenset(told)

    def wanted(self, present: Iterable[str]) -> list[str]:
        """The columns to read of a file that has some."""
        names = set(present)
        return [name for name in self.arrow.names if name in names and name not in self.told]

    def fit(self, columns: Mapping[str, pyarrow.Array], count: int, split: Split) -> pyarrow.RecordBatch:
        """Rows of a file as rows of the frame: what the file has not is null.

        Raises:
            InputUnreadable: When a value does not fit the type of its column.
        """
        import pyarrow

        told = dict(split.partition)
        made = []
        for field in self.arrow:
            if field.name in self.told:
                value = None if told[field.name] == _NULL else told[field.name]
                scalar = pyarrow.scalar(value, pyarrow.string()).cast(field.type)
                made.append(pyarrow.repeat(scalar, count))
            elif field.name in columns:
                made.append(_cast(columns[field.name], field, split.place))
            else:
                made.append(pyarrow.nulls(count, field.type))
        return pyarrow.RecordBatch.from_arrays(made, schema=self.arrow)


def shape(
    found: Iterable[pyarrow.Field],
    files: Sequence[File],
    columns: Sequence[str] | None,
    place: str,
    schema: Mapping[str, DataType] | None = None,
) -> Shape:
    """The shape of a frame, from the columns of its first file and the folders of all.

    Args:
        found: The columns of the first file.
        files: All files.
        columns: Those to keep, in their order; all where it is None.
        place: The first file, for messages.
        schema: Where it is given, the columns of the files to choose from, and the types they are read as if their own
            widen to them; what folders tell is there all the same.

    Raises:
        InputUnreadable: When a column has a type that Spark has not, or the files' folders tell different columns.
        StepFailed: When a column that is to be kept is not there.
    """
    told = told_columns(files)
    found = [field for field in found if field.name not in told]
    present = {field.name: field.type for field in found}
    there = [*present, *told]
    if schema is not None:
        _look_up(schema, there, place, "schema")
        there = list(dict.fromkeys([*schema, *told]))
    names = there if columns is None else list(dict.fromkeys(columns))
    _look_up(names, there, place, "columns")
    refuse_twice([field.name for field in found if field.name in names], place)
    fields = []
    for name in names:
        kind = told[name] if name in told else spark_type(present[name], name, place)
        wanted = (schema or {}).get(name)
        is_wider = wanted is not None and name not in told and widens(kind, wanted)
        fields.append(StructField(name, wanted if is_wider and wanted else kind))
    return Shape(StructType(fields), [name for name in names if name in told])


def first_of(files: Sequence[File]) -> File:
    """The file that tells the columns: the first with bytes, as those without are passed over."""
    return next((file for file in files if file.size), files[0])


def some(found: list[pyarrow.Field], place: str) -> list[pyarrow.Field]:
    """The columns of a table's first file, of which there must be one.

    Raises:
        InputUnreadable: When there is none.
    """
    if not found:
        raise InputUnreadable(f"`{place}` has no columns", hint="write the file again, or leave it out")
    return found


def _look_up(names: Iterable[str], there: Sequence[str], place: str, argument: str) -> None:
    wrong = MemberFaults(argument)
    for number, name in enumerate(names):
        with wrong.at(name if argument == "schema" else number):
            if name not in there:
                raise StepFailed(
                    f"`{place}` has no column `{name[:100]}` (columns here: {named(there)})",
                    argument=argument,
                    hint=near(name, there),
                )
    wrong.check()


def refuse_twice(names: Sequence[str], place: str) -> None:
    """Makes sure that a file has no two columns of one name, of which a frame could hold but one.

    Raises:
        InputUnreadable: When it has.
    """
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputUnreadable(
            f"`{place}` has two columns named `{twice[:100]}`",
            hint="write the file with other names, or leave the column out: `columns` names those to keep",
        )


def refuse_variant(shape: Shape, place: str) -> None:
    """Makes sure that there is no VARIANT, which Spark's own reader alone can put together.

    Raises:
        InputUnreadable: When there is.
    """
    found = next((field.name for field in shape.schema if isinstance(field.dataType, VariantType)), None)
    if found is not None:
        raise InputUnreadable(
            f"`{place}`: column `{found[:100]}` is VARIANT, which is read from files on the disk alone that lie in no"
            " folders `key=value` and hold no times of nanoseconds",
            hint="leave the column out, or write it as JSON: to_json_column makes text of it",
        )


#: How many digits the integers have.
_DIGITS: dict[type[DataType], int] = {ByteType: 3, ShortType: 5, IntegerType: 10, LongType: 19}


def widens(have: DataType, want: DataType) -> bool:
    """Whether a type holds all values of another, and both Spark's readers and ours read it so."""
    digits = _DIGITS.get(type(have))
    match have, want:
        case _, ByteType() | ShortType() | IntegerType() | LongType():
            return digits is not None and digits <= _DIGITS[type(want)]
        case FloatType(), DoubleType():
            return True
        case _, DoubleType():
            return digits is not None and digits <= _DIGITS[IntegerType]
        case DecimalType(), DecimalType():
            return want.scale >= have.scale and want.precision - want.scale >= have.precision - have.scale
        case _:
            return False


def told_columns(files: Sequence[File]) -> dict[str, DataType]:
    """The columns that the names of folders tell: integers where all values are, else text.

    Raises:
        InputUnreadable: When not all files lie in folders of the same columns.
    """
    names = [name for name, _ in files[0].partition] if files else []
    for file in files:
        if [name for name, _ in file.partition] != names:
            raise InputUnreadable(
                f"`{file.place}` lies in folders of other columns than `{files[0].place}`",
                hint="files of one table lie in folders `key=value` of the same keys, or in none",
            )
    found: dict[str, DataType] = {}
    for place, name in enumerate(names):
        values = {file.partition[place][1] for file in files} - {_NULL}
        found[name] = LongType() if values and all(map(_INTEGER.fullmatch, values)) else StringType()
    return found


def spark_type(found: pyarrow.DataType, name: str, place: str) -> DataType:
    """Spark's type for one of Arrow's.

    Raises:
        InputUnreadable: When there is none.
    """
    if _is_variant(found):
        return VariantType()
    plain = _plain(found)
    if plain is None:
        raise InputUnreadable(
            f"`{place}`: column `{name[:100]}` has the type {str(found)[:200]}, which Spark cannot hold",
            hint="leave the column out, or write it as text",
        )
    return from_arrow_type(plain)


def _is_variant(found: pyarrow.DataType) -> bool:
    """Whether it is how Parquet keeps VARIANT: what names the keys, the value and, where that pays, parts of it."""
    import pyarrow

    if not pyarrow.types.is_struct(found):
        return False
    parts = {field.name: field for field in found}
    is_named = set(parts) in ({"metadata", "value"}, {"metadata", "value", "typed_value"})
    return (
        is_named
        and parts["metadata"].type == parts["value"].type == pyarrow.binary()
        and not parts["metadata"].nullable
    )


def _plain(found: pyarrow.DataType) -> pyarrow.DataType | None:
    """The same type, or the next larger one, among those that Spark has; everything in it may be null."""
    import pyarrow
    from pyarrow import types

    if types.is_dictionary(found):
        return _plain(found.value_type)
    if types.is_struct(found):
        inner = [(field.name, _plain(field.type)) for field in found]
        is_told = len({name for name, _ in inner}) == len(inner) and not _is_variant(found)
        return pyarrow.struct(inner) if is_told and all(kind is not None for _, kind in inner) else None
    if types.is_map(found):
        key, item = _plain(found.key_type), _plain(found.item_type)
        return None if key is None or item is None else pyarrow.map_(key, item)
    if types.is_list(found) or types.is_large_list(found) or types.is_fixed_size_list(found):
        item = _plain(found.value_type)
        return None if item is None else pyarrow.list_(item)
    if types.is_timestamp(found):
        return pyarrow.timestamp("us", "UTC" if found.tz else None)
    if types.is_decimal(found):
        return found if found.precision <= 38 else None
    wider = {
        pyarrow.null(): pyarrow.string(),
        pyarrow.uint8(): pyarrow.int16(),
        pyarrow.uint16(): pyarrow.int32(),
        pyarrow.uint32(): pyarrow.int64(),
        pyarrow.uint64(): pyarrow.decimal128(20, 0),
        pyarrow.float16(): pyarrow.float32(),
        pyarrow.date64(): pyarrow.date32(),
        pyarrow.string_view(): pyarrow.string(),
        pyarrow.binary_view(): pyarrow.binary(),
    }
    if found in wider:
        return wider[found]
    is_unknown = types.is_temporal(found) and not types.is_date(found)
    return None if is_unknown or types.is_nested(found) or types.is_union(found) else found


def has_nanoseconds(found: pyarrow.DataType) -> bool:
    """Whether a type is, or has in it, times of nanoseconds."""
    from pyarrow import types

    if types.is_timestamp(found):
        return bool(found.unit == "ns")
    if types.is_dictionary(found):
        return has_nanoseconds(found.value_type)
    return any(has_nanoseconds(found.field(place).type) for place in range(found.num_fields))


def _cast(column: pyarrow.Array, field: pyarrow.Field, place: str) -> pyarrow.Array:
    import pyarrow

    if column.type == field.type:
        return column
    try:
        if pyarrow.types.is_timestamp(column.type):
            return column.cast(field.type, safe=False)  # what is finer than a microsecond goes
        plain = _plain(column.type) if has_nanoseconds(column.type) else None
        if plain is not None:  # so, too; the types of the other parts hold all that there is
            column = column.cast(plain, safe=False)
        return column.cast(field.type)
    except (pyarrow.ArrowInvalid, pyarrow.ArrowNotImplementedError):
        raise InputUnreadable(
            f"`{place}`: column `{field.name}` is {column.type}, which does not fit the frame's {field.type}",
            hint="the files of one table have the same columns; read others by themselves",
        ) from None
