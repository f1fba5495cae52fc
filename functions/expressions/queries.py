"""The tables of a query: which it uses, and how they get other names."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from functions.expressions.admission import read, rewritten
from functions.expressions.checks import Kind
from functions.expressions.faults import refused
from functions.expressions.scopes import named_tables


def tables_of(query: str) -> frozenset[str]:
    """The names of the tables that an admitted query uses; names that WITH gives are none.

    Raises:
        ExpressionRefused: The text is no admitted query.
    """
    return frozenset(table.name for table in named_tables(read(query, Kind.QUERY)))


def is_cut_short(query: str) -> bool:
    """Whether an admitted query needs no more than some rows of a table: of LIMIT and EXISTS Spark makes such plans.

    Raises:
        ExpressionRefused: The text is no admitted query.
    """
    return read(query, Kind.QUERY).find(exp.Limit, exp.Fetch, exp.Exists) is not None


def rename_tables(query: str, names: Mapping[str, str]) -> str:
    """An admitted query with other tables: each is addressed as before by the rest of the query.

    Args:
        query: The query.
        names: The new names, such as those of views, by the old ones. Names that are missing stay.

    Raises:
        ExpressionRefused: The text is no admitted query, or a name of WITH is one of the new names.
    """
    tree = read(query, Kind.QUERY)
    tables = named_tables(tree)
    for cte in tree.find_all(exp.CTE):
        if cte.alias in names.values():
            raise refused(f"the name `{cte.alias}` is taken", cte, query, "choose another")
    for table in tables:
        new = names.get(table.name)
        if new is not None:
            if not table.alias:
                columns = table.args.get("alias")
                old = exp.Identifier(this=table.name, quoted=True)
                table.set("alias", exp.TableAlias(this=old, columns=columns.columns if columns else None))
            table.set("this", exp.Identifier(this=new, quoted=True))
    return rewritten(tree, Kind.QUERY, query)
