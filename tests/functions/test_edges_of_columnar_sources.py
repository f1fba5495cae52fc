"""Edges of Parquet and ORC: files that are damaged, empty or unlike the first, names that stand twice, nested nulls."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from pyarrow import orc, parquet
from pyspark.sql import SparkSession
from pyspark.sql.types import VariantType

from functions.errors import InputUnreadable, StepFailed
from functions.records.rejects import Rejects
from functions.sinks.store_orc import store_orc
from functions.sinks.store_parquet import store_parquet
from functions.sources.load_orc import load_orc
from functions.sources.load_parquet import load_parquet
from functions.storage.staging import Staging
from functions.storage.storage import Storage
from functions.workspace import Rows
from tests.functions.conftest import MakeRows, Publish, dicts_of

FORMS = {"parquet": (load_parquet, parquet.write_table), "orc": (load_orc, orc.write_table)}
Load = Callable[..., Rows]
Write = Callable[..., None]


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def load(form: str, storage: Storage, spark: SparkSession, rejects: Rejects) -> Load:
    return lambda *given: FORMS[form][0].call(*given, storage=storage, session=spark, rejects=rejects)


@pytest.fixture
def write(form: str, roots: object, tmp_path: Path) -> Write:
    """Writes a file of columns, or of bytes."""

    def made(name: str, content: bytes | None = None, /, **columns: Any) -> None:
        if content is None:
            FORMS[form][1](pyarrow.table(columns), str(tmp_path / "in" / name))
        else:
            (tmp_path / "in" / name).write_bytes(content)

    return made


def test_a_later_file_with_values_of_another_type_is_told_before_anything_is_read(load: Load, write: Write):
    write("a", a=pyarrow.array([1], pyarrow.int32()), s=[{"x": [1]}])
    for others in [{"a": ["x"]}, {"a": pyarrow.array([2**40], pyarrow.int64())}, {"a": [1.5]}, {"s": [{"x": ["y"]}]}]:
        write("b", **others)
        with pytest.raises(InputUnreadable, match=r"b`: column `[as]` is .*, and .* in `.*a`"):
            load("in/*")
    write("b", a=pyarrow.array([2**40], pyarrow.int64()))
    assert sorted(row["a"] for row in dicts_of(load("in/*", None, {"a": "BIGINT"}))) == [1, 2**40]
    write("b", b=["x", "y"], s=[{"x": [2], "y": 1}, {"x": [None], "y": 1}])
    assert sorted(dicts_of(load("in/*")), key=str) == [
        {"a": 1, "s": {"x": [1]}},
        {"a": None, "s": {"x": [2]}},
        {"a": None, "s": {"x": [None]}},
    ]


def test_a_column_of_nothing_but_nulls_is_of_any_type(
    storage: Storage, spark: SparkSession, rejects: Rejects, tmp_path: Path
):
    parquet.write_table(pyarrow.table({"a": [1]}), str(tmp_path / "in" / "a"))
    parquet.write_table(pyarrow.table({"a": [None, None]}), str(tmp_path / "in" / "b"))
    found = dicts_of(load_parquet.call("in/*", storage=storage, session=spark, rejects=rejects))
    assert sorted(found, key=str) == [{"a": 1}, {"a": None}, {"a": None}]


def test_damaged_files_are_told_all_at_once(load: Load, write: Write):
    write("a", a=[1])
    write("b", b"nonsense")
    with pytest.raises(InputUnreadable, match=r"b` cannot be read: ") as caught:
        load("in/*")
    assert "damaged" in str(caught.value.hint)
    write("c", b"PAR1 ORC")
    with pytest.raises(InputUnreadable, match=r"2 of 3 files cannot be read as one table; the first of them: `.*b`"):
        load("in/*")


def test_looking_at_files_stops_with_the_job(load: Load, write: Write, staging: Staging):
    class Stopped(Exception):
        pass

    def check() -> None:
        raise Stopped

    for name in "abc":
        write(name, a=[1])
    staging.check = check
    with pytest.raises(Stopped):
        load("in/*")


def test_files_without_bytes_are_passed_over(load: Load, write: Write):
    write("a", b"")
    with pytest.raises(InputUnreadable, match="cannot be read"):
        load("in/*")
    write("b", a=[1])
    assert dicts_of(load("in/*")) == [{"a": 1}]


def test_no_rows_have_columns(load: Load, write: Write):
    write("a", a=pyarrow.array([], pyarrow.list_(pyarrow.int32())))
    found = load("in/a")
    assert (found.frame.dtypes, dicts_of(found)) == ([("a", "array<int>")], [])


def test_a_file_without_columns_is_told(storage: Storage, spark: SparkSession, rejects: Rejects, tmp_path: Path):
    parquet.write_table(pyarrow.table({"a": [1]}).select([]), str(tmp_path / "in" / "a"))
    with pytest.raises(InputUnreadable, match="in/a` has no columns"):
        load_parquet.call("in/a", storage=storage, session=spark, rejects=rejects)


def test_two_columns_of_one_name_are_told_where_they_are_wanted(load: Load, tmp_path: Path, roots: object, form: str):
    twice = pyarrow.Table.from_arrays([pyarrow.array([1]), pyarrow.array([2]), pyarrow.array([3])], ["a", "a", "A"])
    FORMS[form][1](twice, str(tmp_path / "in" / "a"))
    with pytest.raises(InputUnreadable, match="has two columns named `a`"):
        load("in/a")
    assert dicts_of(load("in/a", ["A"])) == [{"A": 3}]


def test_names_differ_by_case_and_a_name_that_is_not_there_gets_a_near_one(load: Load, write: Write):
    write("a", a=[1], A=[2])
    write("b", A=[3])
    assert sorted(dicts_of(load("in/*")), key=str) == [{"a": 1, "A": 2}, {"a": None, "A": 3}]
    for given in [(["b"],), (None, {"aa": "INT"})]:
        with pytest.raises(StepFailed, match=r"has no column `\w+` \(columns here: `A`, `a`\)"):
            load("in/*", *given)


def test_a_schema_that_the_values_cannot_have_is_refused(load: Load, write: Write):
    write("a", a=[{"x": 1}], b=[[1]])
    for schema in [{"a": "STRING"}, {"b": "INT"}, {"a": "STRUCT<x: STRING>"}, {"b": "MAP<STRING, INT>"}]:
        with pytest.raises(StepFailed, match="is not taken as"):
            load("in/a", None, schema)


def test_nulls_in_nested_values_and_odd_names_of_files(load: Load, write: Write):
    maps = pyarrow.array([[("k", None)], None, []], pyarrow.map_(pyarrow.string(), pyarrow.int32()))
    structs = [{"x": None}, None, {"x": {"y": ["é\u2028"]}}]
    write("é [1] 50% \u2028x", a=[[1, None], None, []], m=maps, s=structs, n=pyarrow.nulls(3, pyarrow.int8()))
    assert dicts_of(load("in")) == [
        {"a": [1, None], "m": {"k": None}, "s": {"x": None}, "n": None},
        {"a": None, "m": None, "s": None, "n": None},
        {"a": [], "m": {}, "s": {"x": {"y": ["é\u2028"]}}, "n": None},
    ]


@pytest.mark.parametrize("partition_by", [None, ["p"]])
def test_times_of_orc_stay_what_they_are(
    storage: Storage, spark: SparkSession, rejects: Rejects, rows: MakeRows, publish: Publish, partition_by: Any
):
    local = datetime.datetime.fromisoformat("0001-01-01T10:00:00.123456")
    instant = datetime.datetime.fromisoformat("2024-01-01T10:00:00")
    made = rows(
        "b timestamp_ntz, s array<struct<n: timestamp_ntz, t: timestamp>>, p int", (local, [(local, instant)], 1)
    )
    store_orc.call(made, "out/a", partition_by=partition_by, storage=storage)
    publish()
    found = load_orc.call("out/a", storage=storage, session=spark, rejects=rejects)
    assert [kind for _, kind in found.frame.dtypes[:2]] == [kind for _, kind in made.frame.dtypes[:2]]
    assert dicts_of(found) == dicts_of(made)


def test_variant_is_read_from_parquet_or_refused(
    storage: Storage, spark: SparkSession, rejects: Rejects, rows: MakeRows, publish: Publish
):
    given = Rows(
        rows("id int, j string", (1, '{"a":[1,null]}'), (2, "5"), (3, None)).frame.selectExpr("id", "parse_json(j) v")
    )
    nested = Rows(given.frame.selectExpr("array(v) AS v"))
    store_parquet.call(given, "out/a", storage=storage)
    store_parquet.call(given, "out/b", partition_by=["id"], storage=storage)
    store_parquet.call(nested, "out/c", storage=storage)
    publish()
    read = {"storage": storage, "session": spark, "rejects": rejects}
    found = load_parquet.call("out/a", **read)
    assert found.type_of("v") == VariantType()
    assert [row.j for row in found.frame.selectExpr("to_json(v) j").collect()] == ['{"a":[1,null]}', "5", None]
    with pytest.raises(InputUnreadable, match="column `v` is VARIANT, which is read from files on the disk alone"):
        load_parquet.call("out/b", **read)
    with pytest.raises(InputUnreadable, match=r"column `v` has the type list.*, which Spark cannot hold"):
        load_parquet.call("out/c", **read)
