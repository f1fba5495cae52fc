"""Rows that stand in the job itself."""

from __future__ import annotations

import json
from typing import Annotated

from pydantic import Field
from pyspark.sql import SparkSession

from functions.arguments.columns import ColumnName
from functions.arguments.json_values import JsonValue
from functions.arguments.types import JsonSchema
from functions.catalog import function
from functions.records.bad_records import MaxRejects, OnError
from functions.records.json_rows import typed
from functions.records.rejects import Rejects
from functions.storage.reading.text import SCHEMA
from functions.workspace import Rows

_ENCODED = json.JSONEncoder(ensure_ascii=False).encode


@function
def load_rows(
    values: Annotated[list[dict[ColumnName, JsonValue]], Field(min_length=1)],
    schema: JsonSchema | None = None,
    on_error: OnError = "reject",
    max_rejects: MaxRejects = None,
    *,
    session: SparkSession,
    rejects: Rejects,
) -> Rows:
    """Make rows of the objects that stand in the step itself.

    Good for small tables, such as codes and their meaning. What was current before is replaced.

    Args:
        values: The rows, an object each.
        schema: The columns and their types, as DDL (`id INT, name STRING`) or an object (`{"id": "int"}`); null: those
            that the values have.
        on_error: What becomes of an object that does not fit the schema: set aside (`reject`), kept with null for what
            does not fit (`null`), or the end of the job (`fail`).
        max_rejects: How many objects may be set aside before the job fails: a count, or a share below 1; null: any
            number.

    Example:
        ["load_rows", [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bob"}], "id INT, name STRING"]
    """
    # Texts, all of them: nothing for Spark to verify.
    lines = session.createDataFrame([(_ENCODED(value),) for value in values], SCHEMA, verifySchema=False)
    return typed(lines, schema, on_error, max_rejects, rejects=rejects)
