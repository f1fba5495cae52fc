"""Rows of two tables beside each other."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from functions.arguments.columns import ColumnName
from functions.arguments.matching import check_alike
from functions.arguments.ordering import comparable
from functions.arguments.tables import UsesTable
from functions.catalog import function
from functions.errors import StepFailed
from functions.member_faults import MemberFaults
from functions.workspace import Rows, Tables, aliased, quoted

Kind = Literal["inner", "left", "right", "full", "left_semi", "left_anti", "cross"]


class Pair(BaseModel):
    """Columns whose values are to be equal: one of the current rows, one of the table."""

    model_config = ConfigDict(extra="forbid")

    left: ColumnName
    right: ColumnName


_Pairs = Annotated[list[ColumnName | Pair], Field(max_length=1000)]


def _one_or_more(given: Any) -> Any:
    return [given] if isinstance(given, str | dict) else given


@function
def join(
    rows: Rows,
    tables: Tables,
    table: UsesTable,
    on: Annotated[_Pairs, BeforeValidator(_one_or_more, json_schema_input_type=ColumnName | Pair | _Pairs)],
    how: Kind = "inner",
    suffix: Annotated[str, StringConstraints(min_length=1, max_length=100)] = "_right",
    broadcast: bool = False,
    null_safe: bool = False,
) -> Rows:
    """Put the current rows (left) beside those rows of a table (right) that belong to them.

    The result has the columns of the left, then those of the right. A column that is named once in `on` stands there
    once, with the value of the side that has one; a column of the right whose name the left has too gets a suffix.
    `left_semi` keeps the rows of the left that have a partner, `left_anti` those that have none; both keep the columns
    of the left alone.

    Args:
        table: The table on the right.
        on: What makes rows belong together, all of it: names of columns that both have, or pairs
            `{"left": "id", "right": "customer_id"}`; one may stand without a list; an empty list for `cross`.
        how: Which rows are kept: `inner` those with a partner, `left`, `right` or `full` also those of a side without
            one, `left_semi`, `left_anti`, or `cross`, every row beside every other.
        suffix: What is put behind names of the right that the left has, too.
        broadcast: Whether the table is small enough to be sent whole to every task.
        null_safe: Whether null equals null; else a row with a null has no partner.

    Example:
        ["load_rows", [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bob"}]]
        ["name_table", "people"]
        ["load_rows", [{"order": 7, "person": 1}, {"order": 8, "person": 3}]]
        ["join", "people", [{"left": "person", "right": "id"}], "left"]
    """
    right = tables.rows(table, argument="table")
    pairs = [(item, item) if isinstance(item, str) else (item.left, item.right) for item in on]
    if bool(pairs) == (how == "cross"):
        detail = (
            "a cross join has no columns to compare" if pairs else f"a join of the kind {how} needs columns to compare"
        )
        raise StepFailed(detail, argument="on", hint='such as ["id"], and [] for cross')
    wrong = MemberFaults("on")
    for place, (one, its) in enumerate(pairs):
        with wrong.at(place):
            comparable(rows, [one], argument="on", at=("left",))
            comparable(right, [its], argument="on", at=("right",))
            check_alike(rows, right, [(one, its)], argument="on")
    wrong.check()
    ours, lefts = _renamed(rows, "left")
    theirs, rights = _renamed(right, "right")
    sign = "<=>" if null_safe else "="
    condition = " AND ".join(f"{lefts[one]} {sign} {rights[other]}" for one, other in pairs)
    other = F.broadcast(theirs) if broadcast else theirs
    joined = ours.join(other, F.expr(condition), how) if pairs else ours.crossJoin(other)
    if how in ("left_semi", "left_anti"):
        return Rows(joined.selectExpr(*[aliased(lefts[name], name) for name in rows.columns]))
    shared = {item for item in on if isinstance(item, str)}
    columns = [aliased(_left(name, lefts, rights, how if name in shared else ""), name) for name in rows.columns]
    for name in right.columns:
        if name not in shared:
            columns.append(aliased(rights[name], name + suffix if name in rows.columns else name))
    return Rows(joined.selectExpr(*columns))


def _renamed(rows: Rows, side: str) -> tuple[DataFrame, dict[str, str]]:
    """The rows with columns that no other frame has, so that a table may be joined with itself; their names quoted."""
    names = {name: f"{side}:{place}" for place, name in enumerate(rows.columns)}
    frame = rows.renamed({new: name for name, new in names.items()})
    return frame, {name: quoted(new) for name, new in names.items()}


def _left(name: str, lefts: dict[str, str], rights: dict[str, str], how: str) -> str:
    match how:
        case "right":
            return rights[name]
        case "full":
            return f"coalesce({lefts[name]}, {rights[name]})"
    return lefts[name]
