"""Values from inside others."""

from __future__ import annotations

from dataclasses import replace

from pyspark.errors import AnalysisException
from pyspark.sql import functions as F
from pyspark.sql.types import VariantType

from functions.arguments.columns import ColumnName
from functions.arguments.targets import placed
from functions.arguments.types import TypeName
from functions.arguments.value_paths import ValuePath, reached
from functions.catalog import function
from functions.records.bad_records import MaxRejects, OnError, convert
from functions.records.nested_casts import cast_of, conversion_of, no_cast
from functions.records.rejects import Rejects
from functions.workspace import Rows


@function
def get_path(
    rows: Rows,
    column: ColumnName,
    path: ValuePath,
    to: ColumnName | None = None,
    type: TypeName | None = None,  # noqa: A002 - the step's argument
    on_error: OnError = "reject",
    max_rejects: MaxRejects = None,
    *,
    rejects: Rejects,
) -> Rows:
    r"""Take the value at a path out of structs, maps, lists, VARIANT, or JSON text.

    Where there is nothing at the path, as where a list is too short, the result is null; but a field that a struct
    cannot have ends the job before it runs. In text that is no JSON there is nothing. A value that the type cannot hold
    is at fault.

    Args:
        column: The column that holds the values.
        path: The way to the value: text such as `items[0].price` (keys with other characters as `["a.b"]`), or a list
            of keys and indexes such as `["items", 0, "price"]`. Indexes count from 0; -1 is the last of a list that has
            a type.
        to: What to call the new column; null: the column is changed in place.
        type: The type of the result; null: the type that the value has, which is VARIANT in VARIANT and in JSON text.
        on_error: What becomes of a row with a value at fault: set aside (`reject`), kept with null in its place
            (`null`), or the end of the job (`fail`).
        max_rejects: How many rows may be set aside before the job fails: a count, or a share below 1; null: any number.

    Example:
        ["load_rows", [{"id": 1, "data": "{\"items\": [{\"price\": \"9.90\"}]}"}]]
        ["get_path", "data", "items[0].price", "price", "decimal(10, 2)"]
    """
    source = rows.column(column, argument="column")
    inside = rows.type_of(column)
    value, kind = reached(source, inside, path, column)
    is_variant = isinstance(kind, VariantType)
    if type is None or (is_variant and type == "VARIANT"):  # nothing can be at fault
        return placed(rows, {to or column: F.when(~F.is_variant_null(value), value) if is_variant else value})
    session = rows.frame.sparkSession
    try:
        if is_variant:
            cast, _ = reached(source, inside, path, column, into=type)
        else:
            cast = cast_of(value, kind, type, "the value at the path", argument="type", session=session)
        told = f"of the type {type} at the path"
        made = conversion_of(value, cast, kind, type, of=column, told=told, session=session)
        if made.is_fault is None:
            made = replace(made, is_fault=cast.isNull() & value.isNotNull())
        return convert(rows, {to or column: made}, on_error, max_rejects, rejects=rejects)
    except AnalysisException as error:
        raise no_cast("the value at the path", kind, type, argument="type") from error
