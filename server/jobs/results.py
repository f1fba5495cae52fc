"""Reading what a job collected, and what it set aside, from the files of its attempt.

A file holds one JSON value a line, in UTF-8, so that a page of it is lines put between commas: no number loses a digit.
A cursor is the place of a line in the file. Reading happens off the event loop.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Self

RESULT: Final = "result.jsonl"
REJECTS: Final = "rejects.jsonl"

#: A page ends early once it holds so many bytes.
_PAGE_BYTES = 8 * 1_048_576
_BLOCK_BYTES = 262_144
_CURSOR = re.compile(r"[0-9a-f]{1,15}")


class BadCursor(ValueError):
    """The cursor is none of this file."""


@dataclass(frozen=True)
class Page:
    """Some rows, each as JSON text, and the cursor of the next page; None: there is no other."""

    rows: list[bytes]
    cursor: str | None

    def to_json(self, total: int, *, truncated: bool) -> bytes:
        """The page as a JSON object in UTF-8.

        Args:
            total: Rows in all.
            truncated: Whether there were more than were kept.
        """
        cursor = b'"%b"' % self.cursor.encode() if self.cursor else b"null"
        return b'{"rows":[%b],"cursor":%b,"total":%d,"truncated":%b}' % (
            b",".join(self.rows),
            cursor,
            total,
            b"true" if truncated else b"false",
        )


class RowStream:
    """A file of rows in blocks of bytes; closed by its reader, or when it goes."""

    def __init__(self, file: IO[bytes] | None, size: int) -> None:
        self._file = file
        #: Bytes in all.
        self.size = size

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        block = await asyncio.to_thread(self._file.read, _BLOCK_BYTES) if self._file else b""
        if not block:
            raise StopAsyncIteration
        return block

    async def close(self) -> None:
        """Closes the file."""
        if self._file:
            self._file.close()


class Results:
    """The result files of all jobs."""

    def __init__(self, folder: Path) -> None:
        # Holds `<job id>/<attempt>/` for each job.
        self._folder = folder

    async def page(self, job_id: str, attempt: str, name: str, *, limit: int, cursor: str | None = None) -> Page:
        """Some rows of a file; none where the file does not exist.

        Args:
            job_id: The job.
            attempt: The attempt whose files these are.
            name: `RESULT` or `REJECTS`.
            limit: The most rows; a page of large rows ends early, with at least one.
            cursor: The `cursor` of the page before; None: the first page.

        Raises:
            BadCursor: When the cursor is none of this file.
        """
        start = _offset(cursor)
        return await asyncio.to_thread(_read_page, self._path(job_id, attempt, name), start, limit)

    async def stream(self, job_id: str, attempt: str, name: str) -> RowStream:
        """All rows of a file as JSON lines; an empty stream where the file does not exist."""
        path = self._path(job_id, attempt, name)
        return await asyncio.to_thread(_open, path)

    def _path(self, job_id: str, attempt: str, name: str) -> Path:
        return self._folder / job_id / attempt / name


def _open(path: Path) -> RowStream:
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return RowStream(None, 0)
    return RowStream(file, path.stat().st_size)


def _read_page(path: Path, start: int, limit: int) -> Page:
    try:
        file = path.open("rb")
    except FileNotFoundError:
        if start:
            raise BadCursor(start) from None
        return Page([], None)
    with file:
        if start:
            file.seek(start - 1)
            if file.read(1) != b"\n":
                raise BadCursor(start)
        rows: list[bytes] = []
        size = 0
        while len(rows) < limit and size < _PAGE_BYTES and (line := file.readline()):
            rows.append(line.rstrip(b"\n"))
            size += len(line)
        more = file.read(1) != b""
        return Page(rows, f"{start + size:x}" if more else None)


def _offset(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not _CURSOR.fullmatch(cursor):
        raise BadCursor(cursor)
    return int(cursor, 16)
