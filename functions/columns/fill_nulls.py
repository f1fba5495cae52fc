"""Values in place of nulls."""

from __future__ import annotations

import json

from pyspark.sql import functions as F

from functions.arguments.columns import ColumnName
from functions.arguments.literals import GivenScalar, fits, literal
from functions.arguments.targets import AnyColumns, placed
from functions.catalog import function
from functions.errors import StepFailed
from functions.member_faults import MemberFaults
from functions.workspace import Rows


@function
def fill_nulls(rows: Rows, value: dict[ColumnName, GivenScalar] | GivenScalar, columns: AnyColumns = None) -> Rows:
    """Put a value where columns hold null.

    A column keeps its type, which must be able to hold the value: numbers in its range for numbers, text for text,
    true or false for booleans, and text such as `2024-02-29` or `2024-02-29T12:30:00` for dates and times. One value
    without `columns` goes to all columns that can hold it, of which there must be one; text then goes to columns of
    text alone. NaN and empty text are values, and stay.

    Args:
        value: The value, or the value for each column: `{column: value}`.
        columns: The columns to fill with the one value; null: all that can hold it.

    Example:
        ["load_rows", [{"name": "Ada", "age": null}, {"name": null, "age": 36}], "name STRING, age INT"]
        ["fill_nulls", {"name": "unknown", "age": 0}]
    """
    if isinstance(value, dict):
        if columns is not None:
            raise StepFailed(
                "names columns that `value` names already", argument="columns", hint="give the columns in one of them"
            )
        wanted = value
    else:
        wanted = dict.fromkeys(_able(rows, value) if columns is None else columns, value)
    argument = "value" if columns is None else "columns"
    wrong = MemberFaults(argument)
    made = {}
    for place, (name, given) in enumerate(wanted.items()):
        with wrong.at(name if columns is None else place):
            column = rows.column(name, argument=argument)
            made[name] = F.coalesce(column, literal(given, rows.type_of(name), name, argument=argument))
    wrong.check()
    return placed(rows, made)


def _able(rows: Rows, value: object) -> list[str]:
    kinds = {name: rows.type_of(name) for name in rows.columns}
    is_text = isinstance(value, str)
    able = [name for name, kind in kinds.items() if fits(value, kind) and (not is_text or kind.typeName() == "string")]
    if not able:
        raise StepFailed(
            f"no column can hold {json.dumps(value, ensure_ascii=False)[:100]}",
            argument="value",
            hint="name the columns in `columns`, to be told why each cannot",
        )
    return able
