"""Rows of lines of JSON: the types are given, or found in the values."""

from __future__ import annotations

import re

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from functions.bad_records import OnError
from functions.errors import InputUnreadable
from functions.rejects import Rejects
from functions.types import as_struct
from functions.workspace import Rows, quoted

_CORRUPT = "corrupt:record"
#: A type as `schema_of_variant_agg` writes it; names, which may spell types, come first.
_PARTS = re.compile(r"(?P<name>(?:`(?:[^`]|``)*`|\w+):)|OBJECT<>|OBJECT<|VOID|DECIMAL\(\d+,(?P<places>\d+)\)")


def typed(
    lines: DataFrame,
    schema: dict[str, str] | None,
    on_error: OnError,
    max_rejects: float | None = None,
    *,
    rejects: Rejects,
) -> Rows:
    """The objects of lines of JSON as rows.

    Args:
        lines: One string column, `value`.
        schema: The columns and their types; None: those that all lines together have, which reads them once.
        on_error: What becomes of a line that is no JSON object, or does not fit the types.
        max_rejects: How many lines may be set aside.
        rejects: Takes them.

    Raises:
        InputUnreadable: When no schema is given and no line is an object.
    """
    struct = inferred(lines) if schema is None else as_struct(schema)
    options = {"mode": "PERMISSIVE", "columnNameOfCorruptRecord": _CORRUPT}
    parsed = F.from_json("value", f"{struct.removesuffix('>')}, {quoted(_CORRUPT)}: STRING>", options)
    wide = lines.select("value", parsed.alias("parsed"))
    corrupt = F.col("parsed")[_CORRUPT]
    reason = F.when(corrupt.isNotNull() | F.col("parsed").isNull(), _reason(F.col("value")))
    if on_error == "reject":
        wide = rejects.set_aside(wide, reason.isNull(), F.col("value"), reason, most=max_rejects)
    elif on_error == "fail":
        failed = F.when(reason.isNotNull(), rejects.fault(reason)).cast("string")
        wide = wide.where(F.coalesce(failed, F.lit("")) == "")
    names = [name for name in wide.select("parsed.*").columns if name != _CORRUPT]
    return Rows(wide.select(*[F.col("parsed")[name].alias(name) for name in names]))


def inferred(lines: DataFrame) -> str:
    """The columns that lines of JSON have, as the type of a struct: what has several types is VARIANT.

    Raises:
        InputUnreadable: When no line is an object.
    """
    found = lines.select(F.expr("schema_of_variant_agg(try_parse_json(value))").alias("schema")).head()
    text = found.schema if found else None
    if not text or not text.startswith("OBJECT<") or text == "OBJECT<>":
        raise InputUnreadable(
            "no schema can be found: not every line is a JSON object" if text else "no schema can be found: no line",
            argument="schema",
            hint="give the schema, such as `id INT, name STRING`",
        )
    return _PARTS.sub(_spark_type, text)


def _spark_type(part: re.Match[str]) -> str:
    match part.group():
        case name if part.group("name"):
            return name
        case "OBJECT<":
            return "STRUCT<"
        case "OBJECT<>":
            return "VARIANT"
        case "VOID":
            return "STRING"
        case decimal:
            return decimal if part.group("places") == "0" else "DOUBLE"


def _reason(line: Column) -> Column:
    return F.when(F.try_parse_json(line).isNull(), F.lit("not JSON")).otherwise(F.lit("does not fit the schema"))
