"""Changing the types of columns."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pyspark.errors import AnalysisException

from functions.arguments.columns import ColumnName
from functions.arguments.types import TypeName
from functions.catalog import function
from functions.member_faults import MemberFaults
from functions.records.bad_records import Conversion, MaxRejects, OnError, convert
from functions.records.nested_casts import cast_of, conversion_of, no_cast
from functions.records.rejects import Rejects
from functions.workspace import Rows


@function
def cast(
    rows: Rows,
    types: Annotated[dict[ColumnName, TypeName], Field(min_length=1)],
    on_error: OnError = "reject",
    max_rejects: MaxRejects = None,
    *,
    rejects: Rejects,
) -> Rows:
    """Change the types of columns.

    A value that the new type cannot hold, such as the text `abc` or the number 300 as a `tinyint`, is at fault, also
    within a list, a map or a struct; null stays null. Text may have white space at its ends. Columns keep their places.
    Digits are no fault: as an `int` a number loses those behind its point, as a `decimal`, `float` or `double` it is
    rounded, and a time loses its time of day as a `date`. Text that is a time of day alone, such as `12:30`, is that of
    the current day as a `timestamp`. Fields of structs keep theirs and may get new names; where the type names the same
    fields in another order, they are put in that.

    Args:
        types: The new type of each column: `{column: type}`.
        on_error: What becomes of a row with a value at fault: set aside (`reject`), kept with null in its place
            (`null`), or the end of the job (`fail`).
        max_rejects: How many rows may be set aside before the job fails: a count, or a share below 1; null: any number.

    Example:
        ["load_rows", [{"id": "7", "price": "9.90"}, {"id": "x", "price": "1"}]]
        ["cast", {"id": "int", "price": "decimal(10, 2)"}]
    """
    session = rows.frame.sparkSession
    wrong = MemberFaults("types")
    conversions: dict[str, Conversion] = {}
    for name, kind in types.items():
        with wrong.at(name):
            before, have = rows.column(name, argument="types"), rows.type_of(name)
            after = cast_of(before, have, kind, name, argument="types", session=session)
            conversions[name] = conversion_of(
                before, after, have, kind, of=name, told=f"of the type {kind}", session=session
            )
    wrong.check()
    try:
        return convert(rows, conversions, on_error, max_rejects, rejects=rejects)
    except AnalysisException:
        _check_casts(rows, types)
        raise


def _check_casts(rows: Rows, types: dict[str, str]) -> None:
    """Tells which columns Spark cannot cast.

    Raises:
        StepFailed: When there are some.
    """
    wrong = MemberFaults("types")
    for name, kind in types.items():
        column = rows.column(name, argument="types")
        with wrong.at(name):
            try:
                # Asked for one by one, since Spark's own words do not name the column as the job knows it.
                _ = rows.frame.select(column.try_cast(kind)).schema
            except AnalysisException as error:
                raise no_cast(f"`{name[:100]}`", rows.type_of(name), kind, argument="types") from error
    wrong.check()
