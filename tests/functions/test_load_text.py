"""Lines of text."""

from __future__ import annotations

import gzip

import pytest

from functions.errors import InputMissing
from functions.sources.load_rdd import load_rdd
from functions.sources.load_text import load_text
from functions.storage.storage import Storage
from functions.workspace import Lines
from tests.functions.conftest import Put, dicts_of


def test_there_must_be_a_file(on_s3: Storage, put: Put):
    folder = put({"_hidden": "a"})
    for path in (folder, f"{folder}/nothing", f"{folder}/*.txt"):
        with pytest.raises(InputMissing):
            load_text.call(path, storage=on_s3)


def test_lines_are_rows_and_empty_ones_too(on_s3: Storage, put: Put):
    path = put({"a.txt": "one\r\n\né日", "b.txt.gz": gzip.compress(b"two\n"), "c.txt": ""})
    for function in (load_text, load_rdd):
        found = function.call(path, storage=on_s3)
        assert isinstance(found, Lines)
        assert found.text_input is not None
        assert sorted(row["value"] for row in dicts_of(found)) == ["", "one", "two", "é日"]
