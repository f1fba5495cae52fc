"""`admit`: text in, safe text out.

What Spark gets is written from the checked tree and never what came in, so that there is no second reading of the text
which could differ from the first.
"""

from __future__ import annotations

from functools import lru_cache

from sqlglot import exp
from sqlglot.errors import SqlglotError

from functions.expressions.checks import Kind, check
from functions.expressions.dialect import Parser, TooMuchWork, write
from functions.expressions.faults import ExpressionRefused
from functions.expressions.text import LONGEST, tokens_of

__all__ = ["Kind", "admit", "columns_of", "read"]


#: Jobs come again and again with the same texts; those that are refused are read anew each time.
_REMEMBERED = 512


@lru_cache(_REMEMBERED)
def admit(text: str, kind: Kind) -> str:
    """The text for Spark: it means the same, and holds nothing but what the lists allow.

    A query's tables are not looked up; see `functions.expressions.queries`.

    Raises:
        ExpressionRefused: The text cannot be read, or holds something that is not allowed; it tells what and where.
    """
    return rewritten(read(text, kind), kind, text)


def rewritten(tree: exp.Expr, kind: Kind, text: str) -> str:
    """A checked tree as text for Spark, which was read and checked once more and is written the same again.

    A mistake in how a node is written, such as a name without its quotes, would show there. The tree is used up.

    Raises:
        ExpressionRefused: It is not.
    """
    written = write(tree)
    try:
        is_same = write(_tree(written, kind)) == written
    except ExpressionRefused:
        is_same = False
    if not is_same:
        raise ExpressionRefused("cannot be written for Spark", text=text, start=0, end=len(text))
    return written


def read(text: str, kind: Kind) -> exp.Expr:
    """The checked tree of a text.

    Raises:
        ExpressionRefused: As `admit`.
    """
    if len(text) > LONGEST:
        raise ExpressionRefused(
            f"{len(text):,} characters are too many",
            text=text,
            start=LONGEST,
            end=LONGEST + 20,
            hint=f"at most {LONGEST:,}",
        )
    return _tree(text, kind)


def _tree(text: str, kind: Kind) -> exp.Expr:
    tokens = tokens_of(text)
    try:
        tree = Parser.tree_of(tokens, text, is_query=kind is Kind.QUERY)
        if tree is not None:
            check(tree, kind, text)
            return tree
    except (RecursionError, TooMuchWork) as error:
        raise ExpressionRefused(
            "nested too deep", text=text, start=0, end=len(text), hint="use several steps"
        ) from error
    except SqlglotError as error:
        raise _unread(text, error) from error
    wanted = "one SELECT" if kind is Kind.QUERY else "an expression"
    raise ExpressionRefused(f"{wanted} is wanted", text=text, start=tokens[0].start, end=len(text))


@lru_cache(_REMEMBERED)
def columns_of(admitted: str, kind: Kind = Kind.WINDOW) -> frozenset[str]:
    """The names of the columns that an admitted expression reads; of `a.b` it is `a`."""
    names = set()
    for column in read(admitted, kind).find_all(exp.Column):
        first = column.parts[0]
        if isinstance(first, exp.Identifier) and not _is_bound(str(first.this), column):
            names.add(str(first.this))
    return frozenset(names)


@lru_cache(_REMEMBERED)
def compared_in(admitted: str, kind: Kind = Kind.WINDOW) -> frozenset[str]:
    """The names in an admitted expression that are compared with something, as texts without quotes would."""
    return frozenset(
        column.name
        for column in read(admitted, kind).find_all(exp.Column)
        if len(column.parts) == 1 and _is_compared(column.parent)
    )


def _is_compared(parent: exp.Expr | None) -> bool:
    """Whether it compares its parts, none of which is a number."""
    if not isinstance(parent, exp.Predicate) or isinstance(parent, exp.Is):
        return False
    return not any(isinstance(part, exp.Literal) and not part.is_string for part in parent.iter_expressions())


def _is_bound(name: str, column: exp.Expr) -> bool:
    """Whether a function around it gives the name to its own values."""
    above = column.parent
    while above is not None:
        if isinstance(above, exp.Lambda) and any(variable.name == name for variable in above.expressions):
            return True
        above = above.parent
    return False


#: Signs of other languages, and what is written here.
_SIGNS = {"&&": "write AND", "===": "write ="}


def _unread(text: str, error: SqlglotError) -> ExpressionRefused:
    told = getattr(error, "errors", None) or [{}]
    line, column, length = told[0].get("line"), told[0].get("col"), len(told[0].get("highlight") or "x")
    problem = "the text ends too early" if "Required" in str(error) or length == 0 else "this is not understood"
    if line is None or column is None:
        return ExpressionRefused(problem, text=text, start=0, end=len(text))
    lines = text.splitlines(keepends=True)[: line - 1]
    end = sum(map(len, lines)) + column - 1
    start = max(0, end - length + 1)
    hint = next((hint for sign, hint in _SIGNS.items() if sign in text[max(0, start - 2) : end + 3]), None)
    return ExpressionRefused(problem, text=text, start=start, end=end, hint=hint)
