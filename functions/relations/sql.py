"""A query over the job's tables."""

from __future__ import annotations

from uuid import uuid4

from pyspark.sql import SparkSession

from functions.catalog import function
from functions.expressions.arguments import Query
from functions.expressions.evaluation import explained
from functions.expressions.queries import is_cut_short, rename_tables, tables_of
from functions.records.rejects import Rejects
from functions.workspace import Rows, Tables


@function
def sql(tables: Tables, query: Query, *, session: SparkSession, rejects: Rejects) -> Rows:
    """Make the answer of a SELECT over the job's tables the current rows.

    `name_table` makes tables of rows; of a table without a schema every field is a column of text. See
    `docs/expressions.md` for what a query may hold.

    Args:
        query: One SELECT in Spark SQL, with CTEs, joins, groups, windows and the like.

    Example:
        ["load_rows", [{"city": "Recife", "sold": 5}, {"city": "Recife", "sold": 7}, {"city": "Olinda", "sold": 2}]]
        ["name_table", "sales"]
        ["sql", "SELECT city, sum(sold) AS sold FROM sales GROUP BY city HAVING sum(sold) > 2"]
    """
    rejects.stop_early(is_cut=is_cut_short(query))  # plans may be, whatever the query says
    if "ORDER" in query.upper():
        rejects.sort()
    used = sorted(tables_of(query))
    found = {name: tables.rows(name, argument="query") for name in used}
    # Names of their own, for as long as Spark looks: the session may be asked for other tables by the same names.
    views = {name: f"table_{uuid4().hex}" for name in used}
    columns = sorted({column for rows in found.values() for column in rows.columns})
    try:
        for name, rows in found.items():
            rows.frame.createOrReplaceTempView(views[name])
        with explained(columns, argument="query"):
            return Rows(session.sql(rename_tables(query, views)))
    finally:
        for view in views.values():
            session.catalog.dropTempView(view)
