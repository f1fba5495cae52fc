"""The outputs of one batch on the disk: a SQLite file that several processes may read and add to at once.

SQLite keeps them safe when a process or the machine dies, finds a key among ten million, and reads them in the order
of keys without holding them in memory.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

#: How long a writer waits for another, seconds.
_BUSY_SECONDS = 60
#: Keys that one question may name; SQLite's own bound is far higher.
_KEYS_AT_ONCE = 500
#: The end of the name of a file in the making, and of what SQLite puts beside it.
_DRAFT = re.compile(r"\.sqlite\.[0-9a-f]{32}(-wal|-shm|-journal)?$")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS outputs (
    sequence INTEGER PRIMARY KEY,  -- in the order in which they came
    key TEXT NOT NULL UNIQUE,      -- compared byte by byte, as UTF-8
    digest TEXT NOT NULL,          -- of the input: SHA-1 of its JSON
    failed INTEGER NOT NULL,
    output TEXT NOT NULL,          -- JSON: {"key", "value"} or {"key", "error"}
    input TEXT                     -- JSON; only where it failed, to be called once more
);
CREATE INDEX IF NOT EXISTS failures ON outputs (sequence) WHERE failed;
"""


@dataclass(frozen=True)
class Output:
    """What became of one input."""

    sequence: int
    key: str
    #: Of the input's JSON: SHA-1, in hex.
    digest: str
    is_failed: bool
    #: JSON in one line.
    output: str
    #: JSON in one line; empty where it did not fail.
    input: str = ""


@dataclass(frozen=True)
class Range:
    """Outputs that are read together: those with the numbers `start` (of these) to `end` (not of these)."""

    start: int
    end: int
    #: How many of them failed. A retry changes it: only outputs that failed are ever taken away.
    failed: int


class FileGone(Exception):
    """There was a file, and it was removed."""


class FileChanged(Exception):
    """Outputs were taken away since it was decided what to read."""


class BatchOutputs:
    """The file of one batch. Every method opens it for itself; it is made by the first output."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, outputs: Iterable[Output]) -> None:
        """Adds outputs, all or none; they are on the disk when this returns. Those of known keys take their place.

        Raises:
            sqlite3.Error: When the file cannot be written.
        """
        if not self.path.exists():
            self._make()
        with closing(self._connect()) as database, database:
            # The one that came last stays: what is moved twice, and late, must not replace a newer one.
            database.executemany(
                "INSERT INTO outputs VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET "
                "sequence = excluded.sequence, digest = excluded.digest, failed = excluded.failed, "
                "output = excluded.output, input = excluded.input WHERE excluded.sequence > sequence "
                "ON CONFLICT (sequence) DO NOTHING",
                (
                    (one.sequence, one.key, one.digest, int(one.is_failed), one.output, one.input or None)
                    for one in outputs
                ),
            )

    def digests(self, keys: Sequence[str]) -> dict[str, str]:
        """The digests of those of some keys that are here."""
        found: dict[str, str] = {}
        with self._opened() as database:
            if database is None:
                return found
            for start in range(0, len(keys), _KEYS_AT_ONCE):
                some = keys[start : start + _KEYS_AT_ONCE]
                marks = ",".join("?" * len(some))
                found.update(database.execute(f"SELECT key, digest FROM outputs WHERE key IN ({marks})", some))  # noqa: S608 - question marks
        return found

    def by_key(self, after: str | None, limit: int) -> list[tuple[str, str]]:
        """Keys and outputs in the order of keys, from the first key after one."""
        with self._opened() as database:
            if database is None:
                return []
            question = "SELECT key, output FROM outputs WHERE key > ? ORDER BY key LIMIT ?"
            if after is None:
                question = question.replace("key > ?", "? IS NULL")
            return list(database.execute(question, (after, limit)))

    def by_sequence(self, after: int, limit: int) -> list[tuple[int, str]]:
        """Numbers and outputs in the order in which they came, from the first after one."""
        with self._opened() as database:
            if database is None:
                return []
            question = "SELECT sequence, output FROM outputs WHERE sequence > ? ORDER BY sequence LIMIT ?"
            return list(database.execute(question, (after, limit)))

    def failures(self, limit: int, before: int, most_bytes: int) -> list[Output]:
        """Those that failed, in the order in which they came.

        Args:
            limit: Most of them.
            before: Only those with smaller numbers.
            most_bytes: No more of them once their inputs have so many bytes.
        """
        with self._opened() as database:
            if database is None:
                return []
            question = (
                "SELECT sequence, key, digest, failed, output, input FROM outputs "
                "WHERE failed AND sequence < ? ORDER BY sequence LIMIT ?"
            )
            found: list[Output] = []
            size = 0
            for row in database.execute(question, (before, limit)):
                found.append(Output(row[0], row[1], row[2], bool(row[3]), row[4], row[5]))
                size += len(row[5] or "")
                if size >= most_bytes:
                    break
            return found

    def ranges(self, count: int) -> list[Range]:
        """All outputs that are here now, in at most so many ranges of about as many numbers each; none: no outputs.

        Raises:
            sqlite3.Error: When the file cannot be read.
        """
        with self._opened() as database:
            if database is None:
                return []
            first, last = database.execute("SELECT min(sequence), max(sequence) FROM outputs").fetchone()
            if first is None:
                return []
            numbers = last + 1 - first
            count = min(count, numbers)
            edges = [first + numbers * place // count for place in range(count + 1)]
            return [Range(start, end, _failed(database, start, end)) for start, end in pairwise(edges)]

    def read(self, part: Range) -> Iterator[str]:
        """The outputs of a range, in the order in which they came, as they are at the first of them.

        Raises:
            FileGone: When the file is gone.
            FileChanged: When outputs of the range are.
            sqlite3.Error: When it cannot be read.
        """
        with self._opened() as database:
            if database is None:
                raise FileGone
            database.execute("BEGIN")  # what is read from here on is of one moment
            if _failed(database, part.start, part.end) != part.failed:
                raise FileChanged
            question = "SELECT output FROM outputs WHERE sequence >= ? AND sequence < ? ORDER BY sequence"
            for (output,) in database.execute(question, (part.start, part.end)):
                yield output

    def remove(self, outputs: Iterable[Output]) -> None:
        """Removes outputs, where they are still the ones of their keys; of a file that is gone there is none."""
        with self._opened() as database:
            if database is not None:
                with database:
                    database.executemany("DELETE FROM outputs WHERE sequence = ?", ((one.sequence,) for one in outputs))

    def delete(self) -> None:
        """Removes the file."""
        for end in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + end).unlink(missing_ok=True)

    def _make(self) -> None:
        """Puts an empty file in place, whole, unless another process was faster.

        Two processes that turned on the journal of one file at once would lock each other out.
        """
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self.path.with_name(f"{self.path.name}.{uuid4().hex}")
        try:
            with closing(sqlite3.connect(draft)) as database:
                database.execute("PRAGMA journal_mode=WAL")  # the mode stays with the file
                database.executescript(_SCHEMA)
            with suppress(FileExistsError):
                self.path.hardlink_to(draft)
        finally:
            draft.unlink(missing_ok=True)

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection | None]:
        """A connection to a file that is there; None: nothing was added yet, or all of it was removed."""
        try:
            database = self._connect()
        except sqlite3.OperationalError:
            if self.path.exists():
                raise
            yield None
            return
        with closing(database):
            yield database

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=rw", timeout=_BUSY_SECONDS, uri=True)


def delete_drafts(folder: Path, *, older_than: float) -> None:
    """Removes what processes left that were killed while they made files.

    Args:
        folder: Of the files.
        older_than: Seconds since they were last written; younger ones may be in the making.
    """
    before = time.time() - older_than
    for path in folder.glob("*.sqlite.*"):
        with suppress(FileNotFoundError):  # another process sweeps, too
            if _DRAFT.search(path.name) and path.stat().st_mtime < before:
                path.unlink()


def _failed(database: sqlite3.Connection, start: int, end: int) -> int:
    question = "SELECT count(*) FROM outputs WHERE failed AND sequence >= ? AND sequence < ?"
    count: int = database.execute(question, (start, end)).fetchone()[0]
    return count
