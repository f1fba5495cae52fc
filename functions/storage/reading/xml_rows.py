"""The elements of a name, cut out of XML as text: no parser reads the document, so no entity of it is ever expanded."""

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

#: How often plain records are looked for in vain in one piece: where they are rare, looking takes longer than it saves.
_TRIES = 4
_ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([^\"']*)")


@dataclass(frozen=True)
class XmlCutter:
    """Elements named `row_tag`, wherever they stand; those inside of another such are part of it."""

    row_tag: str

    def is_splittable(self, place: str) -> bool:  # noqa: D102 - as its base's
        return False

    def cut(self, connection: Connection, split: Split) -> Iterator[pyarrow.StringArray]:  # noqa: D102 - as its base's
        yield from batched(rows((piece for _, piece in raw(connection, split)), self.row_tag, split.place))


def rows(pieces: Iterator[bytes], row_tag: str, place: str) -> Iterator[bytes]:
    """The elements of a name, as they are written; what ends within one gives it as far as it goes.

    Raises:
        InputUnreadable: When the text declares entities or another encoding than UTF-8, or an element is too long.
    """
    scan = _Scan(row_tag, place)
    for place_of, piece in enumerate(pieces):
        if place_of == 0:
            _check_encoding(piece[:1024], place)
        yield from scan.take(piece)
    yield from scan.end()


class _Scan:
    """Looks for the ends of elements, a piece at a time."""

    def __init__(self, row_tag: str, place: str) -> None:
        name = re.escape(row_tag.encode())
        self._place = place
        self._token = re.compile(
            rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|(?P<type><!DOCTYPE[^>\[]*[>\[])"
            rb"|(?P<open><" + name + rb"(?=[\s/>])(?:[^>\"']|\"[^\"]*\"|'[^']*')*>)"
            rb"|(?P<close></" + name + rb"\s*>)"
            rb"|(?P<partial><!--|<!\[CDATA\[|<\?|<!DOCTYPE|<" + name + rb"(?=[\s/>])|</" + name + rb"\s*\Z)",
            re.DOTALL,
        )
        # A record as most are, with what lies before it: neither comments and the like in it, nor tags of such a name.
        self._plain = re.compile(
            rb"[^<]*+(<" + name + rb"(?:\s(?:[^>\"']|\"[^\"]*+\"|'[^']*+')*+)?+(?<!/)>"
            rb"[^<]*+(?:<(?!/?" + name + rb"|[!?])[^<]*+)*+</" + name + rb">)"
        )
        #: Bytes in which a token may begin without being known yet.
        self._tail = len(row_tag.encode()) + 16
        self._text = b""
        self._at = 0  # before it all was looked at
        self._start = 0  # of the element that is open
        self._depth = 0

    def take(self, piece: bytes) -> Iterator[bytes]:
        self._text += piece
        edge = self._text.rfind(b"<", max(self._at, len(self._text) - self._tail))
        limit = len(self._text) if edge < 0 or b">" in self._text[edge:] else edge
        tries, is_over = _TRIES, False
        while not is_over:
            if tries and not self._depth:
                before = self._at
                yield from self._plain_records()
                tries -= self._at == before
            is_over = True
            for token in self._token.finditer(self._text, self._at):
                if token.lastgroup == "partial" or token.start() >= limit:
                    limit = min(limit, token.start())
                    break
                self._at = token.end()
                yield from self._look(token)
                if tries and not self._depth:
                    is_over = False
                    break
        self._at = max(self._at, limit)
        cut = self._start if self._depth else self._at
        self._text, self._at, self._start = self._text[cut:], self._at - cut, 0
        if len(self._text) > LONGEST:
            raise InputUnreadable(
                f"`{self._place}` has an element of more than {LONGEST:,} bytes", hint="is it closed by its end tag?"
            )

    def _plain_records(self) -> Iterator[bytes]:
        """The records from here on that are as most are: found at once, not tag by tag."""
        while found := self._plain.match(self._text, self._at):
            self._at = found.end()
            yield found[1]

    def _look(self, token: re.Match[bytes]) -> Iterator[bytes]:
        kind, text = token.lastgroup, token.group()
        if kind == "type" and not self._depth and text.endswith(b"["):
            raise InputUnreadable(
                f"`{self._place}` declares entities in its DOCTYPE, which are never read",
                hint="write the file without a DOCTYPE",
            )
        if kind == "open":
            if not self._depth:
                self._start = token.start()
            self._depth += 1
        if self._depth and (kind == "close" or (kind == "open" and text.endswith(b"/>"))):
            self._depth -= 1
            if not self._depth:
                yield self._text[self._start : token.end()]

    def end(self) -> Iterator[bytes]:
        if self._depth:
            yield self._text


def _check_encoding(start: bytes, place: str) -> None:
    found = _ENCODING.match(start)
    name = found.group(1).decode(errors="replace") if found else "UTF-8"
    if name.upper() not in ("UTF-8", "US-ASCII", "ASCII") or b"\0" in start[:4]:
        other = "another encoding" if b"\0" in start[:4] else name[:40]
        raise InputUnreadable(f"`{place}` is written in {other}", hint="write it again as UTF-8")
