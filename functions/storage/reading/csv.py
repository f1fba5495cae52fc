"""CSV: lines cut into columns by pyarrow's parser.

Files are read in ranges, unless values may hold line ends (`multiline`): then a file is read from its beginning.
Memory: a few blocks and the longest line, packed files too; where values may hold line ends, the 32 blocks of 2 MiB
that pyarrow reads ahead, and no row may be longer than one of them.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from pyspark.sql.types import StructField, StructType

from functions.errors import InputUnreadable, StepFailed
from functions.storage.reading.columns import Shape, shape
from functions.storage.reading.faults import told
from functions.storage.reading.filesystem import Connection
from functions.storage.reading.records import BLOCK, blocks, raw
from functions.storage.reading.splits import File, Split, is_plain
from functions.storage.reading.table import TableReader

if TYPE_CHECKING:
    import pyarrow

#: Bytes of the first file that types are told from.
_SAMPLE = BLOCK
#: Bytes of a block, and so most of a row, where values may hold line ends.
_MULTILINE_BLOCK = 2 << 20
#: Most bytes of a header.
_LONGEST_HEADER = 1 << 20
_NO_END = re.compile(rb"[^\r\n]")
_MULTILINE = "if values hold line ends, say that they are multiline"
_MISFIT = re.compile(r"In CSV column #(\d+): (?:Row #\d+: )?CSV conversion error to ([^:]+): (.*)", re.DOTALL)


@dataclass(frozen=True)
class Form:
    """How values stand in a file, as RFC 4180 says: a quote within quotes is doubled; a value of nothing is null."""

    separator: str = ","
    quote: str = '"'
    #: Whether the first line of each file names the columns.
    header: bool = True
    #: Whether quoted values may hold line ends.
    multiline: bool = False

    def is_splittable(self, place: str) -> bool:
        """Whether a file may be read in ranges."""
        return not self.multiline and is_plain(place)

    def parsing(self) -> Any:
        """The same for pyarrow."""
        from pyarrow import csv as parser

        return parser.ParseOptions(
            delimiter=self.separator, quote_char=self.quote, double_quote=True, newlines_in_values=self.multiline
        )

    def names(self, text: bytes) -> list[str]:
        """The values of the first line that is not blank."""
        lines = io.StringIO(text[:_LONGEST_HEADER].decode(errors="replace"), newline="")
        rows = csv.reader(lines, delimiter=self.separator, quotechar=self.quote)
        return next((row for row in rows if row), [])


@dataclass(frozen=True)
class Layout:
    """The columns of the files, in their order there, of which a frame may have fewer."""

    names: tuple[str, ...]
    shape: Shape


def layout_of(
    connection: Connection,
    files: Sequence[File],
    form: Form,
    columns: Sequence[str] | None,
    schema: StructType | None,
) -> Layout:
    """The columns of some files: as `schema` says or, without it, as the first file that is not empty tells.

    Raises:
        InputUnreadable: When the first file cannot be read, or names a column twice.
        StepFailed: When a wanted column is not there.
    """
    import pyarrow
    from pyspark.sql.pandas.types import to_arrow_schema

    first = next((file for file in files if file.size), files[0])
    if schema is not None:
        found = list(to_arrow_schema(StructType([StructField(field.name, field.dataType) for field in schema])))
        for field in found:
            if pyarrow.types.is_nested(field.type):
                raise StepFailed(
                    f"column `{field.name}` has a type that CSV has not", argument="schema", at=(field.name,)
                )
    else:
        with told(first.place):
            found = _inferred(connection, first, form)
    names = tuple(field.name for field in found)
    double = sorted({name for name in names if names.count(name) > 1})
    if double:
        raise InputUnreadable(f"`{first.place}` names the column `{double[0]}` twice", hint="name columns differently")
    return Layout(names, shape(found, files, columns, first.place))


class CsvReader(TableReader):
    """Rows of CSV files."""

    def __init__(self, connection: Connection, tasks: list[list[Split]], layout: Layout, form: Form) -> None:
        """Takes what is to be read; see `SplitsReader`."""
        super().__init__(connection, tasks, layout.shape)
        self.layout = layout
        self.form = form

    def rows(self, split: Split) -> Iterator[tuple[dict[str, pyarrow.Array], int]]:  # noqa: D102 - as its base's
        pieces = (
            (piece for _, piece in raw(self.connection, split))
            if self.form.multiline
            else (blocks(self.connection, split))
        )
        has_header = self.form.header and split.start == 0
        if has_header:
            pieces = self._checked(pieces, split.place)
        try:
            for batch in self._whole(pieces, has_header) if self.form.multiline else self._by_block(pieces, has_header):
                yield dict(zip(batch.schema.names, batch.columns, strict=True)), batch.num_rows
        except _arrow_invalid() as error:
            raise self._reason(str(error), split.place) from None

    def _checked(self, pieces: Iterator[bytes], place: str) -> Iterator[bytes]:
        """The pieces of a file whose header names the columns of the others too."""
        first = next(pieces, b"")
        names = self.form.names(first)
        if first and names != list(self.layout.names):
            raise InputUnreadable(
                f"`{place}` has the header `{self.form.separator.join(names)[:200]}`, not that of the first file",
                hint="the files of one table have the same columns; read others by themselves",
            )
        return chain([first] if first else [], pieces)

    def _by_block(self, pieces: Iterator[bytes], has_header: bool) -> Iterator[pyarrow.RecordBatch]:
        import pyarrow
        from pyarrow import csv as parser

        for piece in pieces:
            if not _NO_END.search(piece):
                continue  # blank lines, which the parser would take for no CSV at all
            if has_header and not piece.endswith(b"\n"):
                piece += b"\n"  # noqa: PLW2901 - which the parser wants after a header
            options = self._reading(len(piece) + 1, has_header)
            source = pyarrow.BufferReader(piece)
            table = parser.read_csv(source, options, self.form.parsing(), self._converting())
            yield from table.to_batches()
            has_header = False

    def _whole(self, pieces: Iterator[bytes], has_header: bool) -> Iterator[pyarrow.RecordBatch]:
        import pyarrow
        from pyarrow import csv as parser

        first = next(pieces, b"")
        if not first:
            return
        source = pyarrow.PythonFile(_Stream(chain([first], pieces)), mode="r")
        with parser.open_csv(
            source, self._reading(_MULTILINE_BLOCK, has_header), self.form.parsing(), self._converting()
        ) as batches:
            yield from batches

    def _reading(self, block_size: int, has_header: bool) -> Any:
        from pyarrow import csv as parser

        return parser.ReadOptions(
            use_threads=False,
            block_size=block_size,
            column_names=list(self.layout.names),
            skip_rows_after_names=1 if has_header else 0,
        )

    def _converting(self) -> Any:
        from pyarrow import csv as parser

        wanted = self.shape.wanted(self.layout.names)
        return parser.ConvertOptions(
            column_types={name: self.shape.arrow.field(name).type for name in wanted},
            include_columns=wanted or list(self.layout.names[:1]),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        )

    def _reason(self, message: str, place: str) -> InputUnreadable:
        misfit = _MISFIT.match(message)
        if misfit is not None:
            name = self.layout.names[int(misfit.group(1))]
            return InputUnreadable(
                f"`{place}`: a value of column `{name}` is no {misfit.group(2)}: {misfit.group(3)[:200]}",
                hint=_MULTILINE if "\n" in misfit.group(3) else "say the column's type in a schema, such as string",
            )
        if "straddling" in message:
            return InputUnreadable(
                f"`{place}` has a row of more than {_MULTILINE_BLOCK:,} bytes", hint="is a quote left open?"
            )
        hint = _MULTILINE if "columns, got" in message else None
        return InputUnreadable(f"`{place}` is not the CSV it should be: {message[:300]}", hint=hint)


class _Stream(io.RawIOBase):
    """Pieces as a file that can be read once."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if not self._rest:
            self._rest = memoryview(next(self._pieces, b""))
        piece, self._rest = self._rest[:size], self._rest[size:]
        return bytes(piece)


def _inferred(connection: Connection, file: File, form: Form) -> list[pyarrow.Field]:
    """The columns of a file with the types of its first few thousand rows."""
    import pyarrow
    from pyarrow import csv as parser

    pieces = (piece for _, piece in raw(connection, Split(file.place, 0, file.size, file.size), block_bytes=_SAMPLE))
    first = next(pieces, b"")
    if form.header:
        names = form.names(first)
        options = parser.ReadOptions(use_threads=False, column_names=names, skip_rows_after_names=1)
    else:
        names = [f"column{place + 1}" for place in range(len(form.names(first)))]
        options = parser.ReadOptions(use_threads=False, column_names=names)
    if not names:
        return []
    options.block_size = max(1 << 20, len(first) + 1)
    converting = parser.ConvertOptions(null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False)
    try:
        sample = _to_last_end(first, form) if next(pieces, b"") else first + b"\n"
        with parser.open_csv(pyarrow.BufferReader(sample), options, form.parsing(), converting) as batches:
            return [_told(field) for field in batches.schema]
    except _arrow_invalid() as error:
        hint = "say the separator and the quotes that the file has; if values hold line ends, say multiline"
        raise InputUnreadable(f"`{file.place}` is not CSV: {str(error)[:300]}", hint=hint) from None


def _to_last_end(sample: bytes, form: Form) -> bytes:
    """The sample without its last row, which is cut off."""
    cut = sample.rfind(b"\n") + 1
    while form.multiline and cut and sample.count(form.quote.encode(), 0, cut) % 2:
        cut = sample.rfind(b"\n", 0, cut - 1) + 1
    return sample[:cut] if cut else sample


def _told(field: pyarrow.Field) -> pyarrow.Field:
    """What a type that was told from values means: times of a day, and columns without values, are text."""
    import pyarrow
    from pyarrow import types

    if types.is_null(field.type) or types.is_time(field.type) or types.is_duration(field.type):
        return pyarrow.field(field.name, pyarrow.string())
    return field


def _arrow_invalid() -> type[Exception]:
    import pyarrow

    found: type[Exception] = pyarrow.ArrowInvalid
    return found
