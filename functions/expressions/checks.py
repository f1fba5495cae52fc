"""The walk over a tree that admits it or refuses it."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from typing import Any

from sqlglot import exp

from functions.expressions import known_functions as known
from functions.expressions.bounds import check_bounds
from functions.expressions.dialect import TYPES, is_number
from functions.expressions.faults import refused
from functions.expressions.nodes import AGGREGATING, QUERYING, TAKE_UNITS, UNITS, VALUES, WINDOWING, WORDS
from functions.expressions.scopes import check_size
from functions.names import near

#: The most levels of a tree. A chain such as `a + b + c` has a level for each of its signs.
DEEPEST_TREE = 250


class Kind(Enum):
    """What a text is to be."""

    #: A value of each row.
    EXPRESSION = "expression"
    #: True, false or null of each row.
    CONDITION = "condition"
    #: A value of many rows: every column stands inside an aggregate function.
    AGGREGATE = "aggregate"
    #: A value of each row that may look at other rows by functions with OVER (…).
    WINDOW = "window expression"
    #: One SELECT.
    QUERY = "query"


_NODES = {
    Kind.EXPRESSION: VALUES,
    Kind.CONDITION: VALUES,
    Kind.AGGREGATE: VALUES | AGGREGATING,
    Kind.WINDOW: VALUES | AGGREGATING | WINDOWING,
    Kind.QUERY: VALUES | AGGREGATING | WINDOWING | QUERYING,
}
_CALLS = {
    Kind.EXPRESSION: known.SCALAR_NAMES,
    Kind.CONDITION: known.SCALAR_NAMES,
    Kind.AGGREGATE: known.SCALAR_NAMES | known.AGGREGATE_NAMES,
    Kind.WINDOW: known.SCALAR_NAMES | known.AGGREGATE_NAMES | known.WINDOW_NAMES,
    Kind.QUERY: known.SCALAR_NAMES | known.AGGREGATE_NAMES | known.WINDOW_NAMES | known.GENERATOR_NAMES,
}
#: What is not taken, in words.
_KINDS_IN_WORDS: dict[type[exp.Expr], tuple[str, str]] = {
    exp.Select: ("a query is not taken here", "the step `sql` takes queries"),
    exp.Subquery: ("a query is not taken here", "the step `sql` takes queries"),
    exp.Exists: ("a query is not taken here", "the step `sql` takes queries"),
    exp.Window: ("OVER (…) is not taken here", "the steps `window` and `sql` take it"),
    exp.Star: ("`*` is not taken here", "name the columns"),
    exp.Placeholder: ("placeholders and variables stand for nothing here", "write the value itself"),
    exp.Parameter: ("placeholders and variables stand for nothing here", "write the value itself"),
    exp.Command: ("only expressions and SELECT are taken", "leave the command out"),
    exp.Kwarg: ("arguments of functions have no names here", "give them in their order"),
    exp.Array: ("`[…]` makes no array", "write array(…)"),
    exp.Collate: ("the operator COLLATE is not taken", "write collate(name, 'UTF8_LCASE')"),
    exp.JSONExtract: ("`:` and `->` read no paths here", "variant_get and get_json_object do"),
    exp.Filter: ("aggregates are not taken here", "group_by and `sql` take them"),
    exp.Distinct: ("DISTINCT is not taken here", "group_by and `sql` take it"),
}
#: What a bare name may mean to Spark where no column has it.
_BARE_FUNCTIONS = known.names("current_user session_user current_catalog current_database current_schema")
_WRAPPERS = (exp.Filter, exp.IgnoreNulls, exp.RespectNulls, exp.WithinGroup)
_NAMED_FIELDS = frozenset(("struct",))


def check(tree: exp.Expr, kind: Kind, text: str) -> None:
    """Admits a tree.

    Raises:
        ExpressionRefused: It holds something that is on no list, or too much of something.
    """
    _take_units(tree)
    nodes = []
    waiting = [(tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        nodes.append(node)
        if depth > DEEPEST_TREE:
            raise refused(f"more than {DEEPEST_TREE} levels deep", node, text, "use several steps")
        _check_node(node, kind, text)
        waiting += [(child, depth + 1) for child in node.iter_expressions(reverse=True)]
    check_bounds(nodes, text)
    if kind is Kind.QUERY:
        check_size(tree, text)
    if kind is Kind.AGGREGATE and not any(map(_is_aggregate, nodes)):
        raise refused("nothing is aggregated", tree, text, "such as sum(amount)")


def _take_units(tree: exp.Expr) -> None:
    for call in list(tree.find_all(exp.Anonymous)):
        unit = call.expressions[0] if len(call.expressions) == 3 else None
        if str(call.this).lower() in TAKE_UNITS and isinstance(unit, exp.Column) and unit.name.lower() in UNITS:
            word = exp.Var(this=unit.name.upper())
            word.meta.update(unit.this.meta)
            unit.replace(word)


def _check_node(node: exp.Expr, kind: Kind, text: str) -> None:
    parts = _NODES[kind].get(type(node))
    if parts is None:
        problem, hint = _KINDS_IN_WORDS.get(type(node), (f"{_in_words(type(node).__name__)} is not taken here", None))
        raise refused(problem, node, text, hint)
    for name, value in node.args.items():
        if name not in parts and (value or value == 0) and value is not False and value != []:
            raise refused(f"{_in_words(name)} is not taken here", _pointed(value, node), text)
    special = _SPECIAL.get(type(node))
    if special is not None:
        special(node, kind, text)
        return
    for value in node.args.values():
        if isinstance(value, str) and not set(value.lower().split()) <= WORDS:
            raise refused(f"`{value[:50]}` is not taken here", node, text)


def _pointed(value: Any, node: exp.Expr) -> exp.Expr:
    """The part that is at fault, so that its own place is told."""
    first = value[0] if isinstance(value, list) else value
    return first if isinstance(first, exp.Expr) else node


def _in_words(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", name).strip().upper()


def _check_call(node: exp.Anonymous, kind: Kind, text: str) -> None:
    if not isinstance(node.this, str):
        raise refused("the name of a function is written without quotes", node, text, f"write {node.name}(…)")
    name = node.this.lower()
    if name == "range" and isinstance(node.parent, exp.Table):
        return
    if name in known.REFUSED:
        raise refused(f"`{name}` is not taken: {known.REFUSED[name]}", node, text)
    if name not in _CALLS[kind]:
        raise refused(*_unknown_call(name, kind, node, text))
    if name in known.WINDOW_NAMES and not _is_over(node):
        raise refused(f"`{name}` wants OVER (…)", node, text, "such as OVER (ORDER BY id)")
    if kind is Kind.WINDOW and _is_aggregate(node) and not _is_over(node):
        raise refused(f"`{name}` wants OVER (…) here", node, text, "such as OVER (PARTITION BY id)")
    if kind is Kind.AGGREGATE and _is_aggregate(node) and _stands_in_aggregate(node):
        raise refused(f"`{name}` stands inside another aggregate function", node, text, "aggregate in two steps")


def _unknown_call(name: str, kind: Kind, node: exp.Expr, text: str) -> tuple[str, exp.Expr, str, str | None]:
    shown = name[:50]
    if name in known.AGGREGATE_NAMES:
        return f"`{shown}` is an aggregate function, which is not taken here", node, text, "group_by and `sql` take it"
    if name in known.WINDOW_NAMES:
        return f"`{shown}` is a function of a window, which is not taken here", node, text, "window and `sql` take it"
    if name in known.GENERATOR_NAMES or name == "range":
        return f"`{shown}` makes rows, which is not taken here", node, text, "the step `sql` takes it after FROM"
    return f"`{shown}` is no function that a step may use", node, text, near(name, sorted(_CALLS[kind]))


def _is_aggregate(node: exp.Expr) -> bool:
    return isinstance(node, exp.Anonymous) and str(node.this).lower() in known.AGGREGATE_NAMES


def _is_over(node: exp.Expr) -> bool:
    above: exp.Expr | None = node.parent
    while isinstance(above, _WRAPPERS):
        node, above = above, above.parent
    return isinstance(above, exp.Window) and above.this is node


def _stands_in_aggregate(node: exp.Expr) -> bool:
    above = node.parent
    while above is not None and not _is_aggregate(above) and not isinstance(above, (exp.Filter, exp.WithinGroup)):
        above = above.parent
    return above is not None and not (isinstance(above, (exp.Filter, exp.WithinGroup)) and _is_aggregate(node))


def _check_column(node: exp.Column, kind: Kind, text: str) -> None:
    parts = node.parts
    if not all(isinstance(part, exp.Identifier | exp.Star) for part in parts):
        raise refused("a column is a name", node, text)
    if len(parts) == 1 and node.name.lower() in _BARE_FUNCTIONS:
        raise refused(
            f"`{node.name}` is not taken: where no column has the name, Spark tells of the server", node, text
        )
    if kind is Kind.AGGREGATE and not _stands_in_aggregate(node):
        raise refused(
            f"the column `{node.name[:50]}` stands outside of an aggregate function", node, text, "such as max(…)"
        )


def _check_identifier(node: exp.Identifier, kind: Kind, text: str) -> None:
    if str(node.this).lower() == "_metadata":
        raise refused(
            "`_metadata` is not taken: it tells where the server keeps files", node, text, "rename the column"
        )


def _check_literal(node: exp.Literal, kind: Kind, text: str) -> None:
    if not node.is_string and not is_number(str(node.this)):
        raise refused(f"`{str(node.this)[:50]}` is no number", node, text)


def _check_hex(node: exp.HexString, kind: Kind, text: str) -> None:
    if not re.fullmatch(r"[0-9A-Fa-f]*", str(node.this)):
        raise refused("no hexadecimal digits", node, text)


def _check_type(node: exp.DataType, kind: Kind, text: str) -> None:
    if node.this not in TYPES and not isinstance(node.this, exp.Interval):
        raise refused("no type of Spark's", node, text, f"such as {', '.join(sorted(set(TYPES.values()))[:6])}")


def _check_lambda(node: exp.Lambda, kind: Kind, text: str) -> None:
    parent = node.parent
    if not isinstance(parent, exp.Anonymous) or str(parent.this).lower() not in known.LAMBDA_TAKERS:
        raise refused("`->` is not taken here", node, text, "transform, filter, aggregate and the like take it")


def _check_alias(node: exp.Alias, kind: Kind, text: str) -> None:
    parent = node.parent
    is_field = isinstance(parent, exp.Anonymous) and str(parent.this).lower() in _NAMED_FIELDS
    if kind is not Kind.QUERY and not is_field:
        raise refused("a name with AS is not taken here", node, text, "the step's own argument names the column")


def _check_star(node: exp.Star, kind: Kind, text: str) -> None:
    parent = node.parent
    is_count = isinstance(parent, exp.Anonymous) and str(parent.this).lower() == "count"
    if kind is not Kind.QUERY and not is_count:
        raise refused("`*` is not taken here", node, text, "name the columns")


def _check_neg(node: exp.Neg, kind: Kind, text: str) -> None:
    if isinstance(node.this, exp.Cast) and node.this.to.this not in exp.DataType.NUMERIC_TYPES:
        raise refused("it is unclear what is cast", node, text, "put what is cast into parentheses")


def _check_interval(node: exp.Interval, kind: Kind, text: str) -> None:
    inner = node.this
    if isinstance(node.parent, exp.DataType):
        return
    if not isinstance(inner, exp.Literal | exp.Neg):
        raise refused("an interval is written out", node, text, "make_interval and make_dt_interval take columns")


def _check_table(node: exp.Table, kind: Kind, text: str) -> None:
    if node.args.get("db") or node.args.get("catalog"):
        raise refused(
            "a table is one name, that of a table of the job", node, text, "steps read files; name_table names a table"
        )
    start = node.this.meta.get("start")
    if start is not None and text[start : start + 1] in ("'", '"'):
        raise refused("text in quotes is no table", node, text, "names stand in backticks")


def _check_in(node: exp.In, kind: Kind, text: str) -> None:
    if not node.expressions and not node.args.get("query"):
        raise refused("IN () is empty", node, text, "write at least one value")


def _check_with(node: exp.With, kind: Kind, text: str) -> None:
    if not all(isinstance(cte, exp.CTE) and isinstance(cte.this, exp.Query) for cte in node.expressions):
        raise refused("WITH takes queries only", node, text)


_SPECIAL: dict[type[exp.Expr], Callable[[Any, Kind, str], None]] = {
    exp.Anonymous: _check_call,
    exp.Column: _check_column,
    exp.Identifier: _check_identifier,
    exp.Literal: _check_literal,
    exp.HexString: _check_hex,
    exp.DataType: _check_type,
    exp.Lambda: _check_lambda,
    exp.Alias: _check_alias,
    exp.Star: _check_star,
    exp.Neg: _check_neg,
    exp.Interval: _check_interval,
    exp.Table: _check_table,
    exp.In: _check_in,
    exp.With: _check_with,
}
