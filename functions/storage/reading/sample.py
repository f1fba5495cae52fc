"""The beginning of what a reader reads: enough to see what columns there are, and not a scan of everything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pyspark.sql.datasource import DataSourceReader, InputPartition

if TYPE_CHECKING:
    import pyarrow

    from functions.storage.reading.source import SplitsReader


class LargeInputs:
    """What becomes of inputs of more than so many bytes.

    A job reads them whole. A check that only asks what columns there are may take their beginnings instead.
    """

    def __init__(self, most_bytes: int, *, reads_beginning: bool) -> None:
        """No input is known yet.

        Args:
            most_bytes: An input of more bytes is large; about so many are its beginning.
            reads_beginning: Whether frames hold but the beginnings of large inputs.
        """
        self.most_bytes = most_bytes
        self.reads_beginning = reads_beginning
        #: The large inputs so far.
        self.paths: set[str] = set()

    def meet(self, path: str) -> None:
        """Is told of each large input before its frame is made."""
        self.paths.add(path)


class SampleReader(DataSourceReader):
    """The first rows of another reader, by one task.

    It stops at a number of bytes of the files, and also at as many of rows: a packed file cannot be read in part, but
    reading it can end.
    """

    def __init__(self, reader: SplitsReader, most_bytes: int) -> None:
        """Takes what is to be read.

        Args:
            reader: Reads all.
            most_bytes: How many bytes are enough.
        """
        self.reader = reader
        self.most_bytes = most_bytes

    def partitions(self) -> list[InputPartition]:  # noqa: D102 - Spark's
        found, size = [], 0
        for split in (split for task in self.reader.tasks for split in task):
            if size >= self.most_bytes:
                break
            found.append(split)
            size += split.end - split.start
        return [InputPartition(found)]

    def read(self, partition: InputPartition) -> Iterator[pyarrow.RecordBatch]:  # noqa: D102 - Spark's
        size = 0
        for batch in self.reader.read(partition):
            yield batch
            size += batch.nbytes
            if size >= self.most_bytes:
                return
