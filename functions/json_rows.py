"""Rows of lines of JSON: the types are given, or found in the values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from uuid import uuid4

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from functions.bad_records import OnError
from functions.errors import InputUnreadable
from functions.parsing import CORRUPT, Parsing, misfit, parsed, rows_of
from functions.rejects import Rejects
from functions.types import as_struct
from functions.workspace import Rows

#: What was read of lines that are flat objects, and of others.
_FLAT, _NESTED = "flat:record", "nested:record"
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
    options = {"mode": "PERMISSIVE", "columnNameOfCorruptRecord": CORRUPT, "allowNonNumericNumbers": "false"}
    fields = struct[len("STRUCT<") : -1]
    flat = F.from_json("value", f"STRUCT<{fields}, `{CORRUPT}`: STRING>", options)
    # Spark's parser stops at the end of the first value. So any other line becomes the first of two objects in a list,
    # under a name that no line can know: only a line that is one whole value has the other object behind it.
    word = f"line:{uuid4().hex}"
    listed = F.concat(F.lit(f'{{"{word}":['), F.col("value"), F.lit(f',{{"{word}":true}}]}}'))
    nested = F.from_json(listed, f"`{word}` ARRAY<STRUCT<{fields}, `{word}`: BOOLEAN>>, `{CORRUPT}` STRING", options)
    value = F.struct(F.when(_is_flat(), flat).alias(_FLAT), F.when(~_is_flat(), nested).alias(_NESTED))
    found = lines.select(flat.alias("found")).schema["found"].dataType
    kinds = {field.name: field.dataType.simpleString() for field in found.fields[:-1]}  # type: ignore[attr-defined]
    if schema is not None:
        kinds |= schema
    parsing = Parsing(value, list(kinds), _reason(kinds, word), within=(partial(_field, word), _is_none(word)))
    return rows_of(lines, told, parsing, on_error, max_rejects, rejects=rejects)


def _is_flat() -> Column:
    """Whether a line is one object, if it is JSON: it begins with one, which nothing but its last byte can end."""
    line = F.col("value")
    before = F.octet_length(F.substring_index(line, "}", 1))
    return line.startswith("{") & line.endswith("}") & (before == F.octet_length(line) - 1)


def _field(word: str, name: str) -> Column:
    flat, nested = parsed()[_FLAT], F.get(parsed()[_NESTED][word], F.lit(0))
    return F.when(flat.isNotNull(), flat[name]).otherwise(nested[name])


def _is_none(word: str) -> Column:
    """Whether a line is no object of the types, or goes on behind it."""
    flat, nested = parsed()[_FLAT], parsed()[_NESTED]
    objects = nested[word]
    is_alone = (F.size(objects) == 2) & F.get(objects, F.lit(1))[word]
    is_nested = nested[CORRUPT].isNull() & F.get(objects, F.lit(0)).isNotNull() & F.coalesce(is_alone, F.lit(False))
    return F.when(flat.isNotNull(), flat[CORRUPT].isNotNull()).otherwise(~F.coalesce(is_nested, F.lit(False)))


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


def _reason(kinds: dict[str, str], word: str) -> Column:
    line = F.col("value")
    # Where a value does not fit, the list that shows what follows is gone.
    listed = F.try_parse_json(F.concat(F.lit("["), line, F.lit(f',"{word}"]')))
    is_whole = F.try_variant_get(listed, "$[1]", "string").eqNullSafe(F.lit(word))
    got = F.array(*[_field(word, name).isNotNull() for name in kinds])
    names = F.array(*[F.lit(name) for name in kinds])
    texts = F.from_json(line, "map<string, string>")
    given = F.transform(names, lambda name: texts[name])
    return (
        F.when(F.try_parse_json(line).isNull(), F.lit("not JSON"))
        .when(~is_whole, F.lit("not JSON: something follows its first value"))
        .when(~F.expr("schema_of_variant(try_parse_json(value)) LIKE 'OBJECT<%'"), F.lit("not a JSON object"))
        .otherwise(F.coalesce(misfit(list(kinds), list(kinds.values()), given, got), F.lit("does not fit the schema")))
    )
