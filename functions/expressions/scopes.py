"""What the names of tables in a query mean: a table of the job, or what a WITH stands for."""

from __future__ import annotations

from sqlglot import exp

from functions.expressions.faults import refused

#: How many tables a query may come to once each name of WITH is replaced by what it stands for.
MOST_TABLES = 100


def named_tables(tree: exp.Expr) -> list[exp.Table]:
    """The places where a tree names a table that no WITH explains."""
    return [table for table in _places(tree) if _explained(table) is None]


def check_size(tree: exp.Expr, text: str) -> None:
    """Refuses a query that names of WITH, used over and over, make very large: Spark puts them in wherever they stand.

    Raises:
        ExpressionRefused: It comes to more than `MOST_TABLES` tables.
    """
    sizes: dict[int, int] = {}
    # A name of WITH can only use earlier ones, so each is known when a later one asks for it.
    for cte in sorted(tree.find_all(exp.CTE), key=_order, reverse=True):
        sizes[id(cte)] = _size(cte.this, sizes)
    if _size(tree, sizes) > MOST_TABLES:
        raise refused(f"the query comes to more than {MOST_TABLES} tables", tree, text, "name a table in between")


def _size(tree: exp.Expr, sizes: dict[int, int]) -> int:
    total = 0
    for table in _places(tree):
        if tree is not table and _is_within_with(table, tree):
            continue
        cte = _explained(table)
        total += 1 if cte is None else sizes.get(id(cte), 1)
        if total > MOST_TABLES:
            return MOST_TABLES + 1
    return total


def _places(tree: exp.Expr) -> list[exp.Table]:
    return [table for table in tree.find_all(exp.Table) if isinstance(table.this, exp.Identifier)]


def _explained(table: exp.Table) -> exp.CTE | None:
    """The part of a WITH that a table's name means there, if any: an inner one before an outer one."""
    below: exp.Expr = table
    cte: exp.CTE | None = None
    above = table.parent
    while above is not None:
        if isinstance(below, exp.CTE):
            cte = below
        clause = above.args.get("with_")
        if isinstance(clause, exp.With):
            # From within a WITH only what stands before can be seen.
            visible = clause.expressions
            if below is clause:
                visible = visible[: next(i for i, one in enumerate(visible) if one is cte)]
            for one in reversed(visible):
                if one.alias == table.name:
                    found: exp.CTE = one
                    return found
        below, above = above, above.parent
    return None


def _is_within_with(table: exp.Table, tree: exp.Expr) -> bool:
    above = table.parent
    while above is not None and above is not tree:
        if isinstance(above, exp.With):
            return True
        above = above.parent
    return False


def _order(cte: exp.CTE) -> tuple[int, int]:
    """Inner ones and earlier ones first, when sorted from high to low."""
    depth, above = 0, cte.parent
    while above is not None:
        depth, above = depth + 1, above.parent
    clause = cte.parent
    place = next(i for i, one in enumerate(clause.expressions) if one is cte) if clause is not None else 0
    return depth, -place
