from __future__ import annotations

import bz2
import gzip
from pathlib import Path

import pytest

from functions.errors import InputMissing, PathNotAllowed
from functions.sources.load_rdd import load_rdd
from functions.storage.storage import Storage


def loaded(storage: Storage, path: str) -> list[str]:
    return [row.value for row in load_rdd.call(path, storage=storage).frame.collect()]


def test_lines_are_kept_to_the_letter(storage: Storage, tmp_path: Path):
    (tmp_path / "in/a.txt").write_text('first\n\n  spaces \t\n"quotes" \\ é 日本 😀\nlast without end')
    assert loaded(storage, "in/a.txt") == ["first", "", "  spaces \t", '"quotes" \\ é 日本 😀', "last without end"]


def test_windows_line_ends_are_line_ends(storage: Storage, tmp_path: Path):
    (tmp_path / "in/a.txt").write_bytes(b"one\r\ntwo\r\n")
    assert loaded(storage, "in/a.txt") == ["one", "two"]


def test_an_empty_file_gives_no_lines(storage: Storage, tmp_path: Path):
    (tmp_path / "in/a.txt").touch()
    assert loaded(storage, "in/a.txt") == []


def test_gz_and_bz2_are_unpacked(storage: Storage, tmp_path: Path):
    (tmp_path / "in/a.gz").write_bytes(gzip.compress(b"zipped\n"))
    (tmp_path / "in/b.bz2").write_bytes(bz2.compress(b"squeezed\n"))
    assert loaded(storage, "in/a.gz") == ["zipped"]
    assert loaded(storage, "in/b.bz2") == ["squeezed"]


def test_a_folder_means_the_files_in_it_but_not_the_marked_ones(storage: Storage, tmp_path: Path):
    folder = tmp_path / "in/folder"
    (folder / "deeper").mkdir(parents=True)
    for name in ("a.txt", "b.txt", "_DONE", ".hidden", "deeper/c.txt"):
        (folder / name).write_text(f"{name}\n")
    assert sorted(loaded(storage, "in/folder")) == ["a.txt", "b.txt"]


def test_a_glob_means_what_it_matches(storage: Storage, tmp_path: Path):
    for name in ("a1.txt", "a2.txt", "b1.txt"):
        (tmp_path / "in" / name).write_text(f"{name}\n")
    assert sorted(loaded(storage, "in/a?.txt")) == ["a1.txt", "a2.txt"]
    assert loaded(storage, "in/[b]*") == ["b1.txt"]


@pytest.mark.parametrize(
    "name", ["a[1].txt", "a{b,c}.txt".replace(",", ""), "a b%20c#d.txt", "日本.txt", "a\\b.txt", "a+b&c.txt"]
)
def test_odd_file_names_can_be_read(name: str, storage: Storage, tmp_path: Path):
    (tmp_path / "in" / name).write_text("here\n")
    assert loaded(storage, f"in/{name}") == ["here"]


def test_a_file_with_a_colon_in_its_name_can_be_read(storage: Storage, tmp_path: Path):
    (tmp_path / "in/a:b.txt").write_bytes(b"one\r\ntwo")
    assert loaded(storage, "in/a:b.txt") == ["one", "two"]


def test_a_missing_file_is_told(storage: Storage):
    with pytest.raises(InputMissing, match=r"in/none\.txt"):
        loaded(storage, "in/none.txt")


def test_a_path_outside_the_roots_is_refused(storage: Storage):
    with pytest.raises(PathNotAllowed):
        loaded(storage, "/etc/passwd")
