"""Values of JSON text."""

from __future__ import annotations

from uuid import uuid4

from pyspark.sql import functions as F

from functions.arguments.column_types import text_columns
from functions.arguments.columns import ColumnName
from functions.arguments.types import JsonSchema, JsonTypeName, as_struct
from functions.catalog import function
from functions.errors import StepFailed
from functions.records.bad_records import Conversion, MaxRejects, OnError, convert
from functions.records.json_rows import JSON_OPTIONS, inferred
from functions.records.parsing import CORRUPT
from functions.records.rejects import Rejects
from functions.schemaless import values
from functions.workspace import Rows, quoted

_WHOLE, _VALUE = "whole", "value"


@function
def parse_json_column(
    rows: Rows,
    column: ColumnName,
    schema: JsonSchema | None = None,
    to: ColumnName | None = None,
    type: JsonTypeName | None = None,  # noqa: A002 - the step's argument
    on_error: OnError = "reject",
    max_rejects: MaxRejects = None,
    *,
    rejects: Rejects,
) -> Rows:
    r"""Read text that is JSON: objects as structs, or values of any type.

    Text that is no JSON, goes on behind its first value, or does not fit the types, is at fault; null, and the JSON
    null, give null. A field that the schema does not name is left out, and one that is missing is null.

    Args:
        column: The column of text.
        schema: The fields of the objects and their types, as DDL (`id INT, name STRING`) or an object
            (`{"id": "int"}`); null: those that all objects together have, which reads the column once.
        to: What to call the new column; null: the column is changed in place.
        type: Instead of a schema the type of the values, such as `array<int>`, `map<string, double>` or `variant`,
            which holds any JSON.
        on_error: What becomes of a row with a text at fault: set aside (`reject`), kept with null for what does not fit
            (`null`), or the end of the job (`fail`).
        max_rejects: How many rows may be set aside before the job fails: a count, or a share below 1; null: any number.

    Example:
        ["load_rows", [{"id": 1, "data": "{\"city\": \"London\", \"tags\": [\"a\"]}"}]]
        ["parse_json_column", "data", "city STRING, tags ARRAY<STRING>"]
    """
    text = text_columns(rows, [column], "parse_json_column", argument="column")[column]
    if schema is not None and type is not None:
        raise StepFailed("has a schema beside it", argument="type", hint="give a schema, or a type")
    kind = type or (as_struct(schema) if schema is not None else inferred(rows.frame.select(text.alias("value"))))
    # In an object, so that Spark marks what does not fit, of whatever type. Its parser stops at the end of the first
    # value: the text is all of one only where the object has two members, it and a last one that no text can name.
    last = uuid4().hex
    whole = F.concat(F.lit(f'{{"{_WHOLE}":{{"{_VALUE}":'), text, F.lit(f',"{last}":null}}}}'))
    parsed = F.from_json(whole, f"STRUCT<{_WHOLE}: MAP<STRING, {kind}>, {quoted(CORRUPT)}: STRING>", JSON_OPTIONS)
    members = parsed[_WHOLE]
    is_one = F.map_keys(members).eqNullSafe(F.array(F.lit(_VALUE), F.lit(last)))
    is_fault = text.isNotNull() & (parsed[CORRUPT].isNotNull() | ~is_one)
    value = F.when(is_one, members[_VALUE])
    if kind == "VARIANT":
        value = values.not_null(value)
    made = Conversion(value, [column], f"JSON of the type {kind}", is_fault)
    return convert(rows, {to or column: made}, on_error, max_rejects, rejects=rejects)
