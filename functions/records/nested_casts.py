"""Casts of values, also of those that hold others: what is in them is cast, too, and may be lost by itself."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DataType, MapType, StringType, StructType, VariantType

from functions.errors import StepFailed
from functions.names import shown_type
from functions.records.bad_records import Conversion
from functions.schemaless import values
from functions.storage.reading.columns import widens

_NESTED = (StructType, ArrayType, MapType)


def cast_of(column: Column, have: DataType, wanted: str, name: str, *, argument: str, session: SparkSession) -> Column:
    """A value as another type; NULL, or null in its place within the value, where that cannot hold it.

    Spark casts structs by the places of their fields. Where the wanted fields are the same in another order, each goes
    by its name all the same.

    Args:
        column: The value.
        have: Its type.
        wanted: The type that it is to have, as an argument gives it.
        name: What holds it, for messages.
        argument: The step's argument that gives the type.
        session: The job's.

    Raises:
        StepFailed: When a struct's fields have places that are another's, or keys of a map may not all fit.
    """
    if isinstance(have, _NESTED) and _is_nested(wanted):
        want = type_of(wanted, session)
        if not _keeps_keys(have, want):
            raise no_cast(f"`{name[:100]}`", have, wanted, argument=argument)
        column = _in_order(column, have, want, name, argument)
    return column.try_cast(wanted)


def conversion_of(
    before: Column, after: Column, have: DataType, wanted: str, *, of: str, told: str, session: SparkSession
) -> Conversion:
    """A cast whose faults are told: also of what is in lists, maps and structs. The JSON null is no value.

    Args:
        before: The value.
        after: What the cast made of it.
        have: Its type.
        wanted: The type that it got.
        of: The column that holds it.
        told: What a value should have been, for the reason.
        session: The job's.
    """
    if not isinstance(have, (*_NESTED, VariantType)):
        return Conversion(after, [of], told)
    want = type_of(wanted, session)
    return Conversion(after, [of], told, _is_lost(before, after, have, want) if _loses(have, want) else F.lit(False))


def no_cast(what: str, have: DataType, wanted: str, *, argument: str) -> StepFailed:
    """The error of a cast that Spark does not know.

    Args:
        what: What holds the value, such as the name of a column in backticks.
        have: Its type.
        wanted: The type that it was to have.
        argument: The step's argument that gives the type.
    """
    is_nested = _is_nested(wanted)
    match have:
        case StringType() if is_nested:
            hint = "parse_json_column makes lists, objects and maps of JSON text"
        case StructType() | ArrayType() | MapType() if wanted.upper() == "VARIANT":
            hint = "with_column makes VARIANT of it with to_variant_object"
        case StructType() | ArrayType() | MapType() if have.typeName().upper() == wanted.upper().partition("<")[0]:
            hint = "structs need as many fields; with_column makes others with named_struct, transform, transform_keys"
        case _:
            hint = "get_path, explode or flatten_struct take values out of it, to_json_column makes text of it"
    return StepFailed(
        f"{what} is {shown_type(have)}, which cannot be cast to {wanted[:100]}", argument=argument, hint=hint
    )


def type_of(wanted: str, session: SparkSession) -> DataType:
    """A type that stands in a step, as Spark has it."""
    return session.range(0).select(F.lit(None).cast(wanted).alias("value")).schema["value"].dataType


def _keeps_keys(have: DataType, want: DataType) -> bool:
    """Whether each key of maps stays one of its own: of a key that does not fit Spark makes a zero, or another's."""
    match have, want:
        case StructType(), StructType():
            return all(_keeps_keys(have[source].dataType, want[new].dataType) for source, new in _pairs(have, want))
        case ArrayType(), ArrayType():
            return _keeps_keys(have.elementType, want.elementType)
        case MapType(), MapType():
            is_same = have.keyType.simpleString() == want.keyType.simpleString() or widens(have.keyType, want.keyType)
            is_text = isinstance(want.keyType, StringType) and not isinstance(have.keyType, _NESTED)
            return (is_same or is_text) and _keeps_keys(have.valueType, want.valueType)
    return True


def _is_nested(wanted: str) -> bool:
    return wanted.upper().startswith(("STRUCT", "ARRAY", "MAP"))


def _in_order(column: Column, have: DataType, want: DataType, name: str, argument: str) -> Column:
    """The value with the fields of its structs in the order that the wanted type has."""
    if not _moves(have, want):
        return column
    match have, want:
        case StructType(), StructType():
            _check_places(have, want, name, argument)
            fields = [
                _in_order(
                    column[source], have[source].dataType, want[new].dataType, f"{name}.{source}", argument
                ).alias(new)
                for source, new in _pairs(have, want)
            ]
            made = F.struct(*fields)
            return F.when(column.isNotNull(), made)
        case ArrayType(), ArrayType():
            return F.transform(
                column, lambda item: _in_order(item, have.elementType, want.elementType, f"{name}[]", argument)
            )
        case MapType(), MapType():
            return F.transform_values(
                column, lambda _, item: _in_order(item, have.valueType, want.valueType, f"{name}[]", argument)
            )
    return column


def _moves(have: DataType, want: DataType) -> bool:
    """Whether a field of some struct has its name at another place in the wanted type."""
    match have, want:
        case StructType(), StructType():
            if not _fit(have, want):
                return False
            if any(name in have.names and have.names[place] != name for place, name in enumerate(want.names)):
                return True
            return any(_moves(*kinds) for kinds in zip(_kinds(have), _kinds(want), strict=True))
        case ArrayType(), ArrayType():
            return _moves(have.elementType, want.elementType)
        case MapType(), MapType():
            return _moves(have.valueType, want.valueType)
    return False


def _fit(have: StructType, want: StructType) -> bool:
    """Whether structs have as many fields, of which each can be named."""
    return len({*have.names}) == len(have.names) == len(want.names) == len({*want.names})


def _kinds(struct: StructType) -> list[DataType]:
    return [field.dataType for field in struct.fields]


def _sources(have: StructType, want: StructType) -> list[str]:
    """The field that each wanted one is made of."""
    return want.names if {*have.names} == {*want.names} else have.names


def _check_places(have: StructType, want: StructType, name: str, argument: str) -> None:
    for field, source in zip(want.names, _sources(have, want), strict=True):
        if field in have.names and source != field:
            raise StepFailed(
                f"`{name[:100]}` is {shown_type(have)}, which has `{field[:100]}` at another place than the type",
                argument=argument,
                hint="fields get new names by their places: leave each of the others where it is",
            )


def _loses(have: DataType, want: DataType) -> bool:
    """Whether a cast may make null of a value, or of one in it."""
    match have, want:
        case StructType(), StructType():
            pairs = _pairs(have, want)
            return any(_loses(have[source].dataType, want[new].dataType) for source, new in pairs)
        case ArrayType(), ArrayType():
            return _loses(have.elementType, want.elementType)
        case MapType(), MapType():
            return _loses(have.valueType, want.valueType)
        case VariantType(), _:
            return not isinstance(want, VariantType)
    return not isinstance(want, StringType) and have.simpleString() != want.simpleString() and not widens(have, want)


def _pairs(have: StructType, want: StructType) -> list[tuple[str, str]]:
    return list(zip(_sources(have, want), want.names, strict=True)) if _fit(have, want) else []


def _is_lost(before: Column, after: Column, have: DataType, want: DataType) -> Column:
    """Whether the value, or one in it, is there before a cast and null behind it; never NULL."""
    match have, want:
        case StructType(), StructType():
            fields = [
                _is_lost(before[source], after[new], have[source].dataType, want[new].dataType)
                for source, new in _pairs(have, want)
                if _loses(have[source].dataType, want[new].dataType)
            ]
            return reduce(Column.__or__, fields, F.lit(False))
        case ArrayType(), ArrayType():
            return _is_item_lost(before, after, have.elementType, want.elementType)
        case MapType(), MapType():
            return _is_item_lost(F.map_values(before), F.map_values(after), have.valueType, want.valueType)
        case VariantType(), _:
            is_gone = after.isNull() & before.isNotNull() & ~F.is_variant_null(before)
            return is_gone | _is_part_lost(before, after, want)
    return after.isNull() & before.isNotNull()


def _is_part_lost(before: Column, after: Column, want: DataType) -> Column:
    """As `_is_lost`, of what is in a VARIANT."""
    match want:
        case StructType():
            fields = [
                _is_lost(values.raw(before, [field.name]), after[field.name], VariantType(), field.dataType)
                for field in want.fields
                if not isinstance(field.dataType, VariantType)
            ]
            return reduce(Column.__or__, fields, F.lit(False))
        case ArrayType() if _loses(VariantType(), want.elementType):
            return _is_item_lost(values.elements(before), after, VariantType(), want.elementType)
        case MapType() if _loses(VariantType(), want.valueType):
            parts = F.map_values(F.try_variant_get(before, "$", "map<string,variant>"))
            return _is_item_lost(parts, F.map_values(after), VariantType(), want.valueType)
    return F.lit(False)


def _is_item_lost(before: Column, after: Column, have: DataType, want: DataType) -> Column:
    pairs = F.zip_with(before, after, lambda one, other: _is_lost(one, other, have, want))
    return F.coalesce(F.exists(pairs, lambda is_lost: is_lost), F.lit(False))
