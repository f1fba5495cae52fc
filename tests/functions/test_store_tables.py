from __future__ import annotations

import csv
from pathlib import Path

import pytest

from functions.errors import DestinationExists, StepFailed
from functions.sinks.store_tables import store_tables
from functions.storage.storage import Storage
from functions.tables.expand_tables import Expansion, expand_tables
from functions.tables.json_to_list_for_tables import json_to_list_for_tables
from tests.functions.conftest import MakeTables, Publish

Both = pytest.mark.parametrize("layered", [True, False])


def read(file: Path) -> list[list[str]]:
    with file.open(newline="") as stream:
        return list(csv.reader(stream, delimiter="|"))


@Both
def test_each_table_gets_a_file_and_the_folder_a_mark(
    layered: bool, tables: MakeTables, storage: Storage, publish: Publish, tmp_path: Path
):
    store_tables.call(tables(layered, a=[{"x": 1}], b=[{"y": 2}]), ["a", "b"], "out/t", storage=storage)
    publish()
    assert sorted(file.name for file in (tmp_path / "out/t").iterdir()) == ["_DONE", "a.csv", "b.csv"]
    assert (tmp_path / "out/t/a.csv").read_text() == "1\n"
    assert (tmp_path / "out/t/_DONE").read_text() == ""


@Both
def test_values_are_written_so_that_a_csv_reader_gets_them_back(
    layered: bool, tables: MakeTables, storage: Storage, publish: Publish, tmp_path: Path
):
    texts = [
        "plain",
        "a|b",
        'a "b"',
        '"',
        "two\nlines",
        "two\r\nlines",
        "\r",
        " spaces ",
        "\t",
        "\\",
        '\\"',
        "é 日本 😀",
        "#x",
        "'",
        ",",
        "null",
    ]
    given = tables(layered, t=[{"a": text, "b": place} for place, text in enumerate(texts)])
    store_tables.call(json_to_list_for_tables.call(given, {"t": ["b", "a", "b"]}), ["t"], "out/t", storage=storage)
    publish()
    assert read(tmp_path / "out/t/t.csv") == [[str(i), text, str(i)] for i, text in enumerate(texts)]


@Both
def test_every_kind_of_value_has_its_text(
    layered: bool, tables: MakeTables, storage: Storage, publish: Publish, tmp_path: Path
):
    values = [1, -0.5, 12.0, 12345678.9, 1e10, True, False, {"a": [1, None]}, ["x"], "", None, 10**20, "5"]
    given = tables(layered, t=[{"i": i, "a": value} for i, value in enumerate(values)])
    store_tables.call(json_to_list_for_tables.call(given, {"t": ["i", "a"]}), ["t"], "out/t", storage=storage)
    publish()
    expected = [
        "1",
        "-0.5",
        "12.0",
        "12345678.9",
        "10000000000.0",
        "true",
        "false",
        '{"a":[1,null]}',
        '["x"]',
        "",
        "",
        str(10**20),
        "5",
    ]
    assert [row[1] for row in read(tmp_path / "out/t/t.csv")] == expected


@Both
def test_without_lists_the_columns_are_named_fields_then_all_others_by_name(
    layered: bool, tables: MakeTables, storage: Storage, publish: Publish, tmp_path: Path
):
    given = tables(layered, t=[{"a": 1, "b": 2}, {"a": 4, "b": 5, "c": 3}])
    named = expand_tables.call(given, {"t": [Expansion(field="z", default_value=0)]})
    store_tables.call(named, ["t"], "out/t", storage=storage)
    publish()
    order = ["z", "a", "b", "c"] if layered else ["a", "b", "c", "z"]
    rows = [{"a": "1", "b": "2", "c": "", "z": "0"}, {"a": "4", "b": "5", "c": "3", "z": "0"}]
    assert read(tmp_path / "out/t/t.csv") == [[row[name] for name in order] for row in rows]


@Both
def test_empty_tables_and_rows_without_values_are_written(
    layered: bool, tables: MakeTables, storage: Storage, publish: Publish, tmp_path: Path
):
    given = tables(layered, none=[], blank=[{}, {}], wide=[{"a": 1}, {}], narrow=[{"a": 1}, {}, {"a": 2}])
    lists = json_to_list_for_tables.call(given, {"wide": ["a", "b"]})
    store_tables.call(lists, ["none", "blank", "wide", "narrow"], "out/t", storage=storage)
    publish()
    folder = tmp_path / "out/t"
    # A blank line would be lost on most readers, so a row of one null is written as empty text.
    assert read(folder / "narrow.csv") == [["1"], [""], ["2"]]
    assert (folder / "none.csv").read_text() == ""
    assert (folder / "wide.csv").read_text() == "1|\n|\n"
    assert read(folder / "blank.csv") == [[""], [""]]


def test_the_ending_is_as_asked(tables: MakeTables, storage: Storage, publish: Publish, tmp_path: Path):
    store_tables.call(tables(a=[{"x": 1}]), ["a"], "out/t", "psv", storage=storage)
    publish()
    assert (tmp_path / "out/t/a.psv").is_file()


def test_a_destination_that_exists_fails_the_step_unless_it_is_to_be_replaced(
    tables: MakeTables, storage: Storage, publish: Publish, tmp_path: Path
):
    (tmp_path / "out/t").mkdir()
    with pytest.raises(DestinationExists):
        store_tables.call(tables(a=[{"x": 1}]), ["a"], "out/t", storage=storage)
    store_tables.call(tables(a=[{"x": 1}]), ["a"], "out/t", overwrite=True, storage=storage)
    publish()
    assert (tmp_path / "out/t/a.csv").read_text() == "1\n"


def test_a_missing_table_is_told_with_a_near_name(tables: MakeTables, storage: Storage):
    with pytest.raises(StepFailed) as caught:
        store_tables.call(tables(people=[{}]), ["peple"], "out/t", storage=storage)
    assert caught.value.argument == "names"
    assert caught.value.hint == "did you mean `people`?"
