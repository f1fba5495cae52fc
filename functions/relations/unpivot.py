"""Columns as rows."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, DoubleType, FloatType, IntegralType

from functions.arguments.columns import ColumnName, ColumnNames, columns_named
from functions.catalog import function
from functions.errors import StepFailed
from functions.names import shown_type
from functions.workspace import Rows, quoted, unused_name

#: What several types together become.
_WIDER: Mapping[str, tuple[type[DataType], ...]] = {"bigint": (IntegralType,), "double": (FloatType, DoubleType)}


@function
def unpivot(
    rows: Rows,
    columns: ColumnNames,
    name_to: ColumnName = "name",
    value_to: ColumnName = "value",
    keep_nulls: bool = True,
) -> Rows:
    """Make a row of each of some columns: its name and its value, beside the row's other columns.

    Args:
        columns: The columns that become rows; all of one type, or all integers (which become `bigint`), or all floats
            (which become `double`).
        name_to: The column for their names.
        value_to: The column for their values.
        keep_nulls: Whether a value that is null becomes a row, too.

    Example:
        ["load_rows", [{"city": "Recife", "2023": 5, "2024": 7}]]
        ["unpivot", ["2023", "2024"], "year", "sold"]
    """
    columns_named(rows, columns, argument="columns")
    kinds = {rows.type_of(name).simpleString(): rows.type_of(name) for name in columns}
    wider = next((name for name, kind in _WIDER.items() if all(isinstance(k, kind) for k in kinds.values())), None)
    if len(kinds) > 1 and wider is None:
        raise StepFailed(
            f"the columns are of different types: {', '.join(sorted(map(shown_type, kinds.values())))}",
            argument="columns",
            hint="cast them to one type, or make text of them with to_json_column",
        )
    others = [name for name in rows.columns if name not in columns]
    _check_names(others, name_to, value_to)
    kept = [F.col(quoted(name)) for name in others]
    items = [
        F.struct(F.lit(name).alias("name"), _value(name, wider if len(kinds) > 1 else None).alias("value"))
        for name in columns
    ]
    beside = unused_name(others, "item")
    wide = rows.frame.select(*kept, F.explode(F.array(*items)).alias(beside))
    item = F.col(quoted(beside))
    found = wide.select(*kept, item["name"].alias(name_to), item["value"].alias(value_to))
    return Rows(found if keep_nulls else found.where(F.col(quoted(value_to)).isNotNull()))


def _check_names(others: list[str], name_to: str, value_to: str) -> None:
    for argument, name in (("name_to", name_to), ("value_to", value_to)):
        if name in others or name_to == value_to:
            raise StepFailed(f"two columns would be named `{name}`", argument=argument, hint="choose another name")


def _value(name: str, kind: str | None) -> Column:
    column = F.col(quoted(name))
    return column.cast(kind) if kind else column
