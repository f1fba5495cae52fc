"""Rows of lines of JSON: the types are given, or found in the values."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from functions.bad_records import OnError
from functions.constants import options_literal, text_literal
from functions.errors import InputUnreadable
from functions.parsing import CORRUPT, Parsing, field, misfit, parsed, rows_of
from functions.rejects import Rejects
from functions.types import as_struct
from functions.workspace import Rows

_RECORD = "record:of:line"
_END = "end:of:line"
#: A type as `schema_of_variant_agg` writes it; names, which may spell types, come first.
_PARTS = re.compile(r"(?P<name>(?:`(?:[^`]|``)*`|\w+):)|OBJECT<>|OBJECT<|VOID|DECIMAL\(\d+,(?P<places>\d+)\)")


def typed(
    lines: DataFrame,
    schema: dict[str, str] | None,
    on_error: OnError,
    max_rejects: float | None = None,
    *,
    rejects: Rejects,
    told: Sequence[str] = (),
    sample_rows: int | None = None,
) -> Rows:
    """The objects of lines of JSON as rows.

    Args:
        lines: One string column, `value`, and the columns of `told`.
        schema: The columns and their types; None: those that all lines together have, which reads them once.
        on_error: What becomes of a line that is no JSON object, or does not fit the types.
        max_rejects: How many lines may be set aside.
        rejects: Takes them.
        told: Columns that are kept as they are.
        sample_rows: How many of the lines the types are found in; None: all.

    Raises:
        InputUnreadable: When no schema is given and no line is an object.
    """
    if schema is None:
        struct = inferred(lines if sample_rows is None else lines.limit(sample_rows))
    else:
        struct = as_struct(schema)
    # Spark's parser stops at the end of the first value; what comes after the line shows that it was the only one.
    wrapped = f"concat('{{\"{_RECORD}\":', value, ',\"{_END}\":true}}')"
    kind = text_literal(f"`{_RECORD}` {struct}, `{_END}` BOOLEAN, `{CORRUPT}` STRING")
    options = {"mode": "PERMISSIVE", "columnNameOfCorruptRecord": CORRUPT, "allowNonNumericNumbers": "false"}
    value = F.expr(f"from_json({wrapped}, {kind}, {options_literal(options)})")
    kinds = _kinds(lines, value) if schema is None else schema
    parsing = Parsing(value, list(kinds), lambda: _reason(kinds), f"{field(_END)} IS NULL", _RECORD)
    return rows_of(lines, told, parsing, on_error, max_rejects, rejects=rejects)


def _kinds(lines: DataFrame, value: Column) -> dict[str, str]:
    """The columns that records have, and their types, as Spark tells them."""
    found = lines.select(value.alias("found")).schema["found"].dataType[_RECORD].dataType  # type: ignore[index]
    return {each.name: each.dataType.simpleString() for each in found.fields}


def inferred(lines: DataFrame) -> str:
    """The columns that lines of JSON have, as the type of a struct: what has several types is VARIANT.

    Lines that hold no object say nothing.

    Raises:
        InputUnreadable: When no line is an object with a field.
    """
    objects = lines.select(F.try_parse_json("value").alias("object"))
    objects = objects.where("schema_of_variant(object) LIKE 'OBJECT<%'")
    found = objects.select(F.expr("schema_of_variant_agg(object)").alias("schema")).head()
    text = found.schema if found else None
    if not text or not text.startswith("OBJECT<") or text == "OBJECT<>":
        raise InputUnreadable(
            "no schema can be found: no record is a JSON object with a field",
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


def _reason(kinds: dict[str, str]) -> Column:
    line = F.col("value")
    record = parsed()[_RECORD]
    got = F.array(*[record[name].isNotNull() for name in kinds])
    names = F.array(*[F.lit(name) for name in kinds])
    texts = F.from_json(line, "map<string, string>")
    given = F.transform(names, lambda name: texts[name])
    return (
        F.when(F.try_parse_json(line).isNull(), F.lit("not JSON"))
        .when(parsed()[_END].isNull(), F.lit("not JSON: something follows its first value"))
        .when(~F.expr("schema_of_variant(try_parse_json(value)) LIKE 'OBJECT<%'"), F.lit("not a JSON object"))
        .otherwise(F.coalesce(misfit(list(kinds), list(kinds.values()), given, got), F.lit("does not fit the schema")))
    )
