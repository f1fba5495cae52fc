"""New names for columns."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from functions.arguments.columns import ColumnName
from functions.catalog import function
from functions.errors import StepFailed
from functions.member_faults import MemberFaults
from functions.workspace import Rows


@function
def rename(rows: Rows, names: Annotated[dict[ColumnName, ColumnName], Field(min_length=1)]) -> Rows:
    """Give columns new names.

    All are renamed at once, so two columns may swap their names. Columns keep their places. Two columns of one name
    are refused.

    Args:
        names: The new name of each column: `{old: new}`.

    Example:
        ["load_rows", [{"id": 1, "nm": "Ada"}]]
        ["rename", {"nm": "name"}]
    """
    wrong = MemberFaults("names")
    for old in names:
        with wrong.at(old):
            rows.check(old, argument="names")
    wrong.check()
    made: dict[str, str] = {}
    for old in rows.columns:
        new = names.get(old, old)
        if new in made:
            raise StepFailed(
                f"`{made[new][:100]}` and `{old[:100]}` would both be named `{new[:100]}`",
                argument="names",
                at=(old if old in names else made[new],),
                hint="choose another name, or drop or rename the other column, too",
            )
        made[new] = old
    return Rows(rows.renamed(made))
