"""Files themselves as rows: where they are, how large, when they changed; and a digest of their bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pyspark.sql.types import LongType, StringType, StructField, StructType, TimestampType

from functions.storage.reading.faults import changed
from functions.storage.reading.filesystem import LOCAL, Connection
from functions.storage.reading.source import SplitsReader
from functions.storage.reading.splits import File, Split
from functions.storage.reading.table import opened

if TYPE_CHECKING:
    import pyarrow

INVENTORY = StructType(
    [
        StructField("path", StringType()),
        StructField("size", LongType()),
        StructField("modified", TimestampType()),
        StructField("digest", StringType()),
    ]
)
#: Files that one task looks at where no bytes are read.
_A_TASK = 1000
#: Bytes read at a time.
_BLOCK = 1 << 20


class InventoryReader(SplitsReader):
    """One row a file."""

    def __init__(self, connection: Connection, files: list[File], digest: str | None) -> None:
        """Takes the files, and the hash function that makes a digest of each; None: no digest."""
        whole = [Split(file.place, 0, file.size, file.size) for file in files]
        step = _A_TASK if digest is None else 1
        super().__init__(connection, [whole[place : place + step] for place in range(0, len(whole), step)])
        self.digest = digest

    def batches(self, split: Split) -> Iterator[pyarrow.RecordBatch]:  # noqa: D102 - as its base's
        import pyarrow

        info = self.connection.filesystem().get_file_info(split.place)
        if info.size != split.size:
            raise changed(split.place)
        path = split.place if self.connection == LOCAL else f"s3://{split.place}"
        row = {"path": path, "size": info.size, "modified": info.mtime, "digest": self._digest(split)}
        kinds = {"path": pyarrow.string(), "size": pyarrow.int64(), "digest": pyarrow.string()}
        kinds["modified"] = pyarrow.timestamp("us", "UTC")
        arrays = [pyarrow.array([row[name]], kinds[name]) for name in INVENTORY.names]
        yield pyarrow.RecordBatch.from_arrays(arrays, INVENTORY.names)

    def _digest(self, split: Split) -> str | None:
        if self.digest is None:
            return None
        found = hashlib.new(self.digest, usedforsecurity=False)
        with opened(self.connection, split) as file:
            while block := file.read(_BLOCK):
                found.update(block)
        return found.hexdigest()
