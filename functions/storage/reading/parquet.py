"""Parquet: row groups, of which only the wanted columns are read.

A task takes the row groups that begin in its range of the file, but for those whose statistics say that no row of
them can meet the conditions. Memory: the wanted columns of one row group as they are packed in the file, and
a batch of rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pyspark.sql.types import DataType

from functions.storage.reading import filters as conditions
from functions.storage.reading.columns import Shape, first_of, shape, some
from functions.storage.reading.faults import told
from functions.storage.reading.filesystem import Connection
from functions.storage.reading.splits import File, Split
from functions.storage.reading.table import BATCH_BYTES, BATCH_ROWS, TableReader, opened

if TYPE_CHECKING:
    import pyarrow

#: Bytes of a column that are fetched at a time.
_BUFFER = 1 << 20


def shape_of(
    connection: Connection,
    files: Sequence[File],
    columns: Sequence[str] | None,
    schema: Mapping[str, DataType] | None = None,
) -> Shape:
    """The shape of the table that some files make; read from the first.

    Raises:
        InputUnreadable: When it is no Parquet file, or holds what Spark cannot hold.
        StepFailed: When a wanted column is not there.
    """
    first = first_of(files)
    return shape(some(fields_of(connection, first), first.place), files, columns, first.place, schema)


def fields_of(connection: Connection, of: File) -> list[pyarrow.Field]:
    """The columns of a file, as Spark takes them.

    Raises:
        InputUnreadable: When it is no Parquet file.
    """
    import pyarrow

    with told(of.place), connection.filesystem().open_input_file(of.place) as file:
        parquet = _open(file, connection)
        old = _old_times(parquet)
        return [
            pyarrow.field(field.name, pyarrow.timestamp("us", "UTC") if field.name in old else field.type)
            for field in parquet.schema_arrow
        ]


class ParquetReader(TableReader):
    """Rows of Parquet files."""

    def rows(self, split: Split) -> Iterator[tuple[dict[str, pyarrow.Array], int]]:  # noqa: D102 - as its base's
        with opened(self.connection, split) as file:
            parquet = _open(file, self.connection)
            kinds = {field.name: field.type for field in parquet.schema_arrow}
            wanted = self.shape.wanted(kinds)
            for place in range(parquet.num_row_groups):
                group = parquet.metadata.row_group(place)
                if not split.start <= _begins(group) < split.end or not self._may_meet(group, kinds):
                    continue
                if not wanted:
                    for done in range(0, group.num_rows, BATCH_ROWS):
                        yield {}, min(BATCH_ROWS, group.num_rows - done)
                    continue
                size = max(1, min(BATCH_ROWS, BATCH_BYTES * group.num_rows // max(1, group.total_byte_size)))
                for batch in parquet.iter_batches(size, row_groups=[place], columns=wanted, use_threads=False):
                    yield dict(zip(batch.schema.names, batch.columns, strict=True)), batch.num_rows

    def _may_meet(self, group: Any, kinds: dict[str, pyarrow.DataType]) -> bool:
        for place in range(group.num_columns if self.where else 0):
            column = group.column(place)
            name = column.path_in_schema
            if not self._is_told_truly(name, kinds.get(name)) or not column.is_stats_set:
                continue
            statistics = column.statistics
            about = (condition for condition in self.where if conditions.column_of(condition) == name)
            if statistics.has_min_max and not all(
                conditions.may_meet(condition, statistics.min, statistics.max) for condition in about
            ):
                return False
        return True

    def _is_told_truly(self, name: str, kind: pyarrow.DataType | None) -> bool:
        """Whether the statistics of a column are in the values of the frame."""
        from pyarrow import types

        if kind is None or "." in name or name not in self.shape.arrow.names or name in self.shape.told:
            return False
        is_plain = types.is_signed_integer(kind) or types.is_string(kind) or types.is_date32(kind)
        return bool(is_plain or types.is_timestamp(kind)) and bool(kind == self.shape.arrow.field(name).type)


def _open(file: Any, connection: Connection) -> Any:
    from pyarrow import parquet

    # From far away a row group's columns are fetched together; from the disk, piece by piece as they are needed.
    is_near = connection.kind == "local"
    return parquet.ParquetFile(
        file,
        buffer_size=_BUFFER if is_near else 0,
        pre_buffer=not is_near,
        coerce_int96_timestamp_unit="us",
        arrow_extensions_enabled=False,
    )


def _begins(group: Any) -> int:
    """The byte where a row group begins."""
    first = group.column(0)
    dictionary = first.dictionary_page_offset
    return int(min(first.data_page_offset, dictionary) if dictionary else first.data_page_offset)


def _old_times(parquet: Any) -> set[str]:
    """The columns of 96-bit times, which are instants, as Spark takes them too."""
    schema = parquet.schema
    found = (schema.column(place) for place in range(len(schema)))
    return {column.path for column in found if column.physical_type == "INT96"}
