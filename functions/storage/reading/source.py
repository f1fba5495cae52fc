"""Handing files to Spark: a Python data source of Arrow batches, whose tasks read splits."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import uuid4

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition
from pyspark.sql.types import StructType

from functions.storage.reading.faults import crossing, told
from functions.storage.reading.filesystem import Connection
from functions.storage.reading.splits import Split, is_packed

if TYPE_CHECKING:
    import pyarrow


class SplitsReader(DataSourceReader):
    """Reads splits one after the other, each in batches; what a format adds is `batches`."""

    def __init__(self, connection: Connection, tasks: list[list[Split]]) -> None:
        """Takes what is to be read.

        Args:
            connection: Where the files lie.
            tasks: The splits of each task.
        """
        self.connection = connection
        self.tasks = tasks

    def partitions(self) -> list[InputPartition]:  # noqa: D102 - Spark's
        return [InputPartition(splits) for splits in self.tasks]

    def read(self, partition: InputPartition) -> Iterator[pyarrow.RecordBatch]:  # noqa: D102 - Spark's
        with crossing():
            for split in partition.value or ():  # Spark makes one of None where there are none
                with told(split.place, packed=is_packed(split.place)):
                    yield from self.batches(split)

    @abstractmethod
    def batches(self, split: Split) -> Iterator[pyarrow.RecordBatch]:
        """The rows of a split, with just the columns and types of the frame.

        Raises:
            StepFailed: When it cannot be read; of its kinds the one that fits.
        """


def load(session: SparkSession, schema: StructType | str, reader: DataSourceReader) -> DataFrame:
    """The rows of a reader as a frame.

    The source is registered in this session alone, under a name of its own, so that two reads of one job do not
    meet; credentials in the reader go nowhere but into the plans of this frame.
    """
    unique = f"files_{uuid4().hex}"

    class Files(DataSource):
        @classmethod
        def name(cls) -> str:
            return unique

        def schema(self) -> StructType | str:
            return schema

        def reader(self, schema: StructType) -> DataSourceReader:
            return reader

    session.dataSource.register(Files)
    return session.read.format(unique).load()
