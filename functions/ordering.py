"""The order of rows as an argument, and which types of columns can be put in order or compared at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pyspark.sql import Column
from pyspark.sql.types import ArrayType, DataType, MapType, StructType, VariantType

from functions.check import ColumnName
from functions.errors import StepFailed
from functions.workspace import Rows


class Order(BaseModel):
    """How rows stand by one column."""

    model_config = ConfigDict(extra="forbid")

    column: ColumnName
    order: Literal["asc", "desc"] = "asc"
    nulls: Literal["first", "last"] = "last"


#: By which columns rows are put in order, the first counts most: names, or objects `{"column", "order", "nulls"}`.
OrderBy = Annotated[list[ColumnName | Order], Field(min_length=1, max_length=1000)]


def ordered(rows: Rows, order_by: Sequence[str | Order], *, argument: str = "order_by") -> list[Column]:
    """The columns to sort by.

    Raises:
        StepFailed: When one is missing, or of a type that has no order.
    """
    wanted = [Order(column=item) if isinstance(item, str) else item for item in order_by]
    check_comparable(rows, [item.column for item in wanted], argument=argument)
    return [_sorted(rows.column(item.column, argument=argument), item) for item in wanted]


def check_comparable(rows: Rows, names: Iterable[str], *, argument: str) -> None:
    """Makes sure that values of columns can be compared.

    Raises:
        StepFailed: When a column is missing, or its values cannot be.
    """
    for name in names:
        rows.column(name, argument=argument)
        kind = rows.type_of(name)
        if not is_comparable(kind):
            raise StepFailed(
                f"the column `{name}` is {kind.simpleString()}, whose values cannot be compared",
                argument=argument,
                hint="to_json_column makes text of it, get_path takes a part out of it",
            )


def _sorted(column: Column, item: Order) -> Column:
    match item.order, item.nulls:
        case "asc", "first":
            return column.asc_nulls_first()
        case "asc", _:
            return column.asc_nulls_last()
        case _, "first":
            return column.desc_nulls_first()
    return column.desc_nulls_last()


def is_comparable(kind: DataType) -> bool:
    """Whether values of a type have an order."""
    match kind:
        case ArrayType():
            return is_comparable(kind.elementType)
        case StructType():
            return all(is_comparable(field.dataType) for field in kind)
    return not isinstance(kind, (MapType, VariantType))
