"""What types of columns a step takes: told with the column's name before anything runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pyspark.sql import Column
from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    DataType,
    DateType,
    MapType,
    NumericType,
    StringType,
    StructType,
    TimestampNTZType,
    TimestampType,
    VariantType,
)

from functions.errors import StepFailed
from functions.member_faults import each_made
from functions.names import shown_type
from functions.schemaless import values
from functions.workspace import Rows

#: Types whose values have one plain text.
PLAIN = (StringType, BooleanType, NumericType, DateType, TimestampType, TimestampNTZType)

_ANOTHER_TYPE = "cast gives it another type"


def of_type(
    rows: Rows,
    name: str,
    kinds: type[DataType] | tuple[type[DataType], ...],
    wanted: str,
    *,
    argument: str,
    at: tuple[str | int, ...] = (),
) -> Column:
    """A column that must be of some types.

    Args:
        rows: The rows.
        name: The column.
        kinds: Its types.
        wanted: Which those are, in words, with the function that takes them: "`lower` takes text".
        argument: The step's argument that names it.
        at: Where it stands in the argument, from the outside in.

    Raises:
        StepFailed: When there is no such column, or it is of another type.
    """
    column = rows.column(name, argument=argument, at=at)
    kind = rows.type_of(name)
    if not isinstance(kind, kinds):
        detail = f"`{name[:100]}` is {shown_type(kind)}; {wanted}"
        raise StepFailed(detail, argument=argument, at=at, hint=_hint(kind, kinds))
    return column


def given(rows: Rows, name: str, *, argument: str, at: tuple[str | int, ...] = ()) -> Column:
    """A column whose nulls are all NULL: that of JSON, which a VARIANT may hold, is one, too.

    Raises:
        StepFailed: When there is no such column.
    """
    column = rows.column(name, argument=argument, at=at)
    return values.not_null(column) if isinstance(rows.type_of(name), VariantType) else column


def text_columns(
    rows: Rows, names: Sequence[str] | None, function: str, *, argument: str = "columns"
) -> dict[str, Column]:
    """Columns of text by name; None: all that are text.

    Raises:
        StepFailed: When there is no such column, or it is no text.
    """
    if names is None:
        names = [name for name in rows.columns if isinstance(rows.type_of(name), StringType)]
    return columns_of_type(rows, names, StringType, f"`{function}` takes text", argument=argument)


def columns_of_type(
    rows: Rows,
    names: Sequence[str],
    kinds: type[DataType] | tuple[type[DataType], ...],
    wanted: str,
    *,
    argument: str = "columns",
) -> dict[str, Column]:
    """Columns that must be of some types, by name; the arguments are those of `of_type`.

    Raises:
        StepFailed: When there are no such columns, or they are of other types; each told at its place.
    """
    found = each_made(names, lambda name: of_type(rows, name, kinds, wanted, argument=argument), argument=argument)
    return dict(zip(names, found, strict=True))


def parts(kind: DataType) -> Iterator[DataType]:
    """A type and all types in it."""
    yield kind
    if isinstance(kind, ArrayType):
        yield from parts(kind.elementType)
    elif isinstance(kind, MapType):
        yield from parts(kind.keyType)
        yield from parts(kind.valueType)
    elif isinstance(kind, StructType):
        for field in kind.fields:
            yield from parts(field.dataType)


def _hint(kind: DataType, kinds: type[DataType] | tuple[type[DataType], ...]) -> str:
    """What to do about a column of a type, where some others are taken."""
    wanted = kinds if isinstance(kinds, tuple) else (kinds,)
    takes_text = any(issubclass(StringType, each) for each in wanted)
    match kind:
        case StringType() if any(issubclass(each, ArrayType | MapType | StructType) for each in wanted):
            return "parse_json_column makes lists and objects of text, split_column lists"
        case StringType():
            return _ANOTHER_TYPE
        case StructType():
            return "get_path or flatten_struct takes the values out of it" + _or_json(takes_text)
        case ArrayType() | MapType():
            return "get_path or explode takes the values out of it" + _or_json(takes_text)
        case VariantType():
            return "get_path takes values of a type out of it" + _or_json(takes_text)
        case _:
            is_plain = any(issubclass(each, NumericType | BooleanType) for each in wanted)
            return "cast makes text of it" if takes_text else _ANOTHER_TYPE if is_plain else "name another column"


def _or_json(takes_text: bool) -> str:
    return ", to_json_column makes text of it" if takes_text else ""
