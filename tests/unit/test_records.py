"""Lines out of ranges of files: none lost, none twice, however a file is cut."""

from __future__ import annotations

import bz2
import gzip
import pickle
import re
from itertools import pairwise
from pathlib import Path

import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.errors import InputMissing, InputUnreadable
from functions.storage.reading.filesystem import LOCAL, Connection
from functions.storage.reading.records import blocks
from functions.storage.reading.splits import Split

MARK = b"\xef\xbb\xbf"
#: Bytes that matter to lines come often.
content = st.lists(
    st.one_of(st.sampled_from([b"\n", b"\r", b"\r\n", b"a", b"\xc3", MARK]), st.binary(max_size=8)), max_size=40
).map(b"".join)


def split_of(file: Path, start: int = 0, end: int | None = None) -> Split:
    size = file.stat().st_size
    return Split(str(file), start, size if end is None else end, size)


def lines_of(data: bytes) -> list[bytes]:
    """The lines of a whole file, by the definition."""
    lines = re.split(rb"\r\n|\r|\n", data.removeprefix(MARK))
    return lines[:-1] if not lines[-1] else lines


def read(*splits: Split, block_bytes: int = 4 << 20, longest: int = 64 << 20) -> list[bytes]:
    found: list[bytes] = []
    for split in splits:
        whole = list(blocks(LOCAL, split, block_bytes=block_bytes, longest=longest))
        assert all(block.endswith(b"\n") for block in whole[:-1])
        assert all(whole)
        text = b"".join(whole)
        assert b"\r" not in text
        found += text.removesuffix(b"\n").split(b"\n") if text else []
    return found


@given(content, st.lists(st.integers(0, 400), max_size=6), st.integers(1, 20))
def test_the_lines_of_all_ranges_are_the_lines_of_the_file(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, cuts: list[int], block_bytes: int
) -> None:
    file = tmp_path_factory.getbasetemp() / "any"
    file.write_bytes(data)
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    splits = [split_of(file, start, end) for start, end in pairwise(edges)]
    assert read(*splits, block_bytes=block_bytes) == lines_of(data)


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".zst", ".zstd"])
def test_packed_files_of_several_members_are_one_text(tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"a{ending}"
    file.write_bytes(packed(ending, MARK + b"one\r\ntw") + packed(ending, b"") + packed(ending, b"o\rthree\n" * 50_000))
    assert read(split_of(file), block_bytes=7) == [b"one", b"two", b"three"] + [b"o", b"three"] * 49_999


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".zst"])
@pytest.mark.parametrize("damage", ["cut off", "not packed at all", "followed by something else"])
def test_a_packed_file_that_is_damaged_is_refused_by_name(tmp_path: Path, ending: str, damage: str) -> None:
    file = tmp_path / f"a{ending}"
    whole = packed(ending, b"some text\n" * 1000)
    file.write_bytes(
        {"cut off": whole[:-9], "not packed at all": b"plain text\n", "followed by something else": whole + b"text"}[
            damage
        ]
    )
    with pytest.raises(InputUnreadable, match=rf"a\{ending}` cannot be unpacked"):
        read(split_of(file))


def test_a_line_that_is_too_long_is_refused_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"short\r\nshort\r" + b"x" * 1001 + b"\nshort\n")
    with pytest.raises(InputUnreadable, match=r"a\.txt` has a line of more than 1,000 bytes, at byte 13"):
        read(split_of(file), block_bytes=100, longest=1000)
    with pytest.raises(InputUnreadable, match="at byte 13"):
        read(split_of(file), block_bytes=9, longest=1000)
    assert len(read(split_of(file), block_bytes=100, longest=1001)) == 4


def test_a_file_that_changed_since_it_was_listed_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"one\ntwo\n")
    listed = split_of(file)
    file.write_bytes(b"one\n")
    with pytest.raises(InputUnreadable, match="changed while the job read it"):
        read(listed)
    file.unlink()
    with pytest.raises(InputMissing, match="vanished"):
        read(listed)


def test_a_connection_travels_and_shows_no_secret() -> None:
    connection = Connection.s3(
        {"aws_access_key_id": "AKIAEXAMPLE", "aws_secret_access_key": "secret-word", "aws_session_token": "token-word"},
        "http://127.0.0.1:5000/",
    )
    assert pickle.loads(pickle.dumps(connection)) == connection
    assert not any(word in f"{connection!r} {connection}" for word in ("AKIAEXAMPLE", "secret-word", "token-word"))
    assert connection.filesystem() is connection.filesystem()
    assert LOCAL.filesystem() is not connection.filesystem()


def packed(ending: str, data: bytes) -> bytes:
    if ending == ".gz":
        return gzip.compress(data)
    if ending == ".bz2":
        return bz2.compress(data)
    sink = pyarrow.BufferOutputStream()
    with pyarrow.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return bytes(sink.getvalue())
