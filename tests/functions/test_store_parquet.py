"""Storing rows as parquet."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from functions.errors import StepFailed
from functions.sinks.store_parquet import store_parquet
from functions.storage.storage import Storage
from functions.workspace import Rows
from tests.functions.conftest import MakeRows, Publish


def test_a_column_of_a_type_that_cannot_be_held_is_refused(rows: MakeRows, storage: Storage):
    given = Rows(rows("id int", (1,)).frame.selectExpr("id", "array(CAST(NULL AS void)) x"))
    with pytest.raises(StepFailed, match="the column `x` is array<void>, which") as caught:
        store_parquet.call(given, "out/a", storage=storage)
    assert "cast" in str(caught.value.hint)


def test_types_and_values_come_back_as_they_were(rows: MakeRows, storage: Storage, publish: Publish):
    schema = (
        "id bigint, `a.b` string, d decimal(20, 3), day date, s struct<x: array<int>>, m map<string, int>, b binary"
    )
    values = [
        (1, "é\n", Decimal("12345678901234567.125"), datetime.date(2024, 2, 29), ([1, None],), {"k": 1}, b"\x00"),
        (None, "", None, None, None, None, None),
    ]
    given = rows(schema, *values)
    store_parquet.call(given, "out/a", files=1, storage=storage)
    publish()
    found = storage.read_parquet("out/a")
    assert found.schema.simpleString() == given.frame.schema.simpleString()
    assert sorted(found.collect(), key=str) == sorted(given.frame.collect(), key=str)


def test_partitions_are_read_back_as_columns(rows: MakeRows, storage: Storage, publish: Publish, tmp_path: Path):
    given = rows("id int, city string, year int", (1, "São Paulo", 2024), (2, None, 2024), (3, "a b", 2023))
    store_parquet.call(given, "out/a", partition_by=["year", "city"], compression="none", storage=storage)
    publish()
    folders = sorted(
        file.parent.relative_to(tmp_path / "out/a").as_posix() for file in (tmp_path / "out/a").rglob("*.parquet")
    )
    assert folders == ["year=2023/city=a b", "year=2024/city=São Paulo", "year=2024/city=__HIVE_DEFAULT_PARTITION__"]
    found = storage.read_parquet("out/a").select("id", "city", "year")
    assert sorted(map(tuple, found.collect())) == [(1, "São Paulo", 2024), (2, None, 2024), (3, "a b", 2023)]


def test_no_rows_keep_their_columns(rows: MakeRows, storage: Storage, publish: Publish):
    store_parquet.call(rows("id int, name string"), "out/a", storage=storage)
    publish()
    found = storage.read_parquet("out/a")
    assert (found.columns, found.count()) == (["id", "name"], 0)


def test_other_readers_take_times_for_what_they_are(rows: MakeRows, storage: Storage, publish: Publish, tmp_path: Path):
    texts = ["9999-12-31 23:59:59.999999", "0001-01-01 00:00:00", "2026-03-01 10:00:00.123456"]
    made = rows("text string", *[(text,) for text in texts]).frame.selectExpr("text", "timestamp(text) AS at")
    store_parquet.call(Rows(made), "out/a", files=1, storage=storage)
    publish()
    found = pyarrow.parquet.read_table(tmp_path / "out/a")
    assert found.schema.field("at").type == pyarrow.timestamp("us", "UTC")
    told = {row["text"]: row["at"].replace(tzinfo=None) for row in found.to_pylist()}
    assert told == {text: datetime.datetime.fromisoformat(text) for text in texts}
