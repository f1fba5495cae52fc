"""Other values in place of some."""

from __future__ import annotations

from functools import reduce
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pyspark.sql import Column
from pyspark.sql import functions as F

from functions.arguments.columns import ColumnName
from functions.arguments.literals import Scalar, literal
from functions.arguments.targets import placed
from functions.catalog import function
from functions.check import refuse
from functions.member_faults import MemberFaults, each_made
from functions.workspace import Rows


class Replacement(BaseModel):
    """One value, and what comes in its place."""

    model_config = ConfigDict(extra="forbid")

    given: Scalar = Field(alias="from")
    to: Scalar


def _listed(values: Any) -> Any:
    return [{"from": given, "to": to} for given, to in values.items()] if isinstance(values, dict) else values


def _each_once(values: list[Replacement]) -> list[Replacement]:
    # 1 and 1.0 are one value of a column; true is another.
    seen = set()
    for value in values:
        key = (isinstance(value.given, bool), value.given)
        if key in seen:
            raise refuse("replaced_twice", f"replaces {value.given!r:.100} twice", "give each value once")
        seen.add(key)
    return values


_Replacements = Annotated[
    Annotated[list[Replacement], Field(min_length=1, max_length=1000)],
    BeforeValidator(_listed, json_schema_input_type=list[Replacement] | dict[str, Any]),
    AfterValidator(_each_once),
]


@function
def replace_values(rows: Rows, values: Annotated[dict[ColumnName, _Replacements], Field(min_length=1)]) -> Rows:
    """Put other values in place of some values of columns, all at once.

    A column keeps its type, which must be able to hold all the values, as in `fill_nulls`. A value is replaced where it
    is equal as a whole; null may be replaced, and may come in place. What is not named stays. For more than 1,000
    values of a column, join a table of them.

    Args:
        values: For each column a list of `{"from": …, "to": …}`, or for a column of text a map `{from: to}`.

    Example:
        ["load_rows", [{"size": "S", "stars": 1}, {"size": "?", "stars": 5}], "size STRING, stars INT"]
        ["replace_values", {"size": {"S": "small", "?": null}, "stars": [{"from": 5, "to": 4}]}]
    """
    wrong = MemberFaults("values")
    made = {}
    for name, wanted in values.items():
        with wrong.at(name):
            made[name] = _replaced(rows, name, wanted)
    wrong.check()
    return placed(rows, made)


def _replaced(rows: Rows, name: str, values: list[Replacement]) -> Column:
    column = rows.column(name, argument="values")
    kind = rows.type_of(name)

    def pair(value: Replacement) -> tuple[Column, Column]:
        given, to = (literal(each, kind, name, argument="values") for each in (value.given, value.to))
        return column.isNull() if value.given is None else column == given, to

    (is_first, first), *others = each_made(values, pair, argument="values")
    return reduce(lambda made, pair: made.when(*pair), others, F.when(is_first, first)).otherwise(column)
