"""Storing the current frame as text."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from functions.errors import DestinationExists
from functions.sinks.store_text import store_text
from functions.storage.storage import Storage
from functions.workspace import Lines
from tests.functions.conftest import MakeObjects, MakeRows, Publish


def test_a_file_in_the_way_is_refused_whatever_the_mode(lines: Callable[..., Lines], storage: Storage, tmp_path: Path):
    (tmp_path / "out/a").write_text("mine")
    for mode in ("error", "append"):
        with pytest.raises(DestinationExists):
            store_text.call(lines(["x"]), "out/a", mode, storage=storage)


def test_lines_objects_and_rows_are_written_as_lines(
    rows: MakeRows,
    objects: MakeObjects,
    lines: Callable[..., Lines],
    storage: Storage,
    publish: Publish,
    tmp_path: Path,
):
    store_text.call(lines(["b", "", "é"]), "out/l", files=1, storage=storage)
    store_text.call(objects([{"a": 1}]), "out/o", files=1, storage=storage)
    store_text.call(rows("id int", (1,), (None,)), "out/r", "error", 1, "gzip", storage=storage)
    store_text.call(lines([]), "out/none", storage=storage)
    publish()
    assert (tmp_path / "out/l/part-00000.txt").read_text() == "b\n\né\n"
    assert (tmp_path / "out/o/part-00000.txt").read_text() == '{"a":1}\n'
    assert gzip.decompress((tmp_path / "out/r/part-00000.txt.gz").read_bytes()) == b'{"id":1}\n{"id":null}\n'
    assert [file.read_text() for file in (tmp_path / "out/none").iterdir()] in ([], [""])


def test_rows_keep_their_order_in_one_file(
    lines: Callable[..., Lines], storage: Storage, publish: Publish, tmp_path: Path
):
    numbers = [f"{n:04d}" for n in range(1000)]
    given = Lines(lines(numbers).frame.repartitionByRange(8, "value"))
    store_text.call(given, "out/one", files=1, storage=storage)
    store_text.call(given, "out/some", files=3, storage=storage)
    publish()
    assert (tmp_path / "out/one/part-00000.txt").read_text().splitlines() == numbers
    files = sorted((tmp_path / "out/some").iterdir())
    assert 1 < len(files) <= 3
    assert sorted(line for file in files for line in file.read_text().splitlines()) == numbers
