"""Column types and schemas as arguments of steps: Spark's names for types, checked before anything runs."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated

import sqlglot
from pydantic import AfterValidator, StringConstraints
from sqlglot import exp
from sqlglot.errors import SqlglotError

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
_MOST_DIGITS = 38
_DEEPEST = 50
#: Without a type of their parts these say nothing.
_NEEDS_PARTS = (_KINDS.ARRAY, _KINDS.MAP, _KINDS.STRUCT)


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
def _columns(ddl: str) -> tuple[tuple[str, str], ...]:
    struct = _parsed(f"struct<{ddl}>")
    return tuple((part.name, part.args["kind"].sql(dialect="spark")) for part in struct.expressions)


def as_struct(schema: dict[str, str]) -> str:
    """A schema as the type of a struct, in Spark's words."""
    return "STRUCT<" + ", ".join(f"`{name.replace('`', '``')}`: {kind}" for name, kind in schema.items()) + ">"


def _parsed(text: str) -> exp.DataType:
    if text.count("<") > _DEEPEST:
        raise refuse("bad_type", f"is nested more than {_DEEPEST} deep")
    try:
        cast = sqlglot.parse_one(f"CAST(x AS {text})", dialect="spark") if _is_plain(text) else None
    except (SqlglotError, RecursionError):
        cast = None
    found = cast.to if isinstance(cast, exp.Cast) else None
    if not isinstance(found, exp.DataType):
        raise _no_type(text)
    for part in found.find_all(exp.DataType):
        if part.this not in _ALLOWED or (part.this in _NEEDS_PARTS and not part.expressions):
            raise _no_type(text)
        if part.this in (_KINDS.DECIMAL, _KINDS.TEXT):
            _check_digits(part, text)
    if any(not isinstance(node, _NODES) or node.args.get("constraints") for node in found.walk()):
        raise _no_type(text)
    for name in found.find_all(exp.Identifier):
        if not name.name.isascii():  # Spark reads others bare
            name.set("quoted", True)
    return found


_NODES = (exp.DataType, exp.DataTypeParam, exp.Literal, exp.ColumnDef, exp.Identifier)


def _check_digits(part: exp.DataType, text: str) -> None:
    numbers = [int(item.name) for item in part.expressions if item.name.isdigit()]
    if part.this == _KINDS.TEXT and part.expressions:
        raise _no_type(text)
    if numbers and (numbers[0] > _MOST_DIGITS or numbers[0] < 1 or numbers[-1] > numbers[0]):
        raise refuse(
            "bad_type", f"`{text[:100]}`: a decimal has 1 to {_MOST_DIGITS} digits, at most all behind the point"
        )


def _is_plain(text: str) -> bool:
    """Without what could end the type, or hide something in it."""
    return not re.search(r"--|/\*|;", text) and text.isprintable()


def _no_type(text: str) -> Exception:
    known = ", ".join(_ALLOWED.values())
    return refuse("bad_type", f"`{text[:100]}` is no type of a column", f"the types are {known}")


_Text = Annotated[str, StringConstraints(min_length=1, max_length=10_000)]
#: A type in Spark's words, such as `int`, `decimal(10, 2)`, `array<string>`.
TypeName = Annotated[str, StringConstraints(min_length=1, max_length=10_000), AfterValidator(admit_type)]
if TYPE_CHECKING:
    #: Columns and their types: DDL such as `id INT, name STRING`, or an object `{"id": "int", "name": "string"}`. Once
    #: checked it is types by name.
    Schema = dict[str, str]
else:
    Schema = Annotated[_Text | dict[str, _Text], AfterValidator(admit_schema)]
