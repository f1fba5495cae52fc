"""Rows of files that have types of their own, as a schema wants them.

What a type holds without loss is taken as it is; else each value must have its like in the new type, or is at fault.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    DataType,
    DateType,
    FloatType,
    MapType,
    NumericType,
    StringType,
    StructType,
    TimestampNTZType,
    TimestampType,
)

from functions.arguments.column_types import PLAIN
from functions.errors import StepFailed
from functions.member_faults import MemberFaults
from functions.names import named, near, shown_type
from functions.records.bad_records import Conversion, OnError, convert
from functions.records.rejects import Rejects
from functions.storage.reading.columns import widens
from functions.workspace import Rows, quoted

_MOMENTS = (DateType, TimestampType, TimestampNTZType)
#: Reads some columns (None: all) of files, and as the types given where those of the files widen to them.
Read = Callable[[Sequence[str] | None, dict[str, DataType] | None], DataFrame]


def typed(
    read: Read,
    columns: Sequence[str] | None,
    schema: dict[str, str] | None,
    on_error: OnError,
    max_rejects: float | None,
    *,
    session: SparkSession,
    rejects: Rejects,
) -> Rows:
    """The rows of files whose columns have types.

    Args:
        read: Reads them.
        columns: The columns to keep, in their order; None: all, or those of the schema.
        schema: The columns and the types that are wanted; None: those of the files.
        on_error: What becomes of a row with a value that its column's type cannot hold.
        max_rejects: How many rows may be set aside.
        session: The job's.
        rejects: Takes them.

    Raises:
        StepFailed: When the files have no such column, or one whose values cannot become those of the wanted type.
    """
    if schema is None:
        return Rows(read(columns, None))
    wanted = _types_of(schema, session)
    rows = Rows(read(columns, wanted))
    conversions: dict[str, Conversion] = {}
    exact: dict[str, Column] = {}
    wrong = MemberFaults("schema")
    for name in rows.columns:
        have, want = rows.type_of(name), wanted.get(name)
        if want is None or have.simpleString() == want.simpleString():
            continue
        column = F.col(quoted(name))
        with wrong.at(name):
            if isinstance(have, PLAIN) and isinstance(want, PLAIN):
                conversions[name] = _conversion(name, column, have, want)
            else:
                exact[name] = _fitted(column, have, want, name)
    wrong.check()
    if exact:
        rows = Rows(rows.frame.withColumns(exact))
    return convert(rows, conversions, on_error, max_rejects, rejects=rejects)


def _types_of(schema: dict[str, str], session: SparkSession) -> dict[str, DataType]:
    columns = [F.lit(None).cast(kind).alias(str(place)) for place, kind in enumerate(schema.values())]
    fields = session.range(0).select(*columns).schema.fields
    return {name: field.dataType for name, field in zip(schema, fields, strict=True)}


def _conversion(name: str, column: Column, have: DataType, want: DataType) -> Conversion:
    """A column of plain values as another plain type.

    Raises:
        StepFailed: When the types have nothing to do with each other.
    """
    is_text = isinstance(have, StringType) or isinstance(want, StringType)
    is_like = any(isinstance(have, kinds) and isinstance(want, kinds) for kinds in (NumericType, _MOMENTS))
    if not is_text and not is_like:
        raise _no_way(name, have, want)
    value = column.try_cast(want)
    is_fault = value.isNull()
    if is_like and not isinstance(want, FloatType):
        # 1.5 as an int, 2 ** 53 + 1 as a double, noon as a date: what does not come back was lost.
        is_fault = is_fault | ~value.try_cast(have).eqNullSafe(column)
    elif is_like:
        # Floats are near the value by their nature, unless it is beyond all of them.
        is_fault = is_fault | (value.isin(float("inf"), -float("inf")) & ~column.cast("double").eqNullSafe(value))
    return Conversion(value, [name], f"of the type {want.simpleString()}", column.isNotNull() & is_fault)


def _fitted(column: Column, have: DataType, want: DataType, place: str) -> Column:
    """A nested value as another type: the wanted fields of objects, and wider types of what is in it.

    Raises:
        StepFailed: When an object has no such field, or a value in it could be lost.
    """
    if have.simpleString() == want.simpleString():
        return column
    match have, want:
        case StructType(), StructType():
            for name in want.names:
                if name not in have.names:
                    raise StepFailed(
                        f"`{place[:100]}` has no field `{name[:100]}` (fields here: {named(have.names)})",
                        argument="schema",
                        hint=near(name, have.names),
                    )
            fields = [
                _fitted(column[field.name], have[field.name].dataType, field.dataType, f"{place}.{field.name}")
                for field in want.fields
            ]
            made = F.struct(*[field.alias(name) for field, name in zip(fields, want.names, strict=True)])
            return F.when(column.isNotNull(), made)
        case ArrayType(), ArrayType():
            return F.transform(column, lambda item: _fitted(item, have.elementType, want.elementType, f"{place}[]"))
        case MapType(), MapType() if have.keyType == want.keyType:
            return F.transform_values(
                column, lambda _, item: _fitted(item, have.valueType, want.valueType, f"{place}[]")
            )
        case _ if widens(have, want):
            return column.cast(want)
        case _:
            raise _no_way(place, have, want)


def _no_way(place: str, have: DataType, want: DataType) -> StepFailed:
    return StepFailed(
        f"`{place[:100]}` is {shown_type(have)} in the files, which is not taken as {shown_type(want)}",
        argument="schema",
        hint="give it the type that it has, or leave the schema out and convert it in a step behind (cast, get_path)",
    )
