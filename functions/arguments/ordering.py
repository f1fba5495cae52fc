"""The order of rows as an argument of steps, and which columns can be ordered or compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pyspark.sql import Column
from pyspark.sql.types import ArrayType, CalendarIntervalType, DataType, MapType, StructType, VariantType

from functions.arguments.columns import ColumnName
from functions.check import refuse
from functions.errors import StepFailed
from functions.member_faults import each_made
from functions.names import shown_type
from functions.workspace import Rows, quoted


class OrderKey(BaseModel):
    """A column that rows are ordered by."""

    model_config = ConfigDict(extra="forbid")

    column: ColumnName
    order: Literal["asc", "desc"] = "asc"
    nulls: Literal["first", "last"] = "last"

    def reversed(self) -> OrderKey:
        """The other way round; null goes to the other end, too."""
        order: Literal["asc", "desc"] = "asc" if self.order == "desc" else "desc"
        nulls: Literal["first", "last"] = "first" if self.nulls == "last" else "last"
        return OrderKey(column=self.column, order=order, nulls=nulls)


def _key(given: Any) -> Any:
    if isinstance(given, str):
        return {"column": given}
    if not isinstance(given, dict | OrderKey):
        raise refuse(
            "bad_order", "must be the name of a column or an object", 'such as {"column": "a", "order": "desc"}'
        )
    return given


def _one_or_more(given: Any) -> Any:
    return [given] if isinstance(given, str | dict) else given


def _each_once(keys: list[OrderKey]) -> list[OrderKey]:
    names = [key.column for key in keys]
    twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if twice is not None:
        raise refuse("named_twice", f"names `{twice[:100]}` twice", "name each once")
    return keys


_OrderKey = Annotated[OrderKey, BeforeValidator(_key, json_schema_input_type=ColumnName | OrderKey)]
_Keys = Annotated[list[_OrderKey], Field(min_length=1, max_length=1000)]
#: The columns that rows are ordered by, the weightiest first: a name, or
#: `{"column": …, "order": "asc" or "desc", "nulls": "first" or "last"}`; one may stand without a list. Null comes last
#: unless it is said otherwise.
OrderBy = Annotated[
    _Keys,
    AfterValidator(_each_once),
    BeforeValidator(_one_or_more, json_schema_input_type=ColumnName | OrderKey | _Keys),
]


def ordered_by(rows: Rows, keys: Sequence[OrderKey], *, argument: str) -> list[Column]:
    """The order as Spark takes it.

    Args:
        rows: The rows to be ordered.
        keys: The columns.
        argument: The step's argument that names them, for messages.

    Raises:
        StepFailed: When there is no such column, or its values have no order.
    """

    def ordered(key: OrderKey) -> Column:
        column = rows.column(key.column, argument=argument, at=("column",))
        kind = rows.type_of(key.column)
        if _holds(kind, (MapType, VariantType, CalendarIntervalType)):
            raise StepFailed(
                f"`{key.column}` is {shown_type(kind)}, whose values have no order",
                argument=argument,
                at=("column",),
                hint=_instead(key.column, kind),
            )
        made: Column = getattr(column, f"{key.order}_nulls_{key.nulls}")()
        return made

    return each_made(keys, ordered, argument=argument)


def comparable(
    rows: Rows, names: Sequence[str], *, argument: str | None, at: tuple[str | int, ...] | None = ()
) -> list[Column]:
    """Columns whose values can be told apart, as for rows to be grouped by.

    Args:
        rows: The rows.
        names: The columns.
        argument: The step's argument that names them, for messages; None where the step takes all columns.
        at: Where they stand in the argument, from the outside in; None where it does not name them one by one.

    Raises:
        StepFailed: When there is no such column, or whether two of its values are equal is not defined.
    """

    def compared(name: str) -> Column:
        column = rows.column(name, argument=argument or "")
        kind = rows.type_of(name)
        if not is_comparable(kind):
            raise StepFailed(
                f"`{name}` is {shown_type(kind)}, whose values cannot be compared",
                argument=argument,
                hint=_instead(name, kind),
            )
        return column

    if argument is None or at is None:
        return [compared(name) for name in names]
    return each_made(names, compared, argument=argument, at=at)


def _instead(name: str, kind: DataType) -> str:
    """What to do about a column whose values cannot be compared."""
    if isinstance(kind, MapType) and is_comparable(kind.valueType):
        # Text of a map would tell equal ones apart, since their entries may stand in any order.
        return f"with_column makes a list of it that can be: array_sort(map_entries({quoted(name[:100])}))"
    return "take values out of it with get_path or explode, or make text of it with to_json_column"


def is_comparable(kind: DataType) -> bool:
    """Whether Spark can tell if two values of the type are equal."""
    return not _holds(kind, (MapType, VariantType))


def _holds(kind: DataType, kinds: tuple[type[DataType], ...]) -> bool:
    """Whether a type is, or has inside it, one of some types."""
    if isinstance(kind, kinds):
        return True
    if isinstance(kind, ArrayType):
        return _holds(kind.elementType, kinds)
    if isinstance(kind, MapType):
        return _holds(kind.keyType, kinds) or _holds(kind.valueType, kinds)
    return isinstance(kind, StructType) and any(_holds(part.dataType, kinds) for part in kind.fields)
