"""Outputs of a batch as rows: its file is cut into ranges of numbers, which tasks read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pyspark.sql.datasource import DataSourceReader, InputPartition

from functions.errors import InputMissing, InputUnreadable, StorageFailed
from functions.storage.batch_outputs import BatchOutputs, FileChanged, FileGone, Range
from functions.storage.reading.faults import AGAIN, changed, crossing

if TYPE_CHECKING:
    import pyarrow

#: Characters of the outputs that are handed to Spark together; one more output may be among them.
_BLOCK = 1 << 20


class OutputsReader(DataSourceReader):
    """One row an output, of one column `value`: its JSON as it is."""

    def __init__(self, outputs: BatchOutputs, ranges: Sequence[Range]) -> None:
        """Takes what is to be read.

        Args:
            outputs: The file.
            ranges: What each task reads of it.
        """
        self._outputs = outputs
        self._ranges = ranges

    def partitions(self) -> list[InputPartition]:  # noqa: D102 - Spark's
        return [InputPartition(one) for one in self._ranges]

    def read(self, partition: InputPartition) -> Iterator[pyarrow.RecordBatch]:  # noqa: D102 - Spark's
        import pyarrow

        if partition.value is None:  # Spark makes one where there are none
            return
        with crossing():
            for block in self._blocks(partition.value):
                yield pyarrow.record_batch({"value": pyarrow.array(block, pyarrow.string())})

    def _blocks(self, part: Range) -> Iterator[list[str]]:
        place = f"batch {self._outputs.path.stem}"
        block: list[str] = []
        size = 0
        try:
            for line in self._outputs.read(part):
                block.append(line)
                size += len(line)
                if size >= _BLOCK:
                    yield block
                    block, size = [], 0
        except FileGone:
            raise InputMissing(f"`{place}` vanished while the job read it", hint=AGAIN) from None
        except FileChanged:
            raise changed(place) from None
        except sqlite3.OperationalError as error:
            raise StorageFailed(f"`{place}` could not be read: {error}", hint="try again later") from None
        except sqlite3.Error as error:
            raise InputUnreadable(f"`{place}` cannot be read: {error}") from None
        if block:
            yield block
