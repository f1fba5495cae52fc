from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from functions.arguments.tables import Part
from functions.errors import DestinationExists, PathNotAllowed
from functions.frames.split_into_tables import split_into_tables
from functions.sinks.store_rdd import store_rdd
from functions.storage.storage import Storage
from functions.workspace import Lines
from tests.functions.conftest import MakeObjects, Publish

MakeLines = Callable[[list[str]], Lines]


def test_lines_are_written_as_they_are(lines: MakeLines, storage: Storage, publish: Publish, tmp_path: Path):
    store_rdd.call(lines(["one", "", ' "two" | é 😀 ']), "out/copy", storage=storage)
    publish()
    assert (tmp_path / "out/copy/part-00000").read_text() == 'one\n\n "two" | é 😀 \n'


def test_objects_are_written_as_a_line_of_json_each(
    objects: MakeObjects, storage: Storage, publish: Publish, tmp_path: Path
):
    given = [{"b": [1, None], "a": "line\nend"}, 5, "text", None]
    store_rdd.call(objects(given), "out/copy", storage=storage)
    publish()
    written = (tmp_path / "out/copy/part-00000").read_text().splitlines()
    assert [json.loads(line) for line in written] == given


def test_split_objects_are_written_with_their_nulls(
    objects: MakeObjects, storage: Storage, publish: Publish, tmp_path: Path
):
    split = split_into_tables.call(objects([{"a": 1}]), {"t": Part(fields=["a", "b"]), "u": Part(fields=[])})
    store_rdd.call(split, "out/copy", storage=storage)
    publish()
    assert json.loads((tmp_path / "out/copy/part-00000").read_text()) == {"t": {"a": 1, "b": None}, "u": {}}


def test_the_lines_are_divided_in_order_over_as_many_files_as_asked(
    lines: MakeLines, storage: Storage, publish: Publish, tmp_path: Path
):
    given = [f"line {i}" for i in range(1000)]
    store_rdd.call(lines(given), "out/copy", 3, storage=storage)
    publish()
    files = sorted((tmp_path / "out/copy").iterdir())
    assert [file.name for file in files if file.name.startswith("part")] == ["part-00000", "part-00001", "part-00002"]
    parts = [file.read_text().splitlines() for file in files if file.name.startswith("part")]
    assert [line for part in parts for line in part] == given
    assert all(len(part) > 300 for part in parts)


def test_no_lines_give_as_many_empty_files(lines: MakeLines, storage: Storage, publish: Publish, tmp_path: Path):
    store_rdd.call(lines([]), "out/copy", 2, storage=storage)
    publish()
    assert [(tmp_path / f"out/copy/part-0000{i}").read_text() for i in range(2)] == ["", ""]


def test_nothing_appears_before_publication(lines: MakeLines, storage: Storage, tmp_path: Path):
    store_rdd.call(lines(["one"]), "out/copy", storage=storage)
    assert not (tmp_path / "out/copy").exists()


def test_a_destination_that_exists_fails_the_step(lines: MakeLines, storage: Storage, tmp_path: Path):
    (tmp_path / "out/copy").mkdir()
    with pytest.raises(DestinationExists):
        store_rdd.call(lines(["one"]), "out/copy", storage=storage)


def test_a_destination_that_exists_is_replaced_on_request(
    lines: MakeLines, storage: Storage, publish: Publish, tmp_path: Path
):
    (tmp_path / "out/copy").mkdir()
    (tmp_path / "out/copy/old").touch()
    store_rdd.call(lines(["one"]), "out/copy", 1, True, storage=storage)
    publish()
    assert (tmp_path / "out/copy/part-00000").read_text() == "one\n"
    assert not (tmp_path / "out/copy/old").exists()


def test_a_destination_outside_the_roots_is_refused(lines: MakeLines, storage: Storage):
    with pytest.raises(PathNotAllowed):
        store_rdd.call(lines(["one"]), "in/copy", storage=storage)
