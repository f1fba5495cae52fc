"""Storing rows as CSV."""

from __future__ import annotations

import csv
import datetime
import gzip
from decimal import Decimal
from pathlib import Path

import pytest

from functions.errors import DestinationExists, StepFailed
from functions.sinks.store_csv import store_csv
from functions.storage.reading.csv import Form
from functions.storage.storage import Storage
from functions.workspace import Rows
from tests.functions.conftest import MakeRows, Publish


def test_columns_that_csv_cannot_hold_are_refused(rows: MakeRows, storage: Storage):
    given = rows("id int, tags array<string>", (1, ["a"]))
    with pytest.raises(StepFailed, match="the column `tags` is array<string>, which CSV cannot hold") as caught:
        store_csv.call(given, "out/a", storage=storage)
    assert "to_json_column" in str(caught.value.hint)


def test_a_destination_that_exists_is_refused(rows: MakeRows, storage: Storage, tmp_path: Path):
    (tmp_path / "out/a").mkdir()
    with pytest.raises(DestinationExists):
        store_csv.call(rows("id int", (1,)), "out/a", storage=storage)


@pytest.mark.parametrize(
    ("columns", "detail"),
    [(["nam"], "no column `nam`"), (["id", "name"], "no column is left"), (["t"], "names no folder")],
)
def test_partitions_that_cannot_be_are_refused(rows: MakeRows, storage: Storage, columns: list[str], detail: str):
    given = rows("id int, name string" + (", t array<int>" if columns == ["t"] else ""))
    with pytest.raises(StepFailed, match=detail) as caught:
        store_csv.call(given, "out/a", partition_by=columns, storage=storage)
    assert caught.value.argument == "partition_by"


def test_values_are_written_so_that_any_reader_gets_them_back(
    rows: MakeRows, storage: Storage, publish: Publish, tmp_path: Path
):
    values = [
        ("a,b", 'say "x"', 1, Decimal("2.50"), datetime.date(2024, 2, 29), True),
        ("two\nlines", "back\\slash\\", -5, None, None, None),
        (" spaced ", "ü\t日本", None, Decimal("0.00"), datetime.date(1, 1, 1), False),
        (None, "x", None, None, None, None),
    ]
    given = rows("`a.b` string, `q``r` string, n int, d decimal(5, 2), day date, yes boolean", *values)
    store_csv.call(given, "out/a", "error", 1, storage=storage)
    publish()
    with (tmp_path / "out/a/part-00000.csv").open(newline="", encoding="utf-8") as file:
        read = list(csv.reader(file))
    assert read == [
        ["a.b", "q`r", "n", "d", "day", "yes"],
        ["a,b", 'say "x"', "1", "2.50", "2024-02-29", "true"],
        ["two\nlines", "back\\slash\\", "-5", "", "", ""],
        [" spaced ", "ü\t日本", "", "0.00", "0001-01-01", "false"],
        ["", "x", "", "", "", ""],
    ]


def test_our_own_reader_tells_null_from_empty_text(rows: MakeRows, storage: Storage, publish: Publish):
    values = [("", None), (None, ""), ("a|b", "c")]
    store_csv.call(rows("a string, b string", *values), "out/a", "error", 1, True, "|", storage=storage)
    publish()
    found = storage.read_csv("out/a", Form(separator="|", header=True))
    assert [tuple(row) for row in found.collect()] == values


def test_packed_files_without_header_in_folders_of_values(
    rows: MakeRows, storage: Storage, publish: Publish, tmp_path: Path
):
    given = rows("id int, city string", (1, "São Paulo"), (2, None), (3, "a/b"))
    store_csv.call(given, "out/a", header=False, partition_by=["city"], compression="gzip", storage=storage)
    publish()
    files = {file.parent.name: gzip.decompress(file.read_bytes()) for file in (tmp_path / "out/a").rglob("*.gz")}
    assert files == {"city=São Paulo": b"1\n", "city=__HIVE_DEFAULT_PARTITION__": b"2\n", "city=a%2Fb": b"3\n"}


def test_no_rows_give_a_folder_with_a_header(rows: MakeRows, storage: Storage, publish: Publish, tmp_path: Path):
    store_csv.call(rows("id int, name string"), "out/a", storage=storage)
    publish()
    assert [file.read_text() for file in (tmp_path / "out/a").iterdir()] == ["id,name\n"]


def test_times_are_written_to_the_microsecond(rows: MakeRows, storage: Storage, publish: Publish, tmp_path: Path):
    made = rows("id int", (1,)).frame.selectExpr(
        "timestamp '2026-03-01 10:00:00.123456' AS at", "timestamp_ntz '9999-12-31 23:59:59.999999' AS clock"
    )
    store_csv.call(Rows(made), "out/a", files=1, storage=storage)
    publish()
    (file,) = (tmp_path / "out/a").glob("part-*")
    assert file.read_text().splitlines()[1] == "2026-03-01T10:00:00.123456Z,9999-12-31T23:59:59.999999"
