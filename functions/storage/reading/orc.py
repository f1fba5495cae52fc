"""ORC: stripes, of which only the wanted columns are read.

A task takes the stripes that fall to its range of the file by their number. Memory: the wanted columns of one stripe.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pyspark.sql.types import DataType

from functions.storage.reading.columns import Shape, shape
from functions.storage.reading.faults import told
from functions.storage.reading.filesystem import Connection
from functions.storage.reading.splits import File, Split
from functions.storage.reading.table import BATCH_BYTES, BATCH_ROWS, TableReader, opened

if TYPE_CHECKING:
    import pyarrow


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
    import pyarrow

    first = files[0]
    with told(first.place), connection.filesystem().open_input_file(first.place) as file:
        found = [
            # An ORC time without a zone is an instant to Spark.
            pyarrow.field(field.name, pyarrow.timestamp("us", "UTC"))
            if pyarrow.types.is_timestamp(field.type)
            else field
            for field in _open(file).schema
        ]
        return shape(found, files, columns, first.place, schema)


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
