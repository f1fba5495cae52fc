"""Lines of JSON as rows of the parts that a table needs."""

from __future__ import annotations

import gc
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from math import isfinite
from typing import TYPE_CHECKING, Any

import msgspec

from functions.storage.reading.filesystem import Connection
from functions.storage.reading.json_rows import Rows
from functions.storage.reading.records import blocks
from functions.storage.reading.shape import Shape
from functions.storage.reading.source import SplitsReader
from functions.storage.reading.splits import Split
from functions.storage.reading.tagged_text import Inexact, Number

if TYPE_CHECKING:
    import pyarrow

#: The column that holds a line that is not JSON, as text; null for all others.
REJECTED = "rejected"

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
#: A number that a 64-bit float may not tell exactly has at least 16 digits: nine after the point, or eight before it.
#: Points are rare, so this begins with one: it takes little more time than looking for them.
_LONG_NUMBER = re.compile(rb"\.(?:[0-9]{9}|[0-9](?<=[0-9]{8}\.[0-9]))")
#: How deep lists and objects may be nested.
_DEEPEST = 999
#: How long a number may be written.
_LONGEST_NUMBER = 1000
_MANY_DIGITS = b"0" * (_LONGEST_NUMBER // 2)
#: Makes every digit a 0.
_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')
_NUMBER = re.compile(rb"([0-9]+)\.?([0-9]*)(?:[eE][+-]?([0-9]+))?")
_SURROGATE = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
_NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class JsonReader(SplitsReader):
    """One row a line: whether it is not JSON, and the columns of a shape."""

    def __init__(self, connection: Connection, tasks: list[list[Split]], shape: Shape) -> None:
        super().__init__(connection, tasks)
        self._shape = shape

    @property
    def schema(self) -> str:
        """The columns and their types, as DDL."""
        return f"{REJECTED} STRING, {self._shape.to_ddl()}"

    def batches(self, split: Split) -> Iterator[pyarrow.RecordBatch]:  # noqa: D102 - as its base's
        sys.setrecursionlimit(_depth() + 2 * _DEEPEST)
        lines = _Lines(self._shape)
        for block in blocks(self.connection, split):
            with _uncollected():
                batch = lines.batch(block)
            yield batch


class RejectedReader(SplitsReader):
    """The lines that are not JSON."""

    SCHEMA = "line STRING"

    def batches(self, split: Split) -> Iterator[pyarrow.RecordBatch]:  # noqa: D102 - as its base's
        import pyarrow

        sys.setrecursionlimit(_depth() + 2 * _DEEPEST)
        lines = _Lines(Shape())
        for block in blocks(self.connection, split):
            with _uncollected():
                found = lines.rejected(block)
            if found:
                yield pyarrow.record_batch({"line": pyarrow.array(found, pyarrow.string())})


def _exceeds(line: bytes) -> bool:
    """Whether a line goes beyond what Spark's own parser takes: in nesting, or in the digits of a number."""
    if line.count(b"[") + line.count(b"{") <= _DEEPEST and _MANY_DIGITS not in line.translate(_DIGITS):
        return False
    bare = _STRING.sub(b"", line)
    depth = deepest = 0
    for bracket in re.findall(rb"[\[\]{}]", bare):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest > _DEEPEST or any(sum(map(len, digits)) > _LONGEST_NUMBER for digits in _NUMBER.findall(bare))


def _replaced(line: bytes) -> bytes:
    """With replacement characters for what is no UTF-8; one for half a pair of surrogates, as Java has it."""
    return _SURROGATE.sub("\ufffd".encode(), line).decode(errors="replace").encode()


def _in_range(line: bytes) -> bytes:
    """With 0 for numbers that are too large for a float: where none is wanted, msgspec takes no such number."""
    return _encode(_decode(_replaced(line)))


def _number(value: Any) -> msgspec.Raw:
    return msgspec.Raw(value.text if isfinite(float(value.text)) else "0")


_decode = msgspec.json.Decoder(float_hook=Number).decode
_encode = msgspec.json.Encoder(enc_hook=_number).encode


class _Lines:
    """Makes a batch of each block of lines."""

    def __init__(self, shape: Shape) -> None:
        self._rows = Rows(shape)
        self._names = [REJECTED, *shape.columns()]

    def batch(self, block: bytes) -> pyarrow.RecordBatch:
        import pyarrow

        lines = _split(block)
        columns = None
        if _LONG_NUMBER.search(block) is None:
            found, rejected = self._decoded(lines, self._rows.decode)
            try:
                columns = self._rows.columns(found)
            except Inexact:
                columns = None
        if columns is None:
            found, rejected = self._decoded(lines, self._rows.decode_exactly)
            columns = self._rows.columns(found)
        return pyarrow.RecordBatch.from_arrays([_sparse(rejected, len(lines)), *columns], self._names)

    def rejected(self, block: bytes) -> list[str]:
        """The lines that are not JSON."""
        _, rejected = self._decoded(_split(block), self._rows.decode)
        return list(rejected.values())

    def _decoded(self, lines: list[bytes], decode: Any) -> tuple[list[Any], dict[int, str]]:
        """What each line holds, and the lines that are not JSON, by their place."""
        found: list[Any] = []
        rejected: dict[int, str] = {}
        add = found.append
        for line in lines:
            try:
                value = decode(line)
                if len(line) > _DEEPEST and _exceeds(line):
                    raise RecursionError
                add(value)
            except _NOT_JSON:
                try:
                    if _exceeds(line):
                        raise RecursionError
                    add(self._again(line))
                except _NOT_JSON:
                    rejected[len(found)] = line.decode(errors="replace")
                    add(None)
        return found, rejected

    def _again(self, line: bytes) -> Any:
        """A line that could not be decoded as it is: a byte order mark is dropped, and what is no UTF-8 replaced."""
        text = line.removeprefix(_BYTE_ORDER_MARK)
        # An error that is kept would keep this frame, and so all lines of the block, until garbage is looked for.
        for attempt in (bytes, _replaced):
            with suppress(*_NOT_JSON):
                return self._rows.decode_exactly(attempt(text))
        return self._rows.decode_exactly(_in_range(text))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without looks for garbage in cycles: what is made of a block has none, and there is much of it."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _split(block: bytes) -> list[bytes]:
    lines = block.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return lines


def _sparse(texts: dict[int, str], count: int) -> pyarrow.Array:
    import pyarrow

    if not texts:
        return pyarrow.nulls(count, pyarrow.string())
    return pyarrow.array([texts.get(place) for place in range(count)], pyarrow.string())


def _depth() -> int:
    """How many calls deep this is, which Python counts together with the nesting of JSON."""
    frame = sys._getframe()
    depth = 0
    while frame is not None:
        depth += 1
        frame = frame.f_back  # type: ignore[assignment]
    return depth
