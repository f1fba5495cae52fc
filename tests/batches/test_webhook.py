"""What a webhook's call sends, and where it may go."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
import ssl
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import standardwebhooks
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from server import VERSION
from server.batches.answers import Failure, Output
from server.batches.destinations import Destinations, read_url, resolve_check
from server.batches.signature import check_secret
from server.batches.webhook import WebhookCall
from tests.batches.calling import CALL, SECRET, called, failure_of, webhook
from tests.batches.servers import OK, Request, answer, answers, resolving, serving

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
