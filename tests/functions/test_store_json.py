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
from functions.workspace import Lines, Rows
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


def test_intervals_are_written_as_to_json_writes_them(
    rows: MakeRows, storage: Storage, publish: Publish, tmp_path: Path
):
    made = rows("id int, name string", (1, "é"), (2, None)).frame.selectExpr("*", "make_interval(0, id) AS span")
    store_json.call(Rows(made), "out/a", files=1, storage=storage)
    publish()
    assert read(tmp_path / "out/a") == [
        {"id": 1, "name": "é", "span": "1 months"},
        {"id": 2, "name": None, "span": "2 months"},
    ]


def test_both_ways_of_writing_give_the_same_lines(rows: MakeRows, storage: Storage, publish: Publish, tmp_path: Path):
    made = rows("x int", (1,), (None,)).frame.selectExpr(
        "x", "x AS X", "x AS `a.b`", "null AS nothing", "'a\"\\\\\n\u2028ü' AS text", "cast('nan' AS double) AS nan",
        "1e300 AS big", "cast(1 AS decimal(10, 2)) AS money", "timestamp '2024-02-03 04:05:06.789' AS at",
        "timestamp_ntz '2024-02-03 04:05:06' AS clock", "date '0001-01-01' AS day", "unhex('00ff') AS bytes",
        "interval '1' day AS span", "map('b', x, 'a', null) AS mapped", "array(named_struct('y', x)) AS list",
        "parse_json('{\"v\": [1, null]}') AS loose",
    )  # fmt: skip
    store_json.call(Rows(made), "out/spark", files=1, storage=storage)
    store_json.call(Rows(made.selectExpr("*", "make_interval(1) AS z")), "out/text", files=1, storage=storage)
    publish()
    by_spark, by_text = ((tmp_path / f"out/{name}/part-00000.json").read_text() for name in ("spark", "text"))
    assert by_spark == by_text.replace(',"z":"1 years"', "")
    assert by_spark.count("\n") == 2


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("named_struct('at', timestamp'2024-01-01 10:00:00.000001') AS c", {"at": "2024-01-01T10:00:00.000001Z"}),
        ("array(timestamp_ntz'2024-01-01 10:00:00.000001') AS c", ["2024-01-01T10:00:00.000001"]),
        ("map(date'2024-02-29', timestamp'2024-01-01 10:00:00') AS c", {"2024-02-29": "2024-01-01T10:00:00.000000Z"}),
        ("map(interval '1' day, interval '1' day) AS c", {"INTERVAL '1' DAY": "INTERVAL '1' DAY"}),
        ("map(interval '1-2' year to month, 1) AS c", {"INTERVAL '1-2' YEAR TO MONTH": 1}),
        ("array(map(X'FF00', 1)) AS c", [{"/wA=": 1}]),
    ],
)
def test_times_are_whole_and_keys_of_maps_are_shown_as_values(
    column: str, value: object, rows: MakeRows, storage: Storage, publish: Publish, tmp_path: Path
):
    store_json.call(Rows(rows("id int", (1,)).frame.selectExpr(column)), "out/a", files=1, storage=storage)
    publish()
    assert read(tmp_path / "out/a") == [{"c": value}]
