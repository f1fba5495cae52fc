"""Column types and schemas as arguments of steps: Spark's names for types, checked before anything runs."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated

import sqlglot
from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError
from sqlglot import exp
from sqlglot.errors import SqlglotError

from functions.arguments.schema_faults import schema_fault, type_fault
from functions.check import refuse

_KINDS = exp.DataType.Type
#: The types that columns may have, by sqlglot's name.
_ALLOWED = {
    _KINDS.BOOLEAN: "boolean",
    _KINDS.TINYINT: "tinyint",
    _KINDS.SMALLINT: "smallint",
    _KINDS.INT: "int",
    _KINDS.BIGINT: "bigint",
    _KINDS.FLOAT: "float",
    _KINDS.DOUBLE: "double",
    _KINDS.DECIMAL: "decimal(p, s)",
    _KINDS.TEXT: "string",
    _KINDS.BINARY: "binary",
    _KINDS.DATE: "date",
    _KINDS.TIMESTAMPTZ: "timestamp",
    _KINDS.TIMESTAMPLTZ: "timestamp_ltz",
    _KINDS.TIMESTAMPNTZ: "timestamp_ntz",
    _KINDS.VARIANT: "variant",
    _KINDS.ARRAY: "array<…>",
    _KINDS.MAP: "map<…, …>",
    _KINDS.STRUCT: "struct<name: …>",
}
_NAMES = list(_ALLOWED.values())
_MOST_DIGITS = 38
#: Types within types. Reading takes time by its square.
_DEEPEST = 30
#: A whole type where columns are wanted, as Spark shows the schema of a frame.
_WHOLE = re.compile(r"\s*struct\s*<(.*)>\s*", re.IGNORECASE | re.DOTALL)
#: The names that Spark reads as such without backticks.
_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
#: How many types these are of.
_PARTS = {_KINDS.ARRAY: 1, _KINDS.MAP: 2}


@lru_cache(512)
def admit_type(text: str) -> str:
    """A type in Spark's own words.

    Args:
        text: Such as `decimal(10, 2)` or `array<struct<id: int>>`, in any case.

    Raises:
        PydanticCustomError: When it is no type that a column may have.
    """
    return _parsed(text).sql(dialect="spark")


def admit_schema(schema: str | dict[str, str]) -> dict[str, str]:
    """Columns and their types, of DDL (`id INT, name STRING`) or of an object of types by name.

    Raises:
        PydanticCustomError: When it names no column, one twice, or a type that a column may not have.
    """
    if isinstance(schema, dict):
        found = [(name, admit_type(text)) for name, text in schema.items()]
    else:
        found = list(_columns(schema))
    names = [name for name, _ in found]
    if not names or "" in names:
        raise refuse("bad_schema", "names no column", "such as `id INT, name STRING`")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise refuse("bad_schema", f"names the column `{twice[:100]}` twice", "each column once")
    return dict(found)


@lru_cache(512)
def admit_json_type(text: str) -> str:
    """As `admit_type`, a type of values that are read from JSON, whose keys are text.

    Raises:
        PydanticCustomError: When it is none.
    """
    kind = admit_type(text)
    for part in _parsed(kind).find_all(exp.DataType):
        if part.this == _KINDS.MAP and part.expressions[0].this != _KINDS.TEXT:
            raise refuse(
                "bad_json_type",
                f"`{part.sql(dialect='spark')[:100]}`: keys in JSON are text",
                "map<string, …>; with_column gives it other keys with transform_keys",
            )
    return kind


def admit_json_schema(schema: str | dict[str, str]) -> dict[str, str]:
    """As `admit_schema`, of objects that are read from JSON.

    Raises:
        PydanticCustomError: When it is none.
    """
    return {name: admit_json_type(kind) for name, kind in admit_schema(schema).items()}


@lru_cache(512)
def _columns(ddl: str) -> tuple[tuple[str, str], ...]:
    whole = _WHOLE.fullmatch(ddl)
    ddl = whole.group(1) if whole else ddl
    struct = _read(f"struct<{ddl}>")
    if struct is None:
        raise refuse("bad_schema", *schema_fault(ddl, _NAMES, _is_type))
    return tuple((part.name, part.args["kind"].sql(dialect="spark")) for part in struct.expressions)


def as_struct(schema: dict[str, str]) -> str:
    """A schema as the type of a struct, in Spark's words."""
    return "STRUCT<" + ", ".join(f"`{name.replace('`', '``')}`: {kind}" for name, kind in schema.items()) + ">"


def _parsed(text: str) -> exp.DataType:
    found = _read(text)
    if found is None:
        raise _no_type(text)
    return found


def _read(text: str) -> exp.DataType | None:
    """A type; None: it is none.

    Raises:
        PydanticCustomError: When it is one, and goes too far.
    """
    if _depth(text) > _DEEPEST:
        raise refuse("bad_type", f"is nested more than {_DEEPEST} deep")
    try:
        cast = sqlglot.parse_one(f"CAST(x AS {text})", dialect="spark") if _is_plain(text) else None
    except (SqlglotError, RecursionError):
        cast = None
    found = cast.to if isinstance(cast, exp.Cast) else None
    if not isinstance(found, exp.DataType):
        return None
    for part in found.find_all(exp.DataType):
        if part.this not in _ALLOWED or not _has_its_parts(part):
            return None
        if part.this in (_KINDS.DECIMAL, _KINDS.TEXT):
            is_text = part.this == _KINDS.TEXT
            if (is_text and part.expressions) or not all(item.this.is_int for item in part.expressions):
                return None
            _check_digits(part)
    if any(not isinstance(node, _NODES) or node.args.get("constraints") for node in found.walk()):
        return None
    for name in found.find_all(exp.Identifier):
        if not _BARE.fullmatch(name.name):
            name.set("quoted", True)
    return found


def _depth(text: str) -> int:
    level = deepest = 0
    for character in text:
        level = max(0, level + (character == "<") - (character == ">"))
        deepest = max(deepest, level)
    return deepest


def _has_its_parts(part: exp.DataType) -> bool:
    """Whether a type has as many parts as it needs, and of a struct each a name."""
    parts = part.expressions
    if part.this == _KINDS.STRUCT:
        return bool(parts) and all(isinstance(each, exp.ColumnDef) and each.args.get("kind") for each in parts)
    if part.this in _PARTS:
        return len(parts) == _PARTS[part.this] and all(isinstance(each, exp.DataType) for each in parts)
    return len(parts) <= (2 if part.this == _KINDS.DECIMAL else 0) or part.this == _KINDS.TEXT


_NODES = (exp.DataType, exp.DataTypeParam, exp.Literal, exp.ColumnDef, exp.Identifier)


def _check_digits(part: exp.DataType) -> None:
    numbers = [int(item.name) for item in part.expressions]
    if numbers and (numbers[0] > _MOST_DIGITS or numbers[0] < 1 or numbers[-1] > numbers[0]):
        shown = part.sql(dialect="spark")[:100]
        detail = f"`{shown}`: a decimal has 1 to {_MOST_DIGITS} digits, at most all behind the point"
        raise refuse("bad_type", detail, "such as decimal(10, 2)")


def _is_plain(text: str) -> bool:
    """Without what could end the type, or hide something in it."""
    return not re.search(r"--|/\*|;", text) and text.isprintable()


def _no_type(text: str) -> Exception:
    return refuse("bad_type", *type_fault(text, _NAMES, _is_type))


def _is_type(text: str) -> bool:
    try:
        return bool(text) and _read(text) is not None
    except PydanticCustomError:
        return False


_Text = Annotated[str, StringConstraints(min_length=1, max_length=10_000)]
#: A type in Spark's words, such as `int`, `decimal(10, 2)`, `array<string>`.
TypeName = Annotated[_Text, AfterValidator(admit_type)]
#: A type of values that are read from JSON.
JsonTypeName = Annotated[_Text, AfterValidator(admit_json_type)]
if TYPE_CHECKING:
    #: Columns and their types: DDL such as `id INT, name STRING`, or an object `{"id": "int", "name": "string"}`. Once
    #: checked it is types by name.
    Schema = dict[str, str]
    #: As `Schema`, of objects that are read from JSON.
    JsonSchema = dict[str, str]
else:
    Schema = Annotated[_Text | dict[str, _Text], AfterValidator(admit_schema)]
    JsonSchema = Annotated[_Text | dict[str, _Text], AfterValidator(admit_json_schema)]
