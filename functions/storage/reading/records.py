"""Lines of text out of a range of a file, in blocks that hold whole lines.

A line ends with LF, CRLF or a CR alone, as in Spark's own text reader; all of them are given as LF. A range takes
the lines that begin in it, where a line counts from one LF to the next: ranges meet at LF only, and what CRs make
of such a line is taken together. So each line is read once, however a file is cut.

Memory: a few blocks and the longest line, whatever the size of the file.
"""

from __future__ import annotations

import bz2
from collections.abc import Iterator
from typing import Any

from functions.errors import InputUnreadable
from functions.storage.reading.faults import changed, damaged, told
from functions.storage.reading.filesystem import Connection
from functions.storage.reading.splits import Split

#: Bytes.
BLOCK = 4 << 20
LONGEST = 64 << 20

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_CODECS = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd", ".zstd": "zstd"}
#: Bytes looked at first for the end of a range's last line.
_LOOK_AHEAD = 64 << 10


def blocks(
    connection: Connection, split: Split, *, block_bytes: int = BLOCK, longest: int = LONGEST
) -> Iterator[bytes]:
    """The lines that begin in a range of a file, unpacked where the file's name says that it is packed.

    A UTF-8 byte order mark at the file's beginning is left out.

    Args:
        connection: Where the file lies.
        split: The range.
        block_bytes: About how many bytes a block has.
        longest: Most bytes of one line.

    Yields:
        Blocks of whole lines, each line with its LF; the file's last line may have none.

    Raises:
        InputMissing: When the file is gone.
        InputUnreadable: When a line is too long, the file changed since it was listed, or is packed badly.
        StorageFailed: When the disk or S3 refuses or does not answer.
    """
    yield from _whole_lines(raw(connection, split, block_bytes=block_bytes), longest, split.place)


def raw(connection: Connection, split: Split, *, block_bytes: int = BLOCK) -> Iterator[tuple[int, bytes]]:
    """The bytes of the lines that begin in a range, as they are in the (unpacked) file.

    Yields:
        Where in the file a piece begins, and the piece; pieces end anywhere.

    Raises:
        As `blocks`.
    """
    codec = next((name for ending, name in _CODECS.items() if split.place.endswith(ending)), None)
    with told(split.place, packed=codec is not None):
        pieces = _pieces(connection, split, block_bytes) if codec is None else _unpacked(connection, split, codec)
        yield from _without_mark(pieces) if split.start == 0 else pieces


def _unpacked(connection: Connection, split: Split, codec: str) -> Iterator[tuple[int, bytes]]:
    """All of a packed file, of however many members, streams or frames."""
    filesystem = connection.filesystem()
    # pyarrow's own bz2 stops at an empty stream between others.
    packing = None if codec == "bz2" else codec
    position = 0
    with filesystem.open_input_stream(split.place, compression=packing, buffer_size=BLOCK) as stream:
        for piece in _bunzipped(stream, split.place) if codec == "bz2" else iter(lambda: stream.read(BLOCK), b""):
            yield position, piece
            position += len(piece)


def _bunzipped(stream: Any, place: str) -> Iterator[bytes]:
    unpacker = bz2.BZ2Decompressor()
    is_begun = False
    while True:
        data = stream.read(BLOCK) if unpacker.needs_input else b""
        if unpacker.needs_input and not data:
            if is_begun:
                raise damaged(place)
            return
        is_begun = True
        piece = unpacker.decompress(data, BLOCK)
        if piece:
            yield piece
        while unpacker.eof:
            rest, unpacker, is_begun = unpacker.unused_data, bz2.BZ2Decompressor(), False
            if rest:
                is_begun = True
                piece = unpacker.decompress(rest, BLOCK)
                if piece:
                    yield piece


def _pieces(connection: Connection, split: Split, block_bytes: int) -> Iterator[tuple[int, bytes]]:
    """The range from its first LF (or the file's beginning) to the first LF after its end."""
    with connection.filesystem().open_input_file(split.place) as file:
        if file.size() != split.size:
            raise changed(split.place)
        # The LF before the range tells whether a line begins right at its start.
        position, is_inside = (split.start - 1, False) if split.start else (0, True)
        ahead = min(_LOOK_AHEAD, block_bytes)
        while position < split.size:
            if position < split.end:
                wanted = min(block_bytes, split.end - position)
            else:
                wanted = ahead = min(ahead * 2, block_bytes)
            piece = _read(file, position, min(wanted, split.size - position), split.place)
            start = position
            position += len(piece)
            if not is_inside:
                cut = piece.find(b"\n") + 1
                if not cut:
                    if position >= split.end:
                        return  # no line begins in the range
                    continue
                start, piece, is_inside = start + cut, piece[cut:], True
                if start >= split.end:
                    return
            end = piece.find(b"\n", max(0, split.end - 1 - start)) + 1 if position >= split.end else 0
            if end:
                yield start, piece[:end]
                return
            if piece:
                yield start, piece


def _read(file: Any, position: int, count: int, place: str) -> bytes:
    piece: bytes = file.read_at(count, position)
    if len(piece) != count:
        raise changed(place)
    return piece


def _without_mark(pieces: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    head = b""
    for _, piece in pieces:
        head += piece
        if len(head) >= len(_BYTE_ORDER_MARK):
            break
    skipped = len(_BYTE_ORDER_MARK) if head.startswith(_BYTE_ORDER_MARK) else 0
    if len(head) > skipped:
        yield skipped, head[skipped:]
    yield from pieces


def _whole_lines(pieces: Iterator[tuple[int, bytes]], longest: int, place: str) -> Iterator[bytes]:
    rest: list[bytes] = []  # of a line whose end was not seen yet
    length = began = 0
    held = b""  # a CR at a piece's end: half of a CRLF, or a line's end
    for position, piece in pieces:
        fresh = position + max(piece.rfind(b"\n"), piece.rfind(b"\r") if b"\r" in piece else -1) + 1
        text = held + piece if held else piece
        held = b""
        if b"\r" in text:
            if text.endswith(b"\r"):
                text, held = text[:-1], b"\r"
            text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if not rest:
            began = position
        cut = text.rfind(b"\n") + 1
        if length + (text.find(b"\n") if cut else len(text)) > longest:
            raise _too_long(place, began, longest)
        if not cut:
            rest.append(text)
            length += len(text)
            continue
        yield b"".join([*rest, text[:cut]]) if rest else text[:cut]
        rest, length, began = ([text[cut:]], len(text) - cut, fresh) if cut < len(text) else ([], 0, fresh)
    if held:
        rest.append(b"\n")
    if rest:
        yield b"".join(rest)


def _too_long(place: str, position: int, longest: int) -> InputUnreadable:
    return InputUnreadable(
        f"`{place}` has a line of more than {longest:,} bytes, at byte {position:,}",
        hint="is it text? Cut the line, or remove the file",
    )
