"""ORC: stripes, of which only the wanted columns are read.

A task takes the stripes that fall to its range of the file by their number. Memory: the wanted columns of one stripe.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pyspark.sql.types import DataType

from functions.storage.reading.columns import Shape, first_of, shape, some
from functions.storage.reading.faults import told
from functions.storage.reading.filesystem import Connection
from functions.storage.reading.splits import File, Split
from functions.storage.reading.table import BATCH_BYTES, BATCH_ROWS, TableReader, opened

if TYPE_CHECKING:
    import pyarrow

#: Where Spark notes the type of a column that ORC has not.
_NOTE = b"spark.sql.catalyst.type"


def shape_of(
    connection: Connection,
    files: Sequence[File],
    columns: Sequence[str] | None,
    schema: Mapping[str, DataType] | None = None,
) -> Shape:
    """The shape of the table that some files make; read from the first.

    Raises:
        InputUnreadable: When it is no ORC file, or holds what Spark cannot hold.
        StepFailed: When a wanted column is not there.
    """
    first = first_of(files)
    return shape(some(fields_of(connection, first), first.place), files, columns, first.place, schema)


def fields_of(connection: Connection, of: File) -> list[pyarrow.Field]:
    """The columns of a file, as Spark takes them.

    Raises:
        InputUnreadable: When it is no ORC file.
    """
    with told(of.place), connection.filesystem().open_input_file(of.place) as file:
        return [_as_spark(field) for field in _open(file).schema]


def _as_spark(field: pyarrow.Field) -> pyarrow.Field:
    """A column or a part of one, with its times told: an ORC time without a zone is an instant to Spark.

    Spark's own times without a zone are numbers in ORC, and a note says what they mean.
    """
    import pyarrow
    from pyarrow import types

    kind = field.type
    if (field.metadata or {}).get(_NOTE) == b"timestamp_ntz":
        kind = pyarrow.timestamp("us")
    elif types.is_timestamp(kind):
        kind = pyarrow.timestamp("us", "UTC")
    elif types.is_struct(kind):
        kind = pyarrow.struct([_as_spark(part) for part in kind])
    elif types.is_list(kind):
        kind = pyarrow.list_(_as_spark(kind.value_field))
    elif types.is_map(kind):
        kind = pyarrow.map_(_as_spark(kind.key_field).type, _as_spark(kind.item_field).type)
    return pyarrow.field(field.name, kind)


class OrcReader(TableReader):
    """Rows of ORC files."""

    def rows(self, split: Split) -> Iterator[tuple[dict[str, pyarrow.Array], int]]:  # noqa: D102 - as its base's
        with opened(self.connection, split) as file:
            orc = _open(file)
            wanted = self.shape.wanted(orc.schema.names)
            for place in range(orc.nstripes):
                # pyarrow does not say where a stripe begins; any place will do that all ranges agree on.
                if not split.start <= split.size * place // orc.nstripes < split.end:
                    continue
                # Where none of its columns is wanted, one is read to count the rows.
                stripe = orc.read_stripe(place, columns=wanted or orc.schema.names[:1])
                size = max(1, min(BATCH_ROWS, BATCH_BYTES * stripe.num_rows // max(1, stripe.nbytes)))
                for begin in range(0, stripe.num_rows, size):
                    part = stripe.slice(begin, size)
                    yield dict(zip(part.schema.names, part.columns, strict=True)) if wanted else {}, part.num_rows


def _open(file: Any) -> Any:
    from pyarrow import orc

    return orc.ORCFile(file)
