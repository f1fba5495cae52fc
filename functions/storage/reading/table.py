"""Reading tables: what the formats of columns have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pyspark.sql.datasource import Filter

from functions.storage.reading import filters as conditions
from functions.storage.reading.columns import Shape
from functions.storage.reading.faults import changed
from functions.storage.reading.filesystem import Connection
from functions.storage.reading.source import SplitsReader
from functions.storage.reading.splits import Split

if TYPE_CHECKING:
    import pyarrow

#: About how many bytes of rows a batch has.
BATCH_BYTES = 4 << 20
#: Most rows of a batch.
BATCH_ROWS = 1 << 16


class TableReader(SplitsReader):
    """Reads the columns of a shape; rows that cannot meet some conditions are left out."""

    def __init__(
        self, connection: Connection, tasks: list[list[Split]], shape: Shape, where: Sequence[Filter] = ()
    ) -> None:
        """Takes what is to be read.

        Args:
            connection: Where the files lie.
            tasks: The splits of each task.
            shape: The columns.
            where: Conditions on rows: of those that do not meet them all, some may be left out.
        """
        self.shape = shape
        self.where = tuple(where)
        told = [item for item in where if conditions.column_of(item) in shape.told]
        if told:
            tasks = [kept for task in tasks if (kept := [split for split in task if self._fits(split, told)])]
        super().__init__(connection, tasks)

    def batches(self, split: Split) -> Iterator[pyarrow.RecordBatch]:  # noqa: D102 - as its base's
        for columns, count in self.rows(split):
            batch = conditions.keep(self.shape.fit(columns, count, split), self.where)
            if batch.num_rows:
                yield batch

    @abstractmethod
    def rows(self, split: Split) -> Iterator[tuple[dict[str, pyarrow.Array], int]]:
        """The wanted columns of a split that the file has, by name, and how many rows they have; a batch at a time."""

    def _fits(self, split: Split, told: list[Filter]) -> bool:
        return bool(conditions.keep(self.shape.fit({}, 1, split).select(sorted(self.shape.told)), told).num_rows)


@contextmanager
def opened(connection: Connection, split: Split) -> Iterator[Any]:
    """The file of a split, as it was listed.

    Raises:
        InputUnreadable: When it changed meanwhile.
    """
    with connection.filesystem().open_input_file(split.place) as file:
        if file.size() != split.size:
            raise changed(split.place)
        yield file
