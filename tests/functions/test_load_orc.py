"""ORC as rows; what the reader does is in test_reading_tables.py."""

from __future__ import annotations

import io
from typing import Any

import pyarrow
import pytest
from pyarrow import orc
from pyspark.errors import PySparkException

from functions.errors import InputMissing, StepFailed
from functions.sources.load_orc import load_orc
from functions.storage.reading.faults import heard
from functions.storage.storage import Storage
from tests.functions.conftest import Put, dicts_of


def packed(**columns: list[Any]) -> bytes:
    """A file of some columns."""
    file = io.BytesIO()
    orc.write_table(pyarrow.table(columns), file)
    return file.getvalue()


def test_there_must_be_a_file_of_the_form(on_s3: Storage, put: Put):
    folder = put({"_hidden": "a", "no/no.orc": "no orc"})
    for path in (f"{folder}/nothing", f"{folder}/*.orc"):
        with pytest.raises(InputMissing):
            load_orc.call(path, storage=on_s3)
    with pytest.raises(StepFailed, match=r"no\.orc"):
        load_orc.call(f"{folder}/no", storage=on_s3)


def test_a_missing_column_is_told_with_a_near_name(on_s3: Storage, put: Put):
    with pytest.raises(StepFailed) as caught:
        load_orc.call(put({"a.orc": packed(name=["a"])}), ["nmae"], storage=on_s3)
    assert (caught.value.argument, caught.value.hint) == ("columns", "did you mean `name`?")


def test_rows_have_the_types_of_the_files_and_the_columns_of_their_folders(on_s3: Storage, put: Put):
    nested = [{"a": [1, None]}, None]
    path = put(
        {
            "k=1/a.orc": packed(**{"a.b": ["é", None], "s": nested}),
            "k=2/b.orc": packed(**{"a.b": ["b"]}),
        }
    )
    found = load_orc.call(path, storage=on_s3)
    assert sorted(dicts_of(found), key=str) == [
        {"a.b": "b", "s": None, "k": 2},
        {"a.b": "é", "s": {"a": [1, None]}, "k": 1},
        {"a.b": None, "s": None, "k": 1},
    ]
    assert load_orc.call(path, ["k", "a.b"], storage=on_s3).columns == ["k", "a.b"]
    empty = put({"empty/a.orc": packed(id=pyarrow.array([], pyarrow.int64()))})
    assert dicts_of(load_orc.call(f"{empty}/empty", storage=on_s3)) == []


def test_a_file_whose_types_do_not_fit_fails_the_job(on_s3: Storage, put: Put):
    path = put({"k=1/a.orc": packed(id=[1]), "k=1/b.orc": packed(id=["x"])})
    with pytest.raises(PySparkException) as caught:
        dicts_of(load_orc.call(path, storage=on_s3))
    assert "column `id`" in str(heard(str(caught.value)))
