"""Lines of text."""

from __future__ import annotations

import gzip

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import functions as F

from functions.errors import InputMissing
from functions.records.rejects import Rejects
from functions.sources.load_rdd import load_rdd
from functions.sources.load_text import load_text
from functions.storage.storage import Storage
from functions.workspace import Lines
from tests.functions.conftest import Put, dicts_of, tally_of, texts_of


def test_there_must_be_a_file(on_s3: Storage, put: Put):
    folder = put({"_hidden": "a"})
    for path in (folder, f"{folder}/nothing", f"{folder}/*.txt"):
        with pytest.raises(InputMissing):
            load_text.call(path, storage=on_s3, rejects=Rejects())


def test_lines_are_rows_and_empty_ones_too(on_s3: Storage, put: Put):
    path = put({"a.txt": "one\r\n\né日", "b.txt.gz": gzip.compress(b"two\n"), "c.txt": ""})
    for found in (load_text.call(path, storage=on_s3, rejects=Rejects()), load_rdd.call(path, storage=on_s3)):
        assert isinstance(found, Lines)
        assert found.text_input is not None
        assert sorted(row["value"] for row in dicts_of(found)) == ["", "one", "two", "é日"]


def test_lines_that_are_not_utf8_are_kept_set_aside_or_end_the_job(on_s3: Storage, put: Put, rejects: Rejects):
    path = put({"a.txt": b"one\n\xfftwo\n\xc3\xa9\n"})
    kept = load_text.call(path, storage=on_s3, rejects=rejects)
    assert [row.value for row in kept.frame.select(F.col("value").cast("binary").alias("value")).collect()] == [
        b"one", b"\xfftwo", b"\xc3\xa9"
    ]  # fmt: skip
    assert rejects.sets == []
    found = load_text.call(path, "reject", 1, storage=on_s3, rejects=rejects)
    assert isinstance(found, Lines)
    assert dicts_of(found) == [{"value": "one"}, {"value": "é"}]
    assert tally_of(rejects) == {"read": 3, "rejected": 1}
    assert texts_of(rejects) == [("\ufffdtwo", "not UTF-8 text")]
    assert rejects.sets[-1].most == 1
    with pytest.raises(PySparkException, match="bad record at step 0: not UTF-8 text"):
        dicts_of(load_text.call(path, "fail", storage=on_s3, rejects=rejects))
