"""Putting rows in an order."""

from __future__ import annotations

from functions.arguments.ordering import OrderBy, ordered_by
from functions.catalog import function
from functions.records.rejects import Rejects
from functions.workspace import Frame, Rows


@function
def sort(rows: Rows, by: OrderBy, *, rejects: Rejects) -> Frame:
    """Put all rows in an order; lines stay lines.

    Null comes last, upwards and downwards, unless `nulls` says `first`. Text is ordered by its code points, so `Z`
    comes before `a`; false comes before true; NaN is larger than any number; of arrays and structs the first part that
    differs decides, where a null is less than all values. Rows that are equal in all of these columns come in no
    settled order: name one more column to settle it. The order holds for `limit`, `take`, `collect` and what is stored,
    and is lost by steps that group, join or spread the rows.

    Args:
        by: The columns to order by, the weightiest first: each a name, or an object such as
            `{"column": "age", "order": "desc", "nulls": "first"}`; `order` is `asc` or `desc`, `nulls` is `first` or
            `last`.

    Example:
        ["load_rows", [{"name": "Ada", "age": 36}, {"name": "Bob", "age": null}, {"name": "Cyd", "age": 41}]]
        ["sort", [{"column": "age", "order": "desc"}, "name"]]
    """
    rejects.sort()
    return rows.changed(rows.frame.orderBy(*ordered_by(rows, by, argument="by")))
