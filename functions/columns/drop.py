"""Taking columns away."""

from __future__ import annotations

from typing import Literal

from pyspark.sql import functions as F

from functions.arguments.columns import columns_named
from functions.arguments.targets import Columns
from functions.catalog import function
from functions.errors import StepFailed
from functions.workspace import Rows, quoted


@function
def drop(rows: Rows, columns: Columns, missing: Literal["fail", "ignore"] = "fail") -> Rows:
    """Take columns away; the others stay in their order, and at least one must stay.

    Args:
        columns: The columns to take away: one, or a list.
        missing: Whether a column that is not there ends the job (`fail`) or does not matter (`ignore`).

    Example:
        ["load_rows", [{"id": 1, "name": "Ada", "age": 36}]]
        ["drop", "age"]
    """
    if missing == "fail":
        columns_named(rows, columns, argument="columns")
    gone = set(columns)
    kept = [name for name in rows.columns if name not in gone]
    if not kept:
        raise StepFailed("no column would be left", argument="columns", hint="keep at least one")
    return Rows(rows.frame.select(*[F.col(quoted(name)) for name in kept]))
