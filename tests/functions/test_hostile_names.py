"""Names are literal, whatever characters they hold: where steps are planned as SQL, none of it is read as such."""

from __future__ import annotations

import json

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from functions.catalog import Catalog
from functions.columns.cast import cast
from functions.columns.explode import explode
from functions.columns.format import format as format_
from functions.columns.parse_date import parse_date
from functions.columns.rename import rename
from functions.quality.expect import expect
from functions.records.rejects import Rejects
from functions.relations.join import join
from functions.relations.unpivot import unpivot
from functions.workspace import Rows, Tables
from tests.functions.applied import applied
from tests.functions.conftest import MakeRows, dicts_of, rejects_of

NAMES = [
    "a`b", "`", "``", "a.b", "*", "it's", "\\", "\\'", '"', "--", "/* a */", "a\nb", "${env:HOME}", "日本 😀", " ",
    "1 AS x", "a, b", "x`) OR true --", "'); DROP",
    # What steps call columns for a moment.
    "converted:0", "fault:0", "expected:0", "number", "key", "item", "value", "corrupt:record", "parsed:record",
]  # fmt: skip


def rows_with(spark: SparkSession, name: str, *values: str | None) -> Rows:
    return Rows(spark.createDataFrame([(value,) for value in values], "v string").withColumnRenamed("v", name))


@pytest.mark.parametrize("name", NAMES)
def test_a_conversion_tells_the_name_and_the_row(spark: SparkSession, rejects: Rejects, name: str):
    found = applied(cast, rows_with(spark, name, "1", "x"), {name: "int"}, rejects=rejects)
    assert dicts_of(found) == [{name: 1}]
    assert rejects_of(rejects) == [({name: "x"}, f"`{name}`: `x` is not of the type INT")]


@pytest.mark.parametrize("name", NAMES)
def test_rows_are_renamed_and_joined_by_it(spark: SparkSession, name: str):
    given = rows_with(spark, "old", "1")
    renamed = applied(rename, given, {"old": name})
    joined = join.call(renamed, Tables({"t": rows_with(spark, name, "1", "2")}), "t", [name], "full")
    assert sorted(row[name] for row in dicts_of(joined)) == ["1", "2"]
    pairs = join.call(renamed, Tables({"t": rows_with(spark, name, "1")}), "t", [name], "inner", null_safe=True)
    assert dicts_of(pairs) == [{name: "1"}]


@pytest.mark.parametrize("name", NAMES)
def test_expectations_name_it(spark: SparkSession, name: str):
    rejects = Rejects()
    checks = [expect.model.model_validate({"checks": [{"check": "not_null", "column": name}]}).checks[0]]
    kept = expect.call(rows_with(spark, name, "1", None), checks, "quarantine", tables=Tables(), rejects=rejects)
    assert dicts_of(kept) == [{name: "1"}]
    assert rejects_of(rejects) == [({name: None}, f"`{name}` is null")]


@pytest.mark.parametrize("name", NAMES)
def test_records_of_json_have_it(spark: SparkSession, catalog: Catalog, rejects: Rejects, name: str):
    step = catalog.find("load_rows")
    found = step.call([{name: 1}, {name: "x"}], {name: "INT"}, session=spark, rejects=rejects)
    assert dicts_of(found) == [{name: 1}]
    [(line, reason)] = rejects_of(rejects)
    assert (line, reason) == ({name: "x"}, f"`{name}`: `x` is not of the type INT")


@pytest.mark.parametrize("name", NAMES)
def test_rows_are_made_of_lists_beside_it(spark: SparkSession, name: str):
    given = Rows(rows_with(spark, name, "1").frame.select("*", F.expr("map('k', 7) AS m"), F.expr("array(7) AS list")))
    found = dicts_of(applied(explode, given, "m", ["to", "of"], False, "at"))
    assert found == [{name: "1", "to": "k", "of": 7, "list": [7], "at": 0}]
    found = dicts_of(applied(unpivot, Rows(given.frame.drop("m", "list").withColumn("n", F.lit(7))), ["n"], "of", "is"))
    assert found == [{name: "1", "of": "n", "is": 7}]


@pytest.mark.parametrize("name", NAMES)
def test_several_columns_are_converted_and_checked_beside_it(spark: SparkSession, name: str):
    rejects = Rejects()
    given = Rows(rows_with(spark, name, "1", "x").frame.withColumn("n", F.lit("2")))
    found = applied(parse_date, applied(cast, given, {"n": "int"}), [name], ["y"], rejects=rejects)
    assert [row["n"] for row in dicts_of(found)] == [2]
    checks = expect.model.model_validate({"checks": [{"check": "unique", "columns": ["n"]}]}).checks
    kept = expect.call(given, checks, "quarantine", tables=Tables(), rejects=(aside := Rejects()))
    assert dicts_of(kept) == []
    assert rejects_of(aside)[0] == ({name: "1", "n": "2"}, "`n`: the same as in 1 other rows")


@pytest.mark.parametrize("name", [*NAMES, "read:0:text", "read:0:trimmed", "read:7:tagged"])
def test_columns_are_formatted_beside_it(spark: SparkSession, name: str):
    given = Rows(rows_with(spark, name, "1").frame.select("*", F.lit(" 7 ").alias("n")))
    assert dicts_of(applied(format_, given, {"n": "trim", name: "trim"})) == [{name: "1", "n": "7"}]


def test_a_row_as_json_holds_all_of_them(rows: MakeRows):
    made = rows("a int", (1,))
    wide = Rows(made.renamed(dict.fromkeys(NAMES, "a")))
    assert json.loads(wide.frame.select(wide.json()).head()[0]) == dict.fromkeys(NAMES, 1)
