"""Parquet as rows; what the reader does is in test_reading_tables.py."""

from __future__ import annotations

import io
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from functions.errors import InputMissing, StepFailed
from functions.records.rejects import Rejects
from functions.sources.load_parquet import load_parquet
from functions.storage.reading.faults import heard
from functions.storage.storage import Storage
from functions.workspace import Rows
from tests.functions.conftest import Put, dicts_of


def packed(**columns: list[Any]) -> bytes:
    """A file of some columns."""
    file = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), file)
    return file.getvalue()


def loaded(storage: Storage, path: str, columns: list[str] | None = None) -> Rows:
    return load_parquet.call(path, columns, storage=storage, session=SparkSession.active(), rejects=Rejects())


def test_there_must_be_a_file_of_the_form(on_s3: Storage, put: Put):
    folder = put({"_hidden": "a", "no/no.parquet": "no parquet"})
    for path in (f"{folder}/nothing", f"{folder}/*.parquet"):
        with pytest.raises(InputMissing):
            loaded(on_s3, path)
    with pytest.raises(StepFailed, match=r"no\.parquet"):
        loaded(on_s3, f"{folder}/no")


def test_a_missing_column_is_told_with_a_near_name(on_s3: Storage, put: Put):
    with pytest.raises(StepFailed) as caught:
        loaded(on_s3, put({"a.parquet": packed(name=["a"])}), ["nmae"])
    assert (caught.value.argument, caught.value.hint) == ("columns", "did you mean `name`?")


def test_rows_have_the_types_of_the_files_and_the_columns_of_their_folders(on_s3: Storage, put: Put):
    nested = [{"a": [1, None]}, None]
    path = put(
        {
            "k=1/a.parquet": packed(**{"a.b": ["é", None], "s": nested}),
            "k=2/b.parquet": packed(**{"a.b": ["b"]}),
        }
    )
    found = loaded(on_s3, path)
    assert sorted(dicts_of(found), key=str) == [
        {"a.b": "b", "s": None, "k": 2},
        {"a.b": "é", "s": {"a": [1, None]}, "k": 1},
        {"a.b": None, "s": None, "k": 1},
    ]
    assert loaded(on_s3, path, ["k", "a.b"]).columns == ["k", "a.b"]
    empty = put({"empty/a.parquet": packed(id=pyarrow.array([], pyarrow.int64()))})
    assert dicts_of(loaded(on_s3, f"{empty}/empty")) == []


def test_a_file_whose_types_do_not_fit_fails_the_job(on_s3: Storage, put: Put):
    path = put({"k=1/a.parquet": packed(id=[1]), "k=1/b.parquet": packed(id=["x"])})
    with pytest.raises(PySparkException) as caught:
        dicts_of(loaded(on_s3, path))
    assert "column `id`" in str(heard(str(caught.value)))
