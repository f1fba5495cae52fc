"""What a webhook's answer comes to: an output, or a failure."""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Literal

import msgspec

_MAX_RETRY_AFTER = 3600.0
_STEP_BYTES = 65_536
#: Members of a gzip body; each costs a copy of what follows it.
_MOST_MEMBERS = 100
_EMPTY_STATUSES = frozenset({204, 205})


@dataclass(frozen=True)
class Output:
    """A webhook's output; any 2xx gives one. Its repr does not show it."""

    #: JSON text as it was sent; or text; or, of bytes that are not UTF-8, their base64.
    value: str = field(repr=False)
    format: Literal["json", "text", "base64"]


@dataclass(frozen=True)
class Failure:
    """A call that gave no output. Neither its message nor its repr holds the secret or the URL's path and query."""

    #: None: there was no answer.
    status_code: int | None
    message: str
    #: The first 4 KiB of the answer, as text, with the secret masked.
    body: str = field(default="", repr=False)
    is_retryable: bool = False
    #: When the webhook asks to be called again, seconds from now, 0 to 3,600; None: it did not say.
    retry_after: float | None = None


Answer = Output | Failure


class TooLarge(Exception):
    """The body is larger than allowed."""


class Undecodable(Exception):
    """The body is not what its Content-Encoding says, or that is unknown."""


def output_of(status: int, body: bytes) -> Output:
    """The output in the body of a 2xx answer; deeply nested JSON counts as text."""
    if status in _EMPTY_STATUSES:
        return Output("null", "json")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return Output(base64.b64encode(body).decode(), "base64")
    try:
        msgspec.json.decode(body, type=msgspec.Raw)  # checks it all, and makes nothing of it
    except (msgspec.DecodeError, RecursionError):
        return Output(text, "text")
    return Output(text.strip(), "json")


def decoded(body: bytes, encoding: str, most: int) -> bytes:
    """A body without its Content-Encoding, made in steps, never much more than allowed.

    Raises:
        TooLarge: When it would have more than `most` bytes.
        Undecodable: When the encoding is not gzip or deflate, or the body is not in it.
    """
    encoding = encoding.strip().lower()
    if encoding in {"", "identity"}:
        return body
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        raise Undecodable
    # 32 more: gzip's or zlib's own head. Some send a deflate without one.
    has_head = encoding != "deflate" or (len(body) > 1 and body[0] & 15 == 8 and (body[0] << 8 | body[1]) % 31 == 0)
    bits = zlib.MAX_WBITS + 32 if has_head else -zlib.MAX_WBITS
    made = bytearray()
    members = 0
    while body:
        members += 1
        if members > _MOST_MEMBERS:
            raise Undecodable
        inflater = zlib.decompressobj(bits)
        while not inflater.eof:
            try:
                step = inflater.decompress(body, _STEP_BYTES)
            except zlib.error:
                raise Undecodable from None
            made += step
            if len(made) > most:
                raise TooLarge
            body = inflater.unconsumed_tail
            if not body and not step and not inflater.eof:
                raise Undecodable  # it was cut off
        body = inflater.unused_data  # a gzip file may have several members
    return bytes(made)


def retry_after(text: str | None, now: float) -> float | None:
    """The seconds in a `Retry-After`, which may be a date; within 0 and one hour. None: there is none to read.

    Args:
        text: The header.
        now: Unix time, seconds.
    """
    if text is None:
        return None
    text = text.strip()
    if text.isascii() and text.isdigit():
        return _MAX_RETRY_AFTER if len(text) > 9 else min(float(text), _MAX_RETRY_AFTER)
    try:
        seconds = parsedate_to_datetime(text).timestamp() - now
    except (ValueError, OverflowError):
        return None
    return min(max(seconds, 0.0), _MAX_RETRY_AFTER)
