"""One call of a webhook, against servers of every kind."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gzip
import json
import socket
import ssl
import struct
import time
import zlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import standardwebhooks
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from server import VERSION
from server.batches.answers import Answer, Failure, Output, retry_after
from server.batches.destinations import Destinations, read_url, resolve_check
from server.batches.signature import check_secret
from server.batches.webhook import Webhook, WebhookCall
from tests.batches.servers import OK, Reply, Request, answer, answers, resolving, serving

SECRET = 'canary-Secret/+"x'
CALL = WebhookCall("batch-1", "key-1", b'{"n": 1}', "batch-1:key-1", 1)


def webhook(
    url: str,
    allow: str = "127.0.0.1",
    *,
    secret: str | None = SECRET,
    seconds: float = 10,
    most: int = 100_000,
    names: int | None = None,
) -> Webhook:
    return Webhook(
        read_url(url),
        Destinations.of(allow),
        secret=secret,
        timeout_seconds=seconds,
        max_response_bytes=most,
        nameservers=(f"127.0.0.1:{names}",) if names else (),
    )


async def called(url: str, allow: str = "127.0.0.1", *, seconds: float = 10, names: int | None = None) -> Answer:
    async with webhook(url, allow, seconds=seconds, names=names) as hook:
        return await hook.call(CALL)


async def answer_to(reply: Reply | bytes, *, seconds: float = 10, most: int = 100_000) -> Answer:
    async with serving(answers(reply) if isinstance(reply, bytes) else reply) as served:
        async with webhook(f"http://127.0.0.1:{served.port}/canary-path?canary=1", seconds=seconds, most=most) as hook:
            found = await hook.call(CALL)
        assert len(served.requests) == 1
    assert "canary" not in repr(found)
    if isinstance(found, Failure):
        assert "canary" not in found.message
        assert found.message.startswith(f"http://127.0.0.1:{served.port} ")
    return found


async def failure_of(reply: Reply | bytes, *, seconds: float = 10, most: int = 100_000) -> Failure:
    found = await answer_to(reply, seconds=seconds, most=most)
    assert isinstance(found, Failure), found
    return found


# -- what is sent


async def test_a_call_sends_these_headers_and_no_others() -> None:
    async with serving(answers(OK)) as served:
        assert await called(f"http://127.0.0.1:{served.port}/x?q=1") == Output('{"a": 1}', "json")
    (request,) = served.requests
    assert (request.method, request.target, request.body) == ("POST", "/x/key-1?q=1", CALL.body)
    sent = dict(request.headers)
    assert len(sent) == len(request.headers)
    assert abs(int(sent.pop("webhook-timestamp")) - time.time()) < 60
    assert sent.pop("webhook-signature").startswith("v1,")
    assert sent == {
        "Host": f"127.0.0.1:{served.port}",
        "Content-Type": "application/json",
        "Content-Length": "8",
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "User-Agent": f"speedy-gonzales/{VERSION}",
        "PMMAP-auth": SECRET,
        "PMMAP-job": "batch-1",
        "Idempotency-Key": "batch-1:key-1",
        "webhook-id": "batch-1:key-1",
    }


async def test_without_a_secret_nothing_is_signed() -> None:
    async with serving(answers(OK)) as served, webhook(f"http://127.0.0.1:{served.port}", secret=None) as hook:
        await hook.call(CALL)
    names = {name.lower() for name, _ in served.requests[0].headers}
    assert not {name for name in names if name.startswith("webhook-") or name == "pmmap-auth"}
    assert {"pmmap-job", "idempotency-key"} <= names


@pytest.mark.parametrize("secret", [SECRET, "whsec_" + base64.b64encode(bytes(range(32))).decode()])
async def test_the_signature_is_that_of_standard_webhooks(secret: str) -> None:
    url = "http://127.0.0.1"
    async with serving(answers(OK)) as served, webhook(f"{url}:{served.port}", secret=check_secret(secret)) as hook:
        await hook.call(CALL)
    (request,) = served.requests
    key = secret if secret.startswith("whsec_") else base64.b64encode(secret.encode()).decode()
    reader = standardwebhooks.Webhook(key)
    assert reader.verify(request.body, dict(request.headers)) == {"n": 1}
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        reader.verify(request.body + b" ", dict(request.headers))


@pytest.mark.parametrize(
    ("key", "target"),
    [("..", "/x/%2E%2E"), ("a/b?c#d", "/x/a%2Fb%3Fc%23d"), ("ä\r\n", "/x/%C3%A4%0D%0A"), ("%41", "/x/%2541")],
)
async def test_a_key_reaches_the_server_as_it_was_encoded(key: str, target: str) -> None:
    call = WebhookCall("b", key, b"{}", "b:1", 1)
    async with serving(answers(OK)) as served, webhook(f"http://127.0.0.1:{served.port}/x") as hook:
        await hook.call(call)
    assert served.requests[0].target == target


async def test_proxies_and_passwords_of_the_environment_are_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("default login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    async with serving(answers(OK)) as canary, serving(answers(OK)) as served:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")
        assert isinstance(await called(f"http://127.0.0.1:{served.port}"), Output)
    assert canary.connections == 0
    assert "authorization" not in {name.lower() for name, _ in served.requests[0].headers}


# -- where it may go


@pytest.mark.parametrize("allow", ["", "127.0.0.2", "10.0.0.0/8", "127.0.0.1:1", "localhost"])
async def test_an_address_that_is_not_open_is_never_connected_to(allow: str) -> None:
    async with serving(answers(OK)) as canary:
        found = await called(f"http://127.0.0.1:{canary.port}/canary", allow)
        mapped = await called(f"http://[::ffff:127.0.0.1]:{canary.port}/canary", allow)
    assert canary.connections == 0
    for failure in (found, mapped):
        assert isinstance(failure, Failure)
        assert failure.status_code is None
        assert not failure.is_retryable
        assert "SPEEDY_WEBHOOK_ALLOW" in failure.message
        assert "canary" not in failure.message


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 Temporary", "308 Permanent"])
async def test_a_redirect_is_not_followed(status: str) -> None:
    async with serving(answers(OK)) as canary:
        found = await failure_of(answer(status, Location=f"http://127.0.0.1:{canary.port}/canary?canary"))
    assert canary.connections == 0
    assert found.status_code == int(status[:3])
    assert not found.is_retryable
    assert "redirects are not followed (to 127.0.0.1)" in found.message


@pytest.mark.parametrize(
    "location", ["/x", "", "http://[", "http://a:b/", "//\xff", "http://" + "a" * 5000, f"http://{SECRET}/"]
)
async def test_a_redirect_to_anywhere_is_told(location: str) -> None:
    found = await failure_of(answer("302 Found", Location=location))
    assert found.status_code == 302
    assert len(found.message) < 500


async def test_a_secret_in_the_host_of_a_redirect_is_not_told() -> None:
    sent = answer("302 Found", Location="http://Plain-Canary.example/")
    url = "http://127.0.0.1"
    async with serving(answers(sent)) as served, webhook(f"{url}:{served.port}", secret="Plain-Canary") as hook:
        found = await hook.call(CALL)
    assert isinstance(found, Failure)
    assert "canary" not in found.message.lower()


async def test_a_name_that_changes_its_address_after_the_check_leads_nowhere() -> None:
    async with contextlib.AsyncExitStack() as stack:
        served = await stack.enter_async_context(serving(answers(OK), "127.0.0.2"))
        canary = await stack.enter_async_context(serving(answers(OK), "127.0.0.1", served.port))
        names = await stack.enter_async_context(resolving(["127.0.0.2"], ["127.0.0.2"], ["127.0.0.1"]))
        url = f"http://rebinds.example:{served.port}/"
        server = (f"127.0.0.1:{names.port}",)
        assert await resolve_check(read_url(url), Destinations.of("127.0.0.2"), server) is None
        assert isinstance(await called(url, "127.0.0.2", names=names.port), Output)
        found = await called(url, "127.0.0.2", names=names.port)
        assert isinstance(found, Failure)
        assert "may not call" in found.message
        assert "127.0.0.1" not in found.message
        assert await resolve_check(read_url(url), Destinations.of("127.0.0.2"), server) is not None
    assert names.asked == 4
    assert (served.connections, canary.connections) == (1, 0)


@pytest.mark.parametrize("order", [["127.0.0.1", "127.0.0.2"], ["127.0.0.2", "127.0.0.1"]])
async def test_of_several_addresses_only_an_open_one_is_connected_to(order: list[str]) -> None:
    async with contextlib.AsyncExitStack() as stack:
        served = await stack.enter_async_context(serving(answers(OK), "127.0.0.2"))
        canary = await stack.enter_async_context(serving(answers(OK), "127.0.0.1", served.port))
        names = await stack.enter_async_context(resolving([*order, "::1", "169.254.169.254"]))
        for _ in range(5):
            found = await called(f"http://both.example:{served.port}/", "127.0.0.2", names=names.port)
            assert isinstance(found, Output)
    assert (served.connections, canary.connections) == (5, 0)


async def test_an_open_address_that_refuses_does_not_lead_to_a_closed_one() -> None:
    with socket.create_server(("127.0.0.2", 0)) as taken:
        port = taken.getsockname()[1]
    async with serving(answers(OK), "127.0.0.1", port) as canary, resolving(["127.0.0.2", "127.0.0.1"]) as names:
        found = await called(f"http://both.example:{port}/", "127.0.0.2", names=names.port)
    assert isinstance(found, Failure)
    assert canary.connections == 0


async def test_an_open_name_may_lead_anywhere_and_another_name_may_not() -> None:
    async with serving(answers(OK)) as served, resolving(["127.0.0.1"]) as names:
        allow = f"open.example:{served.port}"
        assert isinstance(await called(f"http://open.example:{served.port}", allow, names=names.port), Output)
        assert isinstance(await called(f"http://other.example:{served.port}", allow, names=names.port), Failure)
    assert served.connections == 1


async def test_a_name_that_does_not_resolve_may_do_so_later() -> None:
    async with resolving([]) as names:
        found = await called("http://none.example/canary", names=names.port)
        checked = await resolve_check(read_url("http://none.example/"), Destinations(), (f"127.0.0.1:{names.port}",))
    assert isinstance(found, Failure)
    assert found.is_retryable
    assert found.message == "http://none.example cannot be called: its name does not resolve"
    assert checked is None


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


# -- connections


async def test_a_port_where_nothing_listens_may_be_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    found = await called(f"http://127.0.0.1:{port}/canary")
    assert isinstance(found, Failure)
    assert found.is_retryable
    assert found.message.startswith(f"http://127.0.0.1:{port} cannot be called: ")


@pytest.fixture
def certificate(tmp_path: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "canary.example")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    (tmp_path / "cert.pem").write_bytes(
        made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem")
    return context


async def test_a_certificate_that_nobody_signed_is_refused(certificate: ssl.SSLContext) -> None:
    async with serving(answers(OK), certificate=certificate) as served:
        found = await called(f"https://127.0.0.1:{served.port}/canary")
    assert served.requests == []
    assert found == Failure(
        None,
        f"https://127.0.0.1:{served.port} cannot be called: its certificate is not valid for it",
        is_retryable=True,
    )


async def test_a_server_without_tls_is_not_called_with_it() -> None:
    async with serving(answers(OK)) as served:
        found = await called(f"https://127.0.0.1:{served.port}/canary", seconds=2)
    assert isinstance(found, Failure)
    assert found.is_retryable
    assert served.requests == []


async def test_connections_are_kept() -> None:
    reply = answers(OK, answer("500 No", b"x"), OK)
    async with serving(reply) as served, webhook(f"http://127.0.0.1:{served.port}") as hook:
        found = [await hook.call(CALL) for _ in range(4)]
    assert [type(one) for one in found] == [Output, Failure, Output, Output]
    assert served.connections == 1


async def test_a_connection_that_was_closed_meanwhile_costs_nothing() -> None:
    closed = asyncio.Event()

    async def reply(_request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        writer.write(OK)
        writer.write_eof()
        await reader.read()  # the client has seen the end, and closes its side
        closed.set()
        return False

    async with serving(reply) as served, webhook(f"http://127.0.0.1:{served.port}") as hook:
        assert isinstance(await hook.call(CALL), Output)
        await closed.wait()
        assert isinstance(await hook.call(CALL), Output)
    assert (served.connections, len(served.requests)) == (2, 2)


async def test_a_call_on_a_connection_that_then_breaks_is_not_sent_twice() -> None:
    turns = iter([answer("200 OK", b"1"), b""])

    async def reply(_request: Request, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        sent = next(turns)
        writer.write(sent)
        return bool(sent)

    async with serving(reply) as served, webhook(f"http://127.0.0.1:{served.port}") as hook:
        assert isinstance(await hook.call(CALL), Output)
        found = await hook.call(CALL)
    assert isinstance(found, Failure)
    assert found.is_retryable
    assert (served.connections, len(served.requests)) == (1, 2)


async def test_what_is_sent_after_an_answer_is_not_taken_for_the_next_ones() -> None:
    reply = answers(OK + answer("200 OK", b'"canary"'), OK)
    async with serving(reply) as served, webhook(f"http://127.0.0.1:{served.port}") as hook:
        found = [await hook.call(CALL) for _ in range(2)]
    assert Output('"canary"', "json") not in found


async def test_a_call_that_is_given_up_closes_its_connection() -> None:
    left = asyncio.Event()

    async def reply(_request: Request, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> bool:
        await reader.read()
        left.set()
        return False

    async with serving(reply) as served, webhook(f"http://127.0.0.1:{served.port}") as hook:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await hook.call(CALL)
        await left.wait()


async def test_a_webhook_that_is_not_open_calls_nobody() -> None:
    with pytest.raises(RuntimeError, match="not open"):
        await webhook("http://127.0.0.1:1").call(CALL)


# -- secrets


async def test_the_secret_and_the_body_are_in_no_repr_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    call = WebhookCall("b", "k", b'"canary-body"', "b:k", 1)
    async with serving(answers(OK)) as served, webhook(f"http://127.0.0.1:{served.port}/canary") as hook:
        found = await hook.call(call)
        shown = f"{hook!r} {hook} {call!r} {call} {found!r} {vars(hook)['_signer']!r} {vars(hook)['_target']!r}"
    assert "canary" not in shown
    assert "canary" not in caplog.text


@pytest.mark.parametrize(
    "secret", ["", "a" * 1001, "canary\r\nX: y", "canäry", " canary", "canary ", "whsec_", "whsec_canary!", "canary\0"]
)
def test_a_secret_that_cannot_be_sent_is_refused_and_not_shown(secret: str) -> None:
    with pytest.raises(ValueError, match="secret") as caught:
        check_secret(secret)
    assert "can" not in repr(caught.value).replace("cannot", "")
