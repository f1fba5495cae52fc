"""Requests that are wrong outside of their bodies: parameters, methods, paths, and what is hardly HTTP."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator

import httpx
import pytest

from server.jobs.store import JobStore
from tests.http.conftest import STEPS, Server, assert_problem, submit

BODY = json.dumps({"steps": STEPS}).encode()


@pytest.fixture(autouse=True)
async def the_server_did_not_fail(server: Server) -> AsyncIterator[None]:
    yield
    assert "unexpected error" not in server.log_text()
    assert "Traceback" not in server.log_text()


def exchange(server: Server, request: bytes, *, end: bool = False) -> bytes:
    """Sends bytes as they are; what comes back until the server closes."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(request)
        if end:
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while block := connection.recv(65_536):
                answer += block
        except ConnectionResetError:
            pass  # it closed while we were still sending
        return answer


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("/jobs", {"limit": ["0", "-1", "1001", "x", "1.5", "1e3", " 1", "\u0661", "9" * 30]}),
        ("/jobs", {"cursor": ["x", "AAAA", "%00", "ñ", "=" * 1000, "\0"]}),
        ("/jobs", {"state": ["x", "NOT_FOUND", "QUEUED,RUNNING", "\0"]}),
        ("/jobs/{id}", {"wait": ["x", "-1", "nan", "inf", "-inf", "1e999", "0x10", "1,5"]}),
        ("/jobs/{id}", {"since": ["x", "NOT_FOUND", "\0"]}),
        ("/jobs/{id}/events", {"after": ["x", "-"], "limit": ["0", "x"]}),
        ("/jobs/{id}/result", {"limit": ["0", "x", "10001"]}),
        ("/jobs/{id}/rejects", {"limit": ["0", "x", "10001"]}),
    ],
)
async def test_bad_parameters(client: httpx.AsyncClient, path: str, parameters: dict[str, list[str]]) -> None:
    job_id = await submit(client)
    for name, values in parameters.items():
        for value in [*values, ["1", "2"]]:
            answer = await client.get(path.format(id=job_id), params={name: value})
            problem = assert_problem(answer, 400, "invalid_parameter")
            assert problem["detail"].startswith(f"?{name} ")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/jobs/submit", {"POST"}),
        ("DELETE", "/jobs/submit", {"POST"}),
        ("PUT", "/jobs/validate", {"POST"}),
        ("POST", "/jobs", {"GET", "HEAD"}),
        ("POST", "/jobs/pop", {"GET"}),
        ("DELETE", "/jobs/pop", {"GET"}),
        ("PATCH", "/jobs/x", {"GET", "HEAD", "DELETE"}),
        ("POST", "/jobs/x/result", {"GET", "HEAD"}),
        ("DELETE", "/jobs/status/x", {"GET", "HEAD", "PUT"}),
        ("POST", "/health", {"GET", "HEAD"}),
        ("TRACE", "/health", {"GET", "HEAD"}),
        ("PUT", "/functions/take", {"GET", "HEAD"}),
    ],
)
async def test_a_wrong_method(client: httpx.AsyncClient, method: str, path: str, allowed: set[str]) -> None:
    answer = await client.request(method, path)
    assert_problem(answer, 405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) - {"OPTIONS"} == allowed


@pytest.mark.parametrize(
    "path", ["/index", "/jo", "/jobs/x/y", "/jobs/submit/x", "/favicon.ico", "/../etc/passwd", "/%00"]
)
async def test_an_unknown_path(client: httpx.AsyncClient, path: str) -> None:
    assert_problem(await client.get(path), 404, "not_found")


@pytest.mark.parametrize("method", ["BREW", "CONNECT"])
async def test_a_method_that_is_none(client: httpx.AsyncClient, method: str) -> None:
    assert 400 <= (await client.request(method, "/health")).status_code < 500


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: -5",
        b"Content-Length: five",
        b"Content-Length: 5, 6",
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: gzip",
        b"Content-Length: " + b"9" * 40,
        b"Content-Length: 99999999999",
        b"no colon",
        b"Accept: " + b"," * 5000,
        b"Accept: \xff\xfe",
        b"Idempotency-Key: \x01",
    ],
)
async def test_headers_that_are_wrong(server: Server, store: JobStore, headers: bytes) -> None:
    head = b"POST /jobs/submit HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers + b"\r\n\r\n"
    answer = exchange(server, head + b"[" * 5, end=True)
    assert not answer or 400 <= int(answer.split()[1]) < 500, answer[:100]
    assert (await store.list())[0] == []


@pytest.mark.parametrize("sent", [0, 10, len(BODY)])
async def test_a_body_that_ends_early_is_not_taken(server: Server, store: JobStore, sent: int) -> None:
    head = b"POST /jobs/submit HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (len(BODY) + 10)
    answer = exchange(server, head + BODY[:sent], end=True)
    assert not answer or answer.startswith(b"HTTP/1.1 400"), answer
    assert (await store.list())[0] == []


async def test_chunks_that_are_none_are_not_taken(server: Server, store: JobStore) -> None:
    head = b"POST /jobs/submit HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    for chunks in (b"zz\r\n", b"-5\r\nabc", b"FFFFFFFFFFFFFFFFF\r\n"):
        answer = exchange(server, head + chunks + BODY, end=True)
        assert not answer or 400 <= int(answer.split()[1]) < 500, answer[:100]
    assert (await store.list())[0] == []


async def test_what_is_not_http_does_no_harm(server: Server, client: httpx.AsyncClient) -> None:
    for request in (
        b"\0" * 100,
        b"\x16\x03\x01\x02\x00",
        b"GET\r\n\r\n",
        b"\r\n" * 1000,
        b"GET / HTTP/9.9\r\n\r\n",
        b"",
    ):
        exchange(server, request, end=True)
    assert (await client.get("/health")).status_code == 200


async def test_a_huge_url_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.get("/jobs/" + "x" * 20_000)).status_code in {400, 414}


@pytest.mark.parametrize("headers", [{"X": "x" * 100_000}, {f"X-{n}": "y" for n in range(500)}])
async def test_huge_headers_are_refused(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    assert (await client.get("/health", headers=headers)).status_code in {400, 431}


async def test_endless_headers_are_not_kept(server: Server) -> None:
    host, _, port = server.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n")
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            connection.sendall(b"X: " + b"x" * 100_000_000 + b"\r\n")


@pytest.mark.parametrize(("announced", "sent", "closes"), [(1 << 26, 1 << 24, True), (5_000_000, 5_000_000, False)])
async def test_a_body_too_large_to_be_read_ends_the_connection_and_the_answer_says_so(
    server: Server, announced: int, sent: int, closes: bool
) -> None:
    head = f"POST /jobs/submit HTTP/1.1\r\nHost: x\r\nContent-Length: {announced}\r\n\r\n".encode()
    after = b"" if closes else b"GET /functions/take HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = exchange(server, head + b" " * sent + after)
    first, _, rest = answer.partition(b"\r\n\r\n")
    assert first.startswith(b"HTTP/1.1 413 ")
    assert (b"connection: close" in first.lower()) is closes
    assert (b"HTTP/1.1 200 " in rest) is not closes
