"""A query over the job's tables."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from functions.catalog import Catalog, StepFaults
from functions.check import Flow
from functions.errors import StepFailed
from functions.records.rejects import Rejects
from functions.relations.sql import sql
from functions.storage.roots import Roots
from functions.workspace import Tables
from tests.functions.conftest import MakeRows, MakeTables, dicts_of

START = [["load_range", 3], ["name_table", "people"]]


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("SELECT * FROM peple", "no earlier step made a table `peple`"),
        ("SELECT * FROM json.`/etc/passwd`", "passwd"),
        ("DROP TABLE people", "DROP"),
        ("SELECT 1; SELECT 2", ";"),
    ],
)
def test_what_is_not_allowed_is_refused_at_submission(catalog: Catalog, roots: Roots, query: str, detail: str):
    with pytest.raises(StepFaults) as caught:
        catalog.check([*START, ["sql", query]], Flow(roots))
    assert caught.value.faults[0].pointer == "/steps/2/1"
    assert detail in caught.value.faults[0].detail


def test_columns_that_are_not_there_are_told(rows: MakeRows, spark: SparkSession):
    tables = Tables({"people": rows("id int, name string")})
    with pytest.raises(StepFailed) as caught:
        sql.call(tables, "SELECT nmae FROM people", session=spark, rejects=Rejects())
    assert (caught.value.argument, caught.value.hint) == ("query", "did you mean `name`?")
    assert caught.value.detail == "there is no column `nmae` (columns here: `id`, `name`)"
    with pytest.raises(StepFailed, match="two columns would be named `id`"):
        sql.call(tables, "SELECT id, id FROM people", session=spark, rejects=Rejects())


def test_tables_keep_their_names_in_the_query(rows: MakeRows, spark: SparkSession):
    tables = Tables(
        {"people": rows("id int, `n.m` string", (1, "é"), (2, None)), "Orders": rows("pid int", (1,), (1,))}
    )
    query = """
        WITH counted AS (SELECT pid, count(*) AS n FROM Orders GROUP BY pid)
        SELECT people.id, people.`n.m` AS name, coalesce(counted.n, 0) AS n
        FROM people LEFT JOIN counted ON people.id = counted.pid ORDER BY people.id DESC
    """
    before = spark.catalog.listTables()
    assert dicts_of(sql.call(tables, query, session=spark, rejects=Rejects())) == [
        {"id": 2, "name": None, "n": 0},
        {"id": 1, "name": "é", "n": 2},
    ]
    assert spark.catalog.listTables() == before


def test_tables_without_a_schema_are_columns_of_text(tables: MakeTables, spark: SparkSession):
    given = tables(False, t=[{"a": 1, "b": [2]}])
    assert dicts_of(sql.call(given, "SELECT a || b AS x FROM t", session=spark, rejects=Rejects())) == [{"x": "1[2]"}]
    assert dicts_of(sql.call(given, "SELECT a FROM t WHERE false", session=spark, rejects=Rejects())) == []
