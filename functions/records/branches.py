"""What is at fault in a record whose columns may be nested: each value of them is read by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, AtomicType, DataType, MapType, StringType, StructField, StructType

from functions.names import shown_type
from functions.records.parsing import CORRUPT, not_of_type

#: Most values of the columns that are looked at: each is one more parse of a record, and one more part of a plan.
_MOST = 1_000


@dataclass(frozen=True)
class Branch:
    """A column with nothing in it but the way to one value."""

    #: Fields of structs behind dots, `[]` for the items of lists and maps.
    path: str
    #: The value's type.
    leaf: DataType
    #: The column's type.
    kind: DataType
    #: The same with the value as text.
    as_text: DataType
    #: The fields that lead from the column to the value; None where there may be several.
    fields: tuple[str, ...] | None = ()


def first_at_fault(fields: Sequence[StructField], read: Callable[[StructType], Column]) -> Column:
    """Which value of a record does not fit its type; NULL where each does, taken by itself.

    Parsers leave null what stands behind the first value at fault, and some what stands before it: so what was read of
    the whole record does not tell.

    Args:
        fields: The columns.
        read: Makes what a parser reads of the record as a schema, which has the column `CORRUPT` where the parser is
            to tell there what does not fit.
    """
    found = ((field.name, branch) for field in fields for branch in branches(field.name, field.dataType))
    faults = [_fault(name, branch, read) for name, branch in islice(found, _MOST)]
    return F.coalesce(*faults, F.lit(None).cast("string"))


def branches(path: str, kind: DataType) -> Iterator[Branch]:
    """The values in a column, in their order; of items of lists and maps, one for all."""
    match kind:
        case StructType() if kind.fields:
            for field in kind.fields:
                for branch in branches(f"{path}.{field.name}", field.dataType):
                    yield replace(
                        branch,
                        kind=_one(field.name, branch.kind),
                        as_text=_one(field.name, branch.as_text),
                        fields=None if branch.fields is None else (field.name, *branch.fields),
                    )
        case ArrayType():
            for branch in branches(f"{path}[]", kind.elementType):
                yield replace(branch, kind=ArrayType(branch.kind), as_text=ArrayType(branch.as_text), fields=None)
        case MapType():
            for branch in branches(f"{path}[]", kind.valueType):
                of = MapType(kind.keyType, branch.kind), MapType(kind.keyType, branch.as_text)
                yield replace(branch, kind=of[0], as_text=of[1], fields=None)
        case _:
            yield Branch(path, kind, kind, StringType())


def _one(name: str, kind: DataType) -> StructType:
    return StructType([StructField(name, kind)])


def _fault(name: str, branch: Branch, read: Callable[[StructType], Column]) -> Column:
    watched = StructType([StructField(name, branch.kind), StructField(CORRUPT, StringType())])
    is_at_fault = F.coalesce(read(watched)[CORRUPT].isNotNull(), F.lit(True))
    kind = shown_type(branch.leaf)
    kind = kind.upper() if isinstance(branch.leaf, AtomicType) else kind
    told = F.lit(f"`{branch.path}`: a value is not of the type {kind}")
    if branch.fields is not None:
        text = read(_one(name, branch.as_text))[name]
        for field in branch.fields:
            text = text[field]
        told = F.coalesce(not_of_type(F.lit(branch.path), F.lit(kind), text), told)
    return F.when(is_at_fault, told)
