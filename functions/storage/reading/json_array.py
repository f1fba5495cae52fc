"""The elements of arrays of JSON, cut out of a stream: one file holds one array, or one object."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from functions.errors import InputUnreadable
from functions.storage.reading.cutting import batched
from functions.storage.reading.filesystem import Connection
from functions.storage.reading.records import LONGEST, raw
from functions.storage.reading.splits import Split

if TYPE_CHECKING:
    import pyarrow

_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_FLAT = rb'[^][{}"]*+(?:' + _STRING + rb'[^][{}"]*+)*+'
#: A whole string; what has no brackets within, which is most, at once; what makes structure; an unfinished string.
_TOKEN = re.compile(_STRING + rb"|\{" + _FLAT + rb"\}|\[" + _FLAT + rb'\]|[\[\]{},]|"', re.DOTALL)
_SPACE = b" \t\r\n"


@dataclass(frozen=True)
class ArrayCutter:
    """The elements of the array that a file holds; a file that holds an object is one record."""

    def is_splittable(self, place: str) -> bool:  # noqa: D102 - as its base's
        return False

    def cut(self, connection: Connection, split: Split) -> Iterator[pyarrow.StringArray]:  # noqa: D102 - as its base's
        yield from batched(elements((piece for _, piece in raw(connection, split)), split.place))


def elements(pieces: Iterator[bytes], place: str) -> Iterator[bytes]:
    """The elements of an array, as they are written.

    Raises:
        InputUnreadable: When the text is no array, goes on behind its end or ends within it, or an element is too long.
    """
    text = b""
    for piece in pieces:
        text = (text + piece).lstrip(_SPACE)
        if text:
            break
    if not text:
        return
    if b"\0" in text[:4]:
        raise InputUnreadable(f"`{place}` is not UTF-8 text", hint="write it again as UTF-8")
    if text[:1] not in (b"[", b"{"):
        raise InputUnreadable(
            f"`{place}` holds neither an array nor an object", hint='if each line is an object, say form: "lines"'
        )
    scan = _Scan(text[:1] == b"[", place)
    yield from scan.take(text)
    for piece in pieces:
        yield from scan.take(piece)
    if scan.depth or not scan.is_begun:
        raise InputUnreadable(f"`{place}` ends within its array: it was cut off", hint="write the file again, whole")


class _Scan:
    """Looks for the ends of elements, a piece at a time."""

    def __init__(self, is_array: bool, place: str) -> None:
        self._place = place
        #: How deep elements lie.
        self._level = 1 if is_array else 0
        self._text = b""
        self._at = 0  # before it all was looked at
        self.depth = 0
        self.is_begun = False

    def take(self, piece: bytes) -> Iterator[bytes]:
        self._text += piece
        start = 0
        if self.is_begun and self.depth == 0:
            self._refuse_more(self._text)
        if not self.is_begun:
            self._at = self.depth = 1
            self.is_begun = True
            start = self._level
        for token in _TOKEN.finditer(self._text, self._at):
            kind = token.group()
            if kind == b'"':
                self._at = token.start()
                break
            self._at = token.end()
            if kind in (b"[", b"{"):
                self.depth += 1
            elif kind in (b"]", b"}"):
                self.depth -= 1
                if self.depth == 0:
                    yield from self._last(self._text[start : token.start() if self._level else token.end()], kind)
                    self._refuse_more(self._text[self._at :])
                    self._text, self._at = b"", 0
                    return
            elif kind == b"," and self.depth == 1 and self._level:
                yield self._text[start : token.start()].strip(_SPACE)
                start = self._at
        else:
            self._at = len(self._text)
        self._text, self._at = self._text[start:], self._at - start
        if len(self._text) > LONGEST:
            raise InputUnreadable(
                f"`{self._place}` has an element of more than {LONGEST:,} bytes", hint="is it an array of objects?"
            )

    def _last(self, text: bytes, kind: bytes) -> Iterator[bytes]:
        if (kind == b"]") != bool(self._level):
            raise InputUnreadable(f"`{self._place}` is not JSON: its brackets do not match")
        if text.strip(_SPACE):
            yield text.strip(_SPACE)

    def _refuse_more(self, text: bytes) -> None:
        if text.strip(_SPACE):
            hint = 'if each line is an object, say form: "lines"'
            raise InputUnreadable(f"`{self._place}` goes on behind the end of its first value", hint=hint)
