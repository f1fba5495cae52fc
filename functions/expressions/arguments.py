"""The types of arguments that hold Spark SQL text.

The value of such an argument, once checked, is not the text that came in but what was written from its checked tree:
the only text that a step may hand to Spark.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, StringConstraints, ValidationInfo

from functions.check import flow_of, refuse
from functions.expressions.admission import admit, read, rewritten
from functions.expressions.checks import Kind
from functions.expressions.faults import ExpressionRefused
from functions.expressions.scopes import named_tables
from functions.expressions.text import LONGEST
from functions.names import named


def _of(kind: Kind) -> Callable[[str], str]:
    def check(text: str) -> str:
        try:
            return admit(text, kind)
        except ExpressionRefused as error:
            raise refuse(error.code, error.detail, error.hint) from error

    return check


def _query(text: str, info: ValidationInfo) -> str:
    try:
        written, tables = _admitted(text)
    except ExpressionRefused as error:
        raise refuse(error.code, error.detail, error.hint) from error
    flow = flow_of(info)
    if flow is not None and flow.tables_known:
        made = flow.tables or set()
        for table in tables:
            if table not in made:
                raise refuse(
                    "no_such_table",
                    f"no earlier step made a table `{table[:100]}` (tables here: {named(made)})",
                    flow.near(table, made),
                )
    return written


@lru_cache(512)
def _admitted(query: str) -> tuple[str, tuple[str, ...]]:
    """A query for Spark, and the tables that it uses."""
    tree = read(query, Kind.QUERY)
    tables = tuple(table.name for table in named_tables(tree))
    return rewritten(tree, Kind.QUERY, query), tables


_Text = StringConstraints(min_length=1, max_length=LONGEST)

#: A value of each row: columns, literals, operators and functions of one row.
Expression = Annotated[str, _Text, AfterValidator(_of(Kind.EXPRESSION))]
#: An `Expression` that is true, false or null; Spark says so if it is not.
Condition = Annotated[str, _Text, AfterValidator(_of(Kind.CONDITION))]
#: A value of many rows: every column stands inside an aggregate function, such as `sum(price * amount) / count(*)`.
Aggregate = Annotated[str, _Text, AfterValidator(_of(Kind.AGGREGATE))]
#: A value of each row that may look at other rows, such as `row_number() OVER (PARTITION BY a ORDER BY b)`.
WindowExpression = Annotated[str, _Text, AfterValidator(_of(Kind.WINDOW))]
#: One SELECT over tables that earlier steps made.
Query = Annotated[str, _Text, AfterValidator(_query)]
