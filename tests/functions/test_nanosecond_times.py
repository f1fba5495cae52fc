"""Parquet with times of nanoseconds, which Spark's own reader refuses: they are read as microseconds."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet
from pyspark.sql import SparkSession

from functions.errors import InputUnreadable
from functions.records.rejects import Rejects
from functions.sources.load_parquet import load_parquet
from functions.storage.storage import Storage
from functions.workspace import Rows
from tests.functions.conftest import Put, dicts_of, rejects_of

NANOS = pyarrow.timestamp("ns")
#: 2024-01-02T12:00:00.000001 and 999 nanoseconds.
NOON = 1_704_196_800_000_001_999
HERE = datetime(2024, 1, 2, 12, 0, 0, 1, tzinfo=UTC).replace(tzinfo=None)


def packed(**columns: tuple[pyarrow.DataType, list[Any]]) -> bytes:
    """A file of some columns."""
    file = io.BytesIO()
    table = pyarrow.table({name: pyarrow.array(values, kind) for name, (kind, values) in columns.items()})
    parquet.write_table(table, file)
    return file.getvalue()


def loaded(storage: Storage, path: str, *arguments: Any, rejects: Rejects | None = None) -> Rows:
    return load_parquet.call(
        path, *arguments, storage=storage, session=SparkSession.active(), rejects=rejects or Rejects()
    )


@pytest.mark.parametrize("folder", ["", "k=1/"])
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Berlin"])
def test_they_are_read_at_every_depth(on_s3: Storage, put: Put, folder: str, zone: str | None):
    kind = pyarrow.timestamp("ns", zone)
    path = put(
        {
            f"{folder}a.parquet": packed(
                t=(kind, [NOON, None]),
                s=(pyarrow.struct([("t", kind), ("n", pyarrow.int32())]), [{"t": NOON, "n": 1}, None]),
                l=(pyarrow.list_(kind), [[NOON, None], None]),
                m=(pyarrow.map_(pyarrow.string(), kind), [[("a", NOON)], None]),
            )
        }
    )
    found = loaded(on_s3, path, ["t", "s", "l", "m"])
    wanted = "timestamp" if zone else "timestamp_ntz"
    kinds = [wanted, f"struct<t:{wanted},n:int>", f"array<{wanted}>", f"map<string,{wanted}>"]
    assert [found.type_of(name).simpleString() for name in found.columns] == kinds
    first, second = dicts_of(found)
    value = first["t"]
    assert value.replace(tzinfo=None) == HERE
    assert (first["s"]["t"], first["s"]["n"], first["l"], first["m"]) == (value, 1, [value, None], {"a": value})
    assert set(second.values()) == {None}


def test_one_file_that_has_them_is_enough(on_s3: Storage, put: Put):
    path = put({"a.parquet": packed(t=(pyarrow.timestamp("us"), [0])), "b.parquet": packed(t=(NANOS, [NOON]))})
    assert sorted(row["t"] for row in dicts_of(loaded(on_s3, path))) == [
        datetime.fromtimestamp(0, UTC).replace(tzinfo=None),
        HERE,
    ]


def test_a_schema_takes_them_as_other_types(on_s3: Storage, put: Put, rejects: Rejects):
    midnight = 1_704_153_600_000_000_000
    path = put({"a.parquet": packed(t=(NANOS, [midnight, NOON]), u=(NANOS, [NOON, NOON]), n=(pyarrow.int32(), [1, 2]))})
    found = loaded(on_s3, path, None, {"t": "DATE", "u": "TIMESTAMP_NTZ", "n": "BIGINT"}, rejects=rejects)
    assert dicts_of(found) == [{"t": date(2024, 1, 2), "u": HERE, "n": 1}]
    assert len(rejects_of(rejects)) == 1


def test_files_of_other_types_beside_them_are_told_before_anything_is_read(storage: Storage, tmp_path: Path):
    (tmp_path / "in" / "a.parquet").write_bytes(packed(t=(NANOS, [NOON])))
    (tmp_path / "in" / "b.parquet").write_bytes(packed(t=(pyarrow.date32(), [1])))
    with pytest.raises(InputUnreadable, match=r"b\.parquet`: column `t` is date, and timestamp_ntz in"):
        loaded(storage, "in")


def test_spark_reads_what_has_them_in_other_columns(storage: Storage, tmp_path: Path):
    (tmp_path / "in" / "a.parquet").write_bytes(packed(t=(NANOS, [NOON]), n=(pyarrow.int32(), [1])))
    assert _is_read_by_spark(loaded(storage, "in", ["n"]))
    assert not _is_read_by_spark(loaded(storage, "in"))


def _is_read_by_spark(found: Rows) -> bool:
    return bool(found.frame.inputFiles())
