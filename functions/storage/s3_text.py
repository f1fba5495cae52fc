"""A Spark data source that reads lines of text from S3, one task an object, in bounded memory.

This module is imported by Spark's Python workers too, so it imports little.
"""

from __future__ import annotations

import bz2
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition

if TYPE_CHECKING:
    import pyarrow

#: Bytes fetched at a time; a task holds a few such blocks, and one line.
_BLOCK = 4 << 20


@dataclass(frozen=True)
class Connection:
    """How tasks reach S3; part of the plan of one job's reads and of nothing else."""

    credentials: dict[str, str] = field(repr=False)
    endpoint_url: str

    def open(self, place: str) -> Any:
        """A stream of the bytes of `bucket/key`."""
        from pyarrow import fs

        options: dict[str, Any] = {"region": self.credentials.get("region") or "us-east-1"}
        if self.credentials.get("aws_access_key_id"):
            options |= {
                "access_key": self.credentials["aws_access_key_id"],
                "secret_key": self.credentials.get("aws_secret_access_key"),
                "session_token": self.credentials.get("aws_session_token"),
            }
        if self.endpoint_url:
            scheme, _, host = self.endpoint_url.partition("://")
            options |= {"endpoint_override": host, "scheme": scheme}
        return fs.S3FileSystem(**options).open_input_stream(place, compression=None)


class _Unpacker(Protocol):
    def decompress(self, data: bytes, /) -> bytes: ...


class _Reader(DataSourceReader):
    def __init__(self, places: list[str], connection: Connection) -> None:
        self._places = places
        self._connection = connection

    def partitions(self) -> list[InputPartition]:
        return [InputPartition(place) for place in self._places]

    def read(self, partition: InputPartition) -> Iterator[pyarrow.RecordBatch]:
        import pyarrow

        with self._connection.open(partition.value) as stream:
            for lines in _batches(_blocks(stream, partition.value)):
                texts = [line.decode(errors="replace") for line in lines]
                yield pyarrow.record_batch({"value": pyarrow.array(texts, pyarrow.string())})


def text_source(places: list[str], connection: Connection) -> type[DataSource]:
    """A data source for some objects; its name is its own, so that two reads of one job do not meet."""
    unique = f"speedy_text_{uuid4().hex}"

    class S3Text(DataSource):
        @classmethod
        def name(cls) -> str:
            return unique

        def schema(self) -> str:
            return "value string"

        def reader(self, schema: Any) -> DataSourceReader:
            return _Reader(places, connection)

    return S3Text


def _blocks(stream: Any, place: str) -> Iterator[bytes]:
    unpacker = _unpacker(place)
    while block := stream.read(_BLOCK):
        while block:
            if unpacker is None:
                yield block
                break
            yield unpacker.decompress(block)
            # Files packed in several members, one after the other, are one text.
            block = getattr(unpacker, "unused_data", b"")
            if block:
                unpacker = _unpacker(place)


def _unpacker(place: str) -> _Unpacker | None:
    if place.endswith(".gz"):
        return zlib.decompressobj(zlib.MAX_WBITS | 16)
    return bz2.BZ2Decompressor() if place.endswith(".bz2") else None


def _batches(blocks: Iterator[bytes]) -> Iterator[list[bytes]]:
    """Lines, ended by LF or CRLF, in batches of about a block."""
    rest = b""
    for block in blocks:
        lines = (rest + block).split(b"\n")
        rest = lines.pop()
        if lines:
            yield [line.removesuffix(b"\r") for line in lines]
    if rest:
        yield [rest.removesuffix(b"\r")]
