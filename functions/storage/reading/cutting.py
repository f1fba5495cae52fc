"""Cutting files of text into records, one string each, which Spark then parses.

Memory: a few blocks and the longest record, whatever the size of the file.
"""

from __future__ import annotations

import csv
import io
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from pyspark.sql import DataFrame

from functions.errors import InputUnreadable
from functions.storage.reading.columns import Shape
from functions.storage.reading.csv_plain import PlainCsv
from functions.storage.reading.faults import told
from functions.storage.reading.filesystem import Connection
from functions.storage.reading.records import LONGEST, blocks
from functions.storage.reading.source import SplitsReader
from functions.storage.reading.splits import File, Split, is_plain
from functions.storage.reading.text import lines

if TYPE_CHECKING:
    import pyarrow

#: Records of a batch, about.
_BATCH_BYTES = 4 << 20


class Cutter(Protocol):
    """Cuts files into records; travels to the tasks."""

    @abstractmethod
    def is_splittable(self, place: str) -> bool:
        """Whether a file may be read in ranges."""

    @abstractmethod
    def cut(self, connection: Connection, split: Split) -> Iterator[pyarrow.StringArray]:
        """The records that begin in a range of a file, a batch at a time.

        Raises:
            InputUnreadable: When the file cannot be cut into records.
        """


@dataclass(frozen=True)
class Records:
    """The records of some files."""

    #: Columns that the names of folders tell, by what the frame calls them.
    told: Mapping[str, str]
    connection: Connection
    files: list[File]
    cutter: Cutter
    #: Makes the frame of what a cutter cuts the files into, plain records apart.
    make: Callable[[Cutter, PlainCsv | None], DataFrame]
    #: Reads plain records; None: none is.
    plain: PlainCsv | None = None

    @cached_property
    def frame(self) -> DataFrame:
        """A string column `value`, the columns of plain records, for which `value` is null, then those of `told`.

        Made when it is asked for: Spark looks at each.
        """
        return self.make(self.cutter, self.plain)

    def cut_by(self, cutter: Cutter, plain: PlainCsv | None = None) -> Records:
        """The same files, cut by another cutter."""
        return replace(self, cutter=cutter, plain=plain)

    def head(self, count: int) -> list[bytes]:
        """The first records of the first file that has some, read here and now.

        Raises:
            InputUnreadable: When it cannot be read.
        """
        for file in self.files:
            split = Split(file.place, 0, file.size, file.size, file.partition)
            if file.size:
                with told(file.place):
                    found = list(islice(_each(self.cutter, self.connection, split), count))
                if found:
                    return found
        return []


class RecordsReader(SplitsReader):
    """One row a record: `value`, the columns of plain records, and those that the names of folders tell (`shape`)."""

    def __init__(
        self,
        connection: Connection,
        tasks: list[list[Split]],
        shape: Shape,
        cutter: Cutter,
        plain: PlainCsv | None = None,
    ) -> None:
        """Takes what is to be read; see `SplitsReader`.

        Args:
            connection: Where the files lie.
            tasks: The splits of each task.
            shape: The columns that the names of folders tell.
            cutter: Cuts files into records.
            plain: Reads plain records, whose `value` is null then; None: none is.
        """
        super().__init__(connection, tasks)
        self.shape = shape
        self.cutter = cutter
        self.plain = plain

    def batches(self, split: Split) -> Iterator[pyarrow.RecordBatch]:  # noqa: D102 - as its base's
        import pyarrow

        for found in self.cutter.cut(self.connection, split):
            beside = self.shape.fit({}, len(found), split)
            columns, names = [found], ["value"]
            if self.plain is not None:
                rest, read = self.plain.read(found)
                columns, names = [rest, *read], ["value", *self.plain.schema.names]
            yield pyarrow.RecordBatch.from_arrays(
                [*columns, *beside.columns], [*names, *told_names(beside.schema.names)]
            )


def told_names(names: Sequence[str]) -> dict[str, str]:
    """What a frame of records calls the columns that the names of folders tell: any name may be theirs."""
    return {f"told:{place}": name for place, name in enumerate(names)}


@dataclass(frozen=True)
class LineCutter:
    """Lines; empty ones are no records."""

    def is_splittable(self, place: str) -> bool:  # noqa: D102 - as its base's
        return is_plain(place)

    def cut(self, connection: Connection, split: Split) -> Iterator[pyarrow.StringArray]:  # noqa: D102 - as its base's
        for block in blocks(connection, split):
            yield not_empty(lines(block))


@dataclass(frozen=True)
class CsvCutter:
    """Records of CSV: lines or, `multiline`, what lies between line ends outside of quotes; empty ones are none."""

    separator: str
    quote: str
    escape: str
    multiline: bool
    #: What the first record of each file holds; None where it is a record like others.
    header: tuple[str, ...] | None = None

    def is_splittable(self, place: str) -> bool:  # noqa: D102 - as its base's
        return not self.multiline and is_plain(place)

    def cut(self, connection: Connection, split: Split) -> Iterator[pyarrow.StringArray]:  # noqa: D102 - as its base's
        is_begun = self.header is None or split.start > 0
        for found in self._records(connection, split):
            records = not_empty(found)
            if not is_begun and len(records):
                self._check(bytes(records[0].as_buffer()), split.place)
                records, is_begun = records[1:], True
            yield records

    def fields(self, record: bytes) -> list[str]:
        """The values of a record.

        Raises:
            UnicodeDecodeError: When it is not UTF-8.
        """
        doubled = self.escape == self.quote
        text = io.StringIO(record.decode(), newline="")
        escape = None if doubled else self.escape
        try:
            return next(
                csv.reader(
                    text,
                    delimiter=self.separator,
                    quotechar=self.quote,
                    doublequote=doubled,
                    escapechar=escape,
                ),
                [],
            )
        except csv.Error:  # a field of more than 128 KiB
            return [record.decode()]

    def _check(self, record: bytes, place: str) -> None:
        try:
            names = tuple(self.fields(record))
        except UnicodeDecodeError:
            names = ()
        if names != self.header:
            shown = record[:200].decode(errors="replace")
            raise InputUnreadable(
                f"`{place}` has the header `{shown}`, not that of the first file",
                hint="the files of one table have the same columns; read others by themselves",
            )

    def _records(self, connection: Connection, split: Split) -> Iterator[pyarrow.StringArray]:
        if not self.multiline:
            for block in blocks(connection, split):
                yield lines(block)
            return
        rest = b""
        for block in blocks(connection, split):
            text = rest + block
            if self.quote.encode() not in text:
                yield lines(text)
                continue
            *whole, last = self._joined(text)
            is_ended = text.endswith(b"\n")
            if is_ended and self._is_closed(last):
                whole.append(last)
                rest = b""
            else:
                rest = last + b"\n" if is_ended else last
            if len(rest) > LONGEST:
                raise InputUnreadable(
                    f"`{split.place}` has a record of more than {LONGEST:,} bytes", hint="is a quote left open?"
                )
            yield strings(whole)
        if rest:
            yield strings([rest.removesuffix(b"\n")])

    def _joined(self, text: bytes) -> Iterator[bytes]:
        waiting: list[bytes] = []
        is_open = False
        for line in text.removesuffix(b"\n").split(b"\n"):
            is_open ^= not self._is_closed(line)
            waiting.append(line)
            if not is_open:
                yield b"\n".join(waiting)
                waiting = []
        if waiting:
            yield b"\n".join(waiting)

    def _is_closed(self, text: bytes) -> bool:
        """Whether each quote that opens has one that closes it."""
        quote, escape = self.quote.encode(), self.escape.encode()
        if quote not in text:
            return True
        if escape != quote:
            text = text.replace(escape * 2, b"").replace(escape + quote, b"")
        return text.count(quote) % 2 == 0


def _each(cutter: Cutter, connection: Connection, split: Split) -> Iterator[bytes]:
    return (bytes(record.as_buffer()) for records in cutter.cut(connection, split) for record in records)


def strings(records: list[bytes]) -> pyarrow.StringArray:
    """Records as an array; bytes that are no UTF-8 are not looked at."""
    import pyarrow

    found = pyarrow.array(records, pyarrow.binary())
    return pyarrow.StringArray.from_buffers(len(found), found.buffers()[1], found.buffers()[2])


def batched(records: Iterator[bytes]) -> Iterator[pyarrow.StringArray]:
    """Records in arrays of a few MiB."""
    waiting: list[bytes] = []
    size = 0
    for record in records:
        waiting.append(record)
        size += len(record) + 64
        if size >= _BATCH_BYTES:
            yield strings(waiting)
            waiting, size = [], 0
    if waiting:
        yield strings(waiting)


def not_empty(found: pyarrow.StringArray) -> pyarrow.StringArray:
    """Those records that are not empty."""
    from pyarrow import compute

    kept = compute.greater(compute.binary_length(found), 0)
    return found if compute.all(kept).as_py() is not False else found.filter(kept)
