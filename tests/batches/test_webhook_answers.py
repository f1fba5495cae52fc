"""What answers of every kind come to."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import socket
import struct
import time
import zlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from server.batches.answers import Output, retry_after
from tests.batches.calling import SECRET, answer_to, failure_of
from tests.batches.servers import OK, Reply, Request, answer

# -- outputs


@pytest.mark.parametrize(
    ("sent", "output"),
    [
        (answer("200 OK"), Output("", "text")),
        (answer("204 No Content"), Output("null", "json")),
        (answer("200 OK", b' {"a": NaN}'), Output(' {"a": NaN}', "text")),
        (answer("200 OK", b"NaN"), Output("NaN", "text")),
        (answer("200 OK", b'{"a": 1,}', Content_Type="application/json"), Output('{"a": 1,}', "text")),
        (answer("200 OK", b"[" * 40_000), Output("[" * 40_000, "text")),
        (answer("200 OK", b"[" * 40_000 + b"]" * 40_000), Output("[" * 40_000 + "]" * 40_000, "text")),
        (answer("200 OK", b"\xff\xfe"), Output("//4=", "base64")),
        (answer("200 OK", "grüß".encode(), Content_Type="text/plain; charset=latin-1"), Output("grüß", "text")),
        (answer("201 Created", b" [1, 2e400]\n", Content_Type="text/html"), Output("[1, 2e400]", "json")),
        (answer("200 OK", b"null"), Output("null", "json")),
        (answer("299 Fine", b'"x"'), Output('"x"', "json")),
        (answer("200 OK", gzip.compress(b"[1]"), Content_Encoding="gzip"), Output("[1]", "json")),
        (answer("200 OK", zlib.compress(b"[1]"), Content_Encoding="deflate"), Output("[1]", "json")),
        (answer("200 OK", zlib.compress(b"[1]", wbits=-15), Content_Encoding="Deflate"), Output("[1]", "json")),
        (answer("200 OK", gzip.compress(b"[") * 2, Content_Encoding="x-gzip"), Output("[[", "text")),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n[\r\n1\r\n]\r\n0\r\n\r\n", Output("[]", "json")),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\n\r\n" + OK, Output('{"a": 1}', "json")),
        (answer("200 OK", b"a" * 100_000), Output("a" * 100_000, "text")),
    ],
    ids=lambda value: ascii(value)[:50],
)
async def test_any_2xx_gives_an_output(sent: bytes, output: Output) -> None:
    assert await answer_to(sent) == output


async def test_an_answer_may_end_with_its_connection() -> None:
    async def reply(_request: Request, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        writer.write(b"HTTP/1.0 200 OK\r\n\r\n[1]")
        return False

    assert await answer_to(reply) == Output("[1]", "json")


# -- failures


def endless(head: bytes, step: bytes) -> Reply:
    async def reply(_request: Request, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        writer.write(head)
        while True:
            writer.write(step)
            await writer.drain()

    return reply


def trickle(head: bytes, step: bytes) -> Reply:
    async def reply(_request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        writer.write(head)
        while True:  # until the client leaves
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.02):
                    return bool(await reader.read())
            writer.write(step)

    return reply


def cut(head: bytes, *, is_reset: bool) -> Reply:
    async def reply(_request: Request, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        writer.write(head)
        await writer.drain()
        if is_reset:
            raw = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    return reply


@pytest.mark.parametrize(
    "reply",
    [
        endless(b"HTTP/1.1 200 OK\r\n\r\n", b"a" * 10_000),
        endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"5\r\naaaaa\r\n" * 1000),
        endless(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", b"a" * 10_000),
        answer("200 OK", gzip.compress(b"0" * 20_000_000), Content_Encoding="gzip"),
        answer("200 OK", zlib.compress(b"0" * 20_000_000), Content_Encoding="deflate"),
        answer("200 OK", b"a" * 100_001),
    ],
    ids=["endless", "endless chunks", "a huge length", "gzip", "deflate", "one byte more"],
)
async def test_an_answer_that_is_too_large_is_a_failure_for_good(reply: Reply | bytes) -> None:
    found = await failure_of(reply)
    assert found.status_code == 200
    assert not found.is_retryable
    assert found.message.endswith("answered with more than 100000 bytes")


@pytest.mark.parametrize(
    "sent",
    [
        answer("200 OK", b"[1]", Content_Encoding="br"),
        answer("200 OK", b"[1]", Content_Encoding="gzip"),
        answer("200 OK", gzip.compress(b"[1]")[:-9], Content_Encoding="gzip"),
        answer("200 OK", gzip.compress(gzip.compress(b"[1]")), Content_Encoding="gzip, gzip"),
    ],
)
async def test_an_answer_that_cannot_be_decoded_is_a_failure_for_good(sent: bytes) -> None:
    found = await failure_of(sent)
    assert found.status_code == 200
    assert not found.is_retryable
    assert "Content-Encoding" in found.message


@pytest.mark.parametrize(
    "reply",
    [
        trickle(b"", b""),
        trickle(b"HTTP/1.1 200 OK\r\n", b"a"),
        trickle(b"HTTP/1.1 200 OK\r\n\r\n", b"a"),
        trickle(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
        trickle(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"a"),
        trickle(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["nothing", "headers", "body", "chunks", "length", "100 again and again"],
)
async def test_a_slow_answer_ends_with_the_timeout(reply: Reply) -> None:
    began = time.monotonic()
    found = await failure_of(reply, seconds=0.3)
    assert time.monotonic() - began < 5
    assert found.status_code is None
    assert found.is_retryable
    assert found.message.endswith("did not answer within 0.3 s")


async def test_a_failure_whose_body_is_slow_keeps_its_status() -> None:
    found = await failure_of(trickle(b"HTTP/1.1 503 No\r\nRetry-After: 7\r\n\r\n", b"a"), seconds=0.3)
    assert (found.status_code, found.is_retryable, found.retry_after) == (503, True, 7.0)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (endless(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n" * 100), "headers that are too large"),
        (endless(b"HTTP/1.1 200 OK\r\nX: ", b"a" * 1000), "headers that are too large"),
        (endless(b"HTTP/1.1 200 ", b"a" * 1000), "headers that are too large"),
        (b"SSH-2.0-OpenSSH_9.6 canary\r\n\r\n", "not HTTP"),
        (b"\x00\x01\x02canary\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 abc OK\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: canary\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nno header\r\n\r\n", "not HTTP"),
        (cut(b"", is_reset=False), "closed the connection"),
        (cut(b"", is_reset=True), "closed the connection"),
        (cut(b"HTTP/1.1 200 OK\r\nX: ", is_reset=False), "closed the connection"),
        (cut(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[1]", is_reset=False), "broke off its answer"),
        (cut(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[1]", is_reset=True), ""),
        (cut(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n[", is_reset=False), "broke off its answer"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\ncanary\r\n", ""),
    ],
)
async def test_what_is_no_answer_may_be_tried_again(reply: Reply | bytes, said: str) -> None:
    found = await failure_of(reply)
    assert found.status_code is None
    assert found.is_retryable
    assert said in found.message


@pytest.mark.parametrize(
    ("status", "is_retryable"),
    [
        *((status, False) for status in ("400 Bad", "401 No", "404 No", "408 Late", "409 No", "410 Gone")),
        *((status, True) for status in ("429 Slow", "500 Oh", "502 Oh", "503 Oh", "599 Oh", "999 Oh")),
    ],
)
async def test_a_status_tells_whether_to_try_again(status: str, is_retryable: bool) -> None:
    found = await failure_of(answer(status, b"the reason"))
    assert (found.status_code, found.is_retryable, found.body) == (int(status[:3]), is_retryable, "the reason")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("17", 17.0),
        ("3601", 3600.0),
        ("9" * 1000, 3600.0),
        ("-1", None),
        ("1.5", None),
        ("", None),
        ("soon", None),
        ("٣", None),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 3600.0),
        ("Sun, 99 Nov 99999999999 99:99:99 GMT", None),
        ("Sun, 06 Nov 1994 08:49:37 +99999999999", None),
        ("Sun, 06 Nov 0000 08:49:37 GMT", 0.0),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 0.0),
        ("Mon, 01 Jan 0001 00:00:00 +2359", 0.0),
    ],
)
async def test_retry_after_is_read_whatever_it_is(header: str, seconds: float | None) -> None:
    found = await failure_of(answer("503 No", Retry_After=header))
    assert found.is_retryable
    assert found.retry_after == seconds


def test_retry_after_may_be_a_date_to_come() -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    later = format_datetime(now + timedelta(seconds=90), usegmt=True)
    assert retry_after(later, now.timestamp()) == 90.0


async def test_a_failures_body_is_shown_in_part_and_without_the_secret() -> None:
    echo = json.dumps({"you": SECRET}).encode() + SECRET.encode()
    found = await failure_of(answer("500 " + SECRET, echo, X_Echo=SECRET))
    assert found.body == '{"you": "***"}***'
    for before in range(4096 - len(SECRET) - 1, 4097):
        found = await failure_of(answer("500 No", b"a" * before + SECRET.encode() * 3))
        assert len(found.body) <= 4096
        assert "canary" not in found.body
        assert found.body.startswith("a" * before)


async def test_a_secret_that_is_sent_back_many_times_is_not_shown_in_part() -> None:
    for count in range(4000, 4200, 7):
        found = await failure_of(answer("500 No", (SECRET * count).encode()))
        assert set(found.body) <= set("*")
    assert (await failure_of(answer("500 No", b"ends in " + SECRET[:3].encode()))).body == "ends in " + SECRET[:3]


async def test_a_body_of_very_many_parts_is_not_decoded() -> None:
    parts = gzip.compress(b"") * 4_000
    started = time.process_time()
    assert "cannot be decoded" in (await failure_of(answer("200 OK", parts, Content_Encoding="gzip"))).message
    assert time.process_time() - started < 2
    assert (await answer_to(answer("200 OK", gzip.compress(b"1") * 50, Content_Encoding="gzip"))) == Output(
        "1" * 50, "json"
    )


async def test_a_failures_body_is_bounded_whatever_it_is() -> None:
    bomb = gzip.compress(b"0" * 20_000_000)
    for reply in (
        endless(b"HTTP/1.1 500 No\r\n\r\n", b"\xff" * 10_000),
        answer("500 No", bomb, Content_Encoding="gzip"),
        answer("500 No", b"x", Content_Encoding="gzip"),
    ):
        found = await failure_of(reply)
        assert (found.status_code, found.is_retryable) == (500, True)
        assert len(found.body.encode()) <= 4096
