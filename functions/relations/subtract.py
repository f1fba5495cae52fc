"""Rows that another table has not."""

from __future__ import annotations

from pyspark.sql import functions as F

from functions.arguments.matching import same_columns
from functions.arguments.ordering import comparable
from functions.arguments.tables import UsesTable
from functions.catalog import function
from functions.workspace import Rows, Tables, quoted


@function
def subtract(rows: Rows, tables: Tables, table: UsesTable, all: bool = False) -> Rows:  # noqa: A002 - as SQL names it
    """Take away the rows that a table has.

    What is left are the current rows that are equal in every column to no row of the table; nulls are equal.
    Columns, and fields of structs, belong together by their names.

    Args:
        table: The table.
        all: Whether rows that stand there several times count each time; else each kind of row is left once.

    Example:
        ["load_rows", [{"id": 1}, {"id": 2}]]
        ["name_table", "known"]
        ["load_rows", [{"id": 2}, {"id": 3}]]
        ["subtract", "known"]
    """
    other = tables.rows(table, argument="table")
    rows, other = same_columns(rows, other, argument="table")
    comparable(rows, rows.columns, argument="table", at=None)
    theirs = other.frame.select(*[F.col(quoted(name)) for name in rows.columns])
    return Rows(rows.frame.exceptAll(theirs) if all else rows.frame.subtract(theirs))
