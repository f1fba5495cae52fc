"""Lines of text as rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StringType, StructField, StructType

from functions.storage.reading.filesystem import Connection
from functions.storage.reading.records import blocks
from functions.storage.reading.source import SplitsReader
from functions.storage.reading.splits import Split

if TYPE_CHECKING:
    import pyarrow


@dataclass(frozen=True)
class TextInput:
    """Text that a job reads: its lines as a frame, and where they are, for those who can make more of it than lines."""

    session: SparkSession
    connection: Connection
    tasks: list[list[Split]]
    #: One string column, `value`.
    frame: DataFrame
    #: Whether it is to be read by its frame alone: by Spark's own connector, or in part.
    by_frame_alone: bool = False


SCHEMA = StructType([StructField("value", StringType())])


class TextReader(SplitsReader):
    """One row a line, of one column `value`: the line's bytes as they are, as Spark's own reader gives them."""

    def batches(self, split: Split) -> Iterator[pyarrow.RecordBatch]:  # noqa: D102 - as its base's
        import pyarrow

        for block in blocks(self.connection, split):
            yield pyarrow.record_batch({"value": lines(block)})


def lines(block: bytes) -> pyarrow.StringArray:
    """The lines of a block of whole lines, without their LF; bytes that are no UTF-8 are not looked at."""
    import pyarrow
    from pyarrow import compute

    text = memoryview(block)[:-1] if block.endswith(b"\n") else block
    ends = pyarrow.array([0, len(text)], pyarrow.int32()).buffers()[1]
    whole = pyarrow.StringArray.from_buffers(1, ends, pyarrow.py_buffer(text))
    return compute.split_pattern(whole, "\n").values
