"""Rows of lines of JSON: the types are given, or found in the values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from uuid import uuid4

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, StructType

from functions.arguments.types import as_struct
from functions.constants import options_literal, text_literal
from functions.errors import InputUnreadable
from functions.records import infinity
from functions.records.bad_records import OnError
from functions.records.parsing import CORRUPT, Parsing, misfit, read_field, rows_of
from functions.records.rejects import Rejects
from functions.workspace import Rows, aliased

#: Spark's parser takes more than JSON unless it is told.
JSON_OPTIONS = {
    "mode": "PERMISSIVE",
    "columnNameOfCorruptRecord": CORRUPT,
    "allowNonNumericNumbers": "false",
    "allowSingleQuotes": "false",
}
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
    told: Mapping[str, str] | None = None,
    sample_rows: int | None = None,
) -> Rows:
    """The objects of lines of JSON as rows.

    Args:
        lines: One string column, `value`, and the columns of `told`.
        schema: The columns and their types; None: those that all lines together have, which reads them once.
        on_error: What becomes of a line that is no JSON object, or does not fit the types.
        max_rejects: How many lines may be set aside.
        rejects: Takes them.
        told: Names of columns that are kept as they are, by those they have in `lines`.
        sample_rows: How many of the lines the types are found in; None: all.

    Raises:
        InputUnreadable: When no schema is given and no line is an object.
    """
    if schema is None:
        struct = inferred(lines if sample_rows is None else lines.limit(sample_rows))
    else:
        struct = as_struct(schema)
    options = options_literal(JSON_OPTIONS)
    fields = struct[len("STRUCT<") : -1]
    flat = f"from_json(value, {text_literal(f'STRUCT<{fields}, `{CORRUPT}`: STRING>')}, {options})"
    # Spark's parser stops at the end of the first value. So any other line becomes the first of two objects in a list,
    # under a name that no line can know: only a line that is one whole value has the other object behind it.
    word = f"line:{uuid4().hex}"
    listed = f"concat('{{\"{word}\":[', value, ',{{\"{word}\":true}}]}}')"
    kind = f"`{word}` ARRAY<STRUCT<{fields}, `{word}`: BOOLEAN>>, `{CORRUPT}` STRING"
    nested = f"from_json({listed}, {text_literal(kind)}, {options})"
    read = {_FLAT: f"CASE WHEN {_IS_FLAT} THEN {flat} END", _NESTED: f"CASE WHEN NOT ({_IS_FLAT}) THEN {nested} END"}
    value = F.expr(f"struct({', '.join(aliased(made, name) for name, made in read.items())})")
    kinds = _kinds(lines, F.expr(flat)) if schema is None else schema
    within = (partial(_field, word, is_checked=on_error != "null"), f"{_is_none(word)} OR {_HALF}")
    parsing = Parsing(value, list(kinds), lambda: _reason(kinds, word), within=within, floats=_floats(struct))
    return rows_of(lines, told or {}, parsing, on_error, max_rejects, rejects=rejects)


def _floats(struct: str) -> dict[str, DataType]:
    """The columns that have floats, by name."""
    if not re.search("FLOAT|DOUBLE", struct, re.IGNORECASE):
        return {}
    found = StructType.fromDDL(struct)
    columns = found.fields if isinstance(found, StructType) else []
    return {field.name: field.dataType for field in columns if infinity.has_floats(field.dataType)}


def _kinds(lines: DataFrame, value: Column) -> dict[str, str]:
    """The columns that records have, and their types, as Spark tells them."""
    found = lines.select(value.alias("found")).schema["found"].dataType
    return {each.name: each.dataType.simpleString() for each in found.fields[:-1]}  # type: ignore[attr-defined]


#: Whether a line is one object, if it is JSON: it begins with one, which nothing but its last byte can end.
_IS_FLAT = (
    "startswith(value, '{') AND endswith(value, '}')"
    " AND octet_length(substring_index(value, '}', 1)) = octet_length(value) - 1"
)


#: Whether a line holds half of a pair of surrogates, written as an escape: no character, and `?` to Spark's parser.
#: Escaped backslashes are taken out before.
_SLASH = chr(92)
_HIGH, _LOW = r"\\u[dD][89abAB][0-9a-fA-F]{2}", r"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_HALF = (
    f"(contains(value, {text_literal(_SLASH + 'u')})"
    f" AND replace(value, {text_literal(_SLASH * 2)}, '  ')"
    f" RLIKE {text_literal(f'{_HIGH}(?!{_LOW})|(?<!{_HIGH}){_LOW}')})"
)


def _field(word: str, name: str, *, is_checked: bool = True) -> str:
    """A field's value, in SQL; null where nobody looked before whether the line is JSON and nothing follows."""
    flat, field = read_field(_FLAT), text_literal(name)
    within = f"get({_listed(word)}, 0)[{field}]"
    if is_checked:
        return f"CASE WHEN {flat} IS NOT NULL THEN {flat}[{field}] ELSE {within} END"
    cases = f"WHEN {_HALF} THEN NULL WHEN {flat} IS NOT NULL THEN {flat}[{field}] WHEN {_is_alone(word)} THEN {within}"
    return f"CASE {cases} END"


def _listed(word: str) -> str:
    return f"{read_field(_NESTED)}[{text_literal(word)}]"


def _is_alone(word: str) -> str:
    """Whether a line was one object and nothing else, in SQL; NULL where it could not be read."""
    listed = _listed(word)
    return f"size({listed}) = 2 AND get({listed}, 0) IS NOT NULL AND get({listed}, 1)[{text_literal(word)}]"


def _is_none(word: str) -> str:
    """Whether a line is no object of the types, or goes on behind it."""
    flat, nested, corrupt = read_field(_FLAT), read_field(_NESTED), text_literal(CORRUPT)
    is_one = f"coalesce({nested}[{corrupt}] IS NULL AND {_is_alone(word)}, FALSE)"
    return f"CASE WHEN {flat} IS NOT NULL THEN {flat}[{corrupt}] IS NOT NULL ELSE NOT {is_one} END"


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
    got = F.array(*[F.expr(f"{_field(word, name)} IS NOT NULL") for name in kinds])
    names = F.array(*[F.lit(name) for name in kinds])
    texts = F.from_json(line, "map<string, string>")
    given = F.transform(names, lambda name: texts[name])
    return (
        F.when(F.try_parse_json(line).isNull(), F.lit("not JSON"))
        .when(~is_whole, F.lit("not JSON: something follows its first value"))
        .when(~F.expr("schema_of_variant(try_parse_json(value)) LIKE 'OBJECT<%'"), F.lit("not a JSON object"))
        .otherwise(F.coalesce(misfit(list(kinds), list(kinds.values()), given, got), F.lit("does not fit the schema")))
    )
