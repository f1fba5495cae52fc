"""Spark's SQL as sqlglot reads and writes it, without the translation between dialects that sqlglot is for.

sqlglot knows functions by meaning and writes them by the names of a dialect, which may change what they do. Here a
call keeps its name and its arguments, whatever the function; so what is written differs from what was read only in
quotes, blanks and the form of casts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, ClassVar

from sqlglot import exp, generator
from sqlglot.dialects.spark import Spark
from sqlglot.errors import ErrorLevel
from sqlglot.generators.spark import SparkGenerator
from sqlglot.parsers.spark import SparkParser
from sqlglot.tokenizer_core import Token, TokenType

#: How often the parser may move, for each token: it tries and goes back, which hostile text makes it do very often.
_MOVES_PER_TOKEN = 60

#: Types of values, by what sqlglot calls them.
TYPES: dict[exp.DType, str] = {
    exp.DType.BOOLEAN: "BOOLEAN",
    exp.DType.TINYINT: "TINYINT",
    exp.DType.SMALLINT: "SMALLINT",
    exp.DType.INT: "INT",
    exp.DType.BIGINT: "BIGINT",
    exp.DType.FLOAT: "FLOAT",
    exp.DType.DOUBLE: "DOUBLE",
    exp.DType.DECIMAL: "DECIMAL",
    exp.DType.TEXT: "STRING",
    exp.DType.BINARY: "BINARY",
    exp.DType.DATE: "DATE",
    exp.DType.TIMESTAMP: "TIMESTAMP",
    exp.DType.TIMESTAMPTZ: "TIMESTAMP",
    exp.DType.TIMESTAMPLTZ: "TIMESTAMP_LTZ",
    exp.DType.TIMESTAMPNTZ: "TIMESTAMP_NTZ",
    exp.DType.VARIANT: "VARIANT",
    exp.DType.ARRAY: "ARRAY",
    exp.DType.MAP: "MAP",
    exp.DType.STRUCT: "STRUCT",
    exp.DType.INTERVAL: "INTERVAL",
}


class TooMuchWork(Exception):
    """The parser tries too many readings of the text."""


class Parser(SparkParser):
    """Reads text by Spark's grammar, every call by its own name."""

    FUNCTIONS: ClassVar[dict[str, Callable[..., Any]]] = {}
    FUNCTION_PARSERS: ClassVar[dict[str, Callable[..., Any]]] = {
        name: SparkParser.FUNCTION_PARSERS[name] for name in ("CAST", "TRY_CAST", "EXTRACT")
    }
    NO_PAREN_FUNCTIONS: ClassVar[dict[Any, Any]] = {
        token: SparkParser.NO_PAREN_FUNCTIONS[token] for token in (TokenType.CURRENT_DATE, TokenType.CURRENT_TIMESTAMP)
    }
    NO_PAREN_FUNCTION_PARSERS: ClassVar[dict[str, Callable[..., Any]]] = {
        "CASE": SparkParser.NO_PAREN_FUNCTION_PARSERS["CASE"]
    }

    #: Brackets take a part of a value; they make no array.
    ARRAY_CONSTRUCTORS: ClassVar[dict[str, Any]] = {}
    #: CAST fails on what it cannot cast; only TRY_CAST gives null.
    STRICT_CAST = True

    _moves = 0

    @classmethod
    def tree_of(cls, tokens: list[Token], text: str, *, is_query: bool) -> exp.Expr | None:
        """The tree of a query or an expression, or None where there is none.

        Raises:
            SqlglotError: The text cannot be read.
            TooMuchWork: It could be, but not quickly.
        """
        method: Any = cls._query if is_query else cls._disjunction
        trees = cls(dialect=DIALECT)._parse(method, tokens, text)
        return trees[0] if len(trees) == 1 else None

    def _query(self) -> exp.Expr | None:
        return self._parse_query_modifiers(self._parse_set_operations(self._parse_select(nested=True)))

    def _disjunction(self) -> exp.Expr | None:
        return self._parse_disjunction()

    def _advance(self, times: int = 1) -> None:
        self._moves += 1
        if self._moves > _MOVES_PER_TOKEN * (self._tokens_size + 10):
            raise TooMuchWork
        super()._advance(times)


_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


class _Generator(SparkGenerator):
    #: A WITH stays where it stands: elsewhere its names would mean something to other parts of the query.
    EXPRESSIONS_WITHOUT_NESTED_CTES: ClassVar[set[type[exp.Expr]]] = set()
    #: The plain forms: none of Spark's or Hive's rewriting of trees.
    TRANSFORMS = generator.Generator.TRANSFORMS | {
        exp.IntDiv: lambda self, node: self.binary(node, "DIV"),
        exp.RegexpLike: lambda self, node: self.binary(node, "RLIKE"),
        exp.NullSafeEQ: lambda self, node: self.binary(node, "<=>"),
        exp.CurrentDate: lambda self, node: "CURRENT_DATE",
        exp.CurrentTimestamp: lambda self, node: "CURRENT_TIMESTAMP",
    }

    def literal_sql(self, expression: exp.Literal) -> str:
        text = str(expression.this)
        return "'" + "".join(map(_written, text)) + "'" if expression.is_string else text

    def datatype_sql(self, expression: exp.DataType) -> str:
        if isinstance(expression.this, exp.Interval):
            return self.sql(expression.this)
        inner = ", ".join(map(self._type_part, expression.expressions))
        name = TYPES[expression.this]
        if not inner:
            return name
        return f"{name}<{inner}>" if expression.args.get("nested") else f"{name}({inner})"

    def _type_part(self, part: exp.Expr) -> str:
        if isinstance(part, exp.ColumnDef):
            return f"{self.sql(part, 'this')}: {self.sql(part, 'kind')}"
        return self.sql(part)

    def bracket_sql(self, expression: exp.Bracket) -> str:
        return f"{self.sql(expression, 'this')}[{self.expressions(expression, flat=True)}]"

    def lateral_sql(self, expression: exp.Lateral) -> str:
        if not expression.args.get("view"):
            return super().lateral_sql(expression)
        alias = expression.args.get("alias")
        table = self.sql(alias, "this") if alias else ""
        columns = ", ".join(map(self.sql, alias.columns)) if alias else ""
        outer = "OUTER " if expression.args.get("outer") else ""
        named = f"{f' {table}' if table else ''}{f' AS {columns}' if columns else ''}"
        return f"{self.sep()}LATERAL VIEW {outer}{self.sql(expression, 'this')}{named}"

    def with_sql(self, expression: exp.With) -> str:
        return f"WITH {self.expressions(expression, flat=True)}"

    def ignorenulls_sql(self, expression: exp.IgnoreNulls) -> str:
        return f"{self.sql(expression, 'this')} IGNORE NULLS"


def _written(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    return f"\\u{ord(character):04x}" if character < " " else character


class Dialect(Spark):
    """The dialect that text is read and written in."""

    Parser = Parser
    Generator = _Generator


DIALECT = Dialect()


def write(tree: exp.Expr) -> str:
    """The tree as text for Spark; every name in backticks. The tree is used up: writing may change it."""
    return DIALECT.generate(tree, copy=False, identify=True, comments=False, unsupported_level=ErrorLevel.RAISE)


_NUMBER = re.compile(r"\d+(\.\d*)?([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?")


def is_number(text: str) -> bool:
    """Whether a number literal is one that Spark reads alike."""
    return bool(_NUMBER.fullmatch(text))
