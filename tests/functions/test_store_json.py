"""Storing the current frame as JSON lines."""

from __future__ import annotations

import bz2
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from functions.errors import StepFailed
from functions.sinks.store_json import store_json
from functions.storage.storage import Storage
from functions.workspace import Lines
from tests.functions.conftest import MakeObjects, MakeRows, Publish


def read(folder: Path) -> list[object]:
    return [json.loads(line) for file in sorted(folder.rglob("*.json")) for line in file.read_text().splitlines()]


def test_objects_and_lines_have_no_columns_to_partition_by(
    objects: MakeObjects, lines: Callable[..., Lines], storage: Storage
):
    for frame, kind in ((objects([{"a": 1}]), "objects"), (lines(["a"]), "lines")):
        with pytest.raises(StepFailed, match=f"{kind} have no columns") as caught:
            store_json.call(frame, "out/a", partition_by=["a"], storage=storage)
        assert caught.value.argument == "partition_by"


def test_rows_are_written_with_all_their_columns(rows: MakeRows, storage: Storage, publish: Publish, tmp_path: Path):
    given = rows("id int, `a.b` struct<x: array<string>>, d decimal(5, 2)", (1, (["é"],), None), (None, None, None))
    store_json.call(given, "out/a", files=1, storage=storage)
    publish()
    assert read(tmp_path / "out/a") == [{"id": 1, "a.b": {"x": ["é"]}, "d": None}, {"id": None, "a.b": None, "d": None}]


def test_lines_and_objects_are_written_as_values(
    objects: MakeObjects, lines: Callable[..., Lines], storage: Storage, publish: Publish, tmp_path: Path
):
    store_json.call(objects([{"b": [1], "a": None}]), "out/o", files=1, storage=storage)
    store_json.call(lines(['say "x"']), "out/l", files=1, storage=storage)
    publish()
    assert read(tmp_path / "out/o") == [{"b": [1], "a": None}]
    assert read(tmp_path / "out/l") == ['say "x"']


def test_partitions_stand_in_the_names_of_folders_alone(
    rows: MakeRows, storage: Storage, publish: Publish, tmp_path: Path
):
    given = rows("value int, city string, day date", (1, "Recife", None), (2, "Recife", None), (3, "Olinda", None))
    store_json.call(given, "out/a", "error", 1, ["city"], "bzip2", storage=storage)
    publish()
    written = tmp_path / "out/a"
    files = {
        file.relative_to(written).as_posix(): bz2.decompress(file.read_bytes()).decode()
        for file in written.rglob("*.bz2")
    }
    assert files == {
        "city=Olinda/part-00000.json.bz2": '{"value":3,"day":null}\n',
        "city=Recife/part-00000.json.bz2": '{"value":1,"day":null}\n{"value":2,"day":null}\n',
    }
