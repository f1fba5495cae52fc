"""Rows in order."""

from __future__ import annotations

from functions.catalog import function
from functions.ordering import OrderBy, ordered
from functions.workspace import Rows


@function
def sort(rows: Rows, order_by: OrderBy) -> Rows:
    """Put the rows in order.

    Text is compared by its characters' code points (so `Z` comes before `a`), NaN is greater than any number, false
    comes before true. Rows that are equal in all these columns come in any order. Steps that shuffle, such as `join` or
    `group_by`, lose the order again.

    Args:
        order_by: The columns, the first counts most: names, or objects such as
            `{"column": "day", "order": "desc", "nulls": "first"}`. Nulls come last unless said otherwise.

    Example:
        ["load_rows", [{"name": "Bob", "age": 41}, {"name": "Ada", "age": 36}]]
        ["sort", ["name", {"column": "age", "order": "desc"}]]
    """
    return Rows(rows.frame.sort(*ordered(rows, order_by)))
