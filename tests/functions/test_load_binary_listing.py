"""Files as rows."""

from __future__ import annotations

import datetime
import hashlib

import pytest

from functions.errors import InputMissing
from functions.sources.load_binary_listing import load_binary_listing
from functions.storage.storage import Storage
from tests.functions.conftest import Put, dicts_of


def test_there_must_be_a_file(on_s3: Storage, put: Put):
    folder = put({"_hidden": "a"})
    for path in (folder, f"{folder}/nothing", f"{folder}/*.bin"):
        with pytest.raises(InputMissing):
            load_binary_listing.call(path, storage=on_s3)


def test_files_are_listed_with_size_time_and_digest(on_s3: Storage, put: Put):
    before = datetime.datetime.now() - datetime.timedelta(seconds=5)  # noqa: DTZ005 - as collected rows are
    content = bytes(range(256)) * 8192
    path = put({"a.bin": content, "deep/é k=v/b.bin": b"", ".c": b"c", "d.txt": "d"})
    found = load_binary_listing.call(path, "sha256", storage=on_s3)
    rows = sorted(dicts_of(found), key=lambda row: str(row["path"]))
    assert [name.rpartition("/in/")[2] for name in (row["path"] for row in rows)] == [
        "a.bin",
        "d.txt",
        "deep/é k=v/b.bin",
    ]
    assert [row["path"].startswith("s3://") for row in rows] == [path.startswith("s3://")] * 3
    assert [row["size"] for row in rows] == [len(content), 1, 0]
    assert [row["digest"] for row in rows] == [hashlib.sha256(text).hexdigest() for text in (content, b"d", b"")]
    assert all(before < row["modified"] < before + datetime.timedelta(hours=1) for row in rows)
    found = load_binary_listing.call(f"{path}/*.bin", storage=on_s3)
    assert found.columns == ["path", "size", "modified"]
    assert [row["size"] for row in dicts_of(found)] == [len(content)]
