"""Rows of tables below each other."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from functions.arguments.matching import in_one_shape, same_columns
from functions.arguments.ordering import comparable
from functions.arguments.tables import UsesTable
from functions.catalog import function
from functions.errors import StepFailed
from functions.member_faults import MemberFaults
from functions.workspace import Rows, Tables


@function
def union(
    rows: Rows,
    tables: Tables,
    names: Annotated[list[UsesTable], Field(min_length=1, max_length=1000)],
    allow_missing: bool = False,
    distinct: bool = False,
) -> Rows:
    """Put the rows of tables below the current rows.

    Columns, and fields of structs in them, belong together by their names, in the order of the current rows; types must
    fit, and numbers of different types become the wider one.

    Args:
        names: The tables.
        allow_missing: Whether a column, or a struct's field, that one side lacks is null there; else it is a mistake.
        distinct: Whether rows that are equal in every column are kept once.

    Example:
        ["load_rows", [{"id": 1, "name": "Ada"}]]
        ["name_table", "people"]
        ["load_rows", [{"id": 2, "name": "Bob"}]]
        ["union", ["people"]]
    """
    wrong = MemberFaults("names")
    for place, name in enumerate(names):
        with wrong.at(place):
            rows = _both(rows, tables.rows(name, argument="names"), allow_missing)
    wrong.check()
    if not distinct:
        return rows
    comparable(rows, rows.columns, argument="distinct", at=None)
    return Rows(rows.frame.distinct())


def _both(rows: Rows, other: Rows, allow_missing: bool) -> Rows:
    if not allow_missing:
        rows, other = same_columns(rows, other, argument="names")
        return Rows(rows.frame.unionByName(other.frame))
    shared = [name for name in rows.columns if name in other.columns]
    if not shared:
        raise StepFailed("the rows have no column in common", argument="names", hint="rename makes columns alike")
    rows, other = in_one_shape(rows, other, shared, argument="names", allow_missing=True)
    return Rows(rows.frame.unionByName(other.frame, allowMissingColumns=True))
