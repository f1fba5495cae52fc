"""One call of a webhook: what is sent, where it may go, and what its answer comes to."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Any

import aiohttp
from yarl import URL

from server import VERSION
from server.batches.answers import Answer, Failure, TooLarge, Undecodable, decoded, output_of, retry_after
from server.batches.destinations import Destinations, Target, forbidden, resolver
from server.batches.signature import Signer

_SHOWN_BYTES = 4096
#: So much is read of an answer that is a failure; one that ends within keeps its connection.
_FAILURE_BYTES = 65_536
#: The longest name that there is.
_MAX_HOST = 253
#: aiohttp rounds longer timeouts up to whole seconds; no timeout is longer than this.
_NEVER_ROUNDED = float("inf")


@dataclass(frozen=True)
class WebhookCall:
    """One call for one key of a batch; without a key, of the URL itself. What goes into headers is printable ASCII."""

    batch_id: str
    key: str
    #: JSON.
    body: bytes = field(repr=False)
    idempotency_key: str
    attempt: int


class ForbiddenAddress(OSError):
    """No connection may be made to this address."""


class Webhook:
    """Calls one destination; keeps its connections. An async context manager.

    As many connections are open as calls are under way at once: the caller decides.
    """

    def __init__(
        self,
        target: Target,
        destinations: Destinations,
        *,
        secret: str | None,
        timeout_seconds: float,
        max_response_bytes: int,
        nameservers: Sequence[str] = (),
    ) -> None:
        """Takes a secret that `check_secret` let through. `timeout_seconds` is for all of one call."""
        self._target = target
        self._destinations = destinations
        self._nameservers = nameservers
        self._secret = secret
        self._signer = Signer(secret) if secret else None
        self._timeout_seconds = timeout_seconds
        self._most = max_response_bytes
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Webhook:
        headers = {
            "Content-Type": "application/json",
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            "User-Agent": f"speedy-gonzales/{VERSION}",
        }
        if self._secret:
            headers["PMMAP-auth"] = self._secret
        self._resolver = resolver(self._nameservers)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, resolver=self._resolver, socket_factory=self._socket),
            timeout=aiohttp.ClientTimeout(
                total=self._timeout_seconds, sock_connect=None, ceil_threshold=_NEVER_ROUNDED
            ),
            headers=headers,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            await self._resolver.close()

    async def call(self, call: WebhookCall) -> Answer:
        """Calls the webhook once. Whatever it does, there is an answer, within the timeout."""
        if self._session is None:
            raise RuntimeError("the webhook is not open")
        try:
            url = self._target.url_of(call.key) if call.key else self._target.url
            async with self._session.post(
                url, data=call.body, headers=self._headers(call), allow_redirects=False
            ) as response:
                if 200 <= response.status < 300:
                    return await self._output(response)
                return await self._failure(response)
        except TimeoutError:
            return self._retryable(f"did not answer within {self._timeout_seconds:g} s")
        except (aiohttp.ClientError, aiohttp.http_exceptions.HttpProcessingError, OSError) as error:
            return self._not_reached(error)

    def _headers(self, call: WebhookCall) -> dict[str, str]:
        """What differs from call to call; the rest the session holds."""
        headers = {"PMMAP-job": call.batch_id, "Idempotency-Key": call.idempotency_key}
        if self._signer is not None:
            timestamp = str(int(time.time()))
            headers["webhook-id"] = call.idempotency_key
            headers["webhook-timestamp"] = timestamp
            headers["webhook-signature"] = self._signer.sign(call.idempotency_key, timestamp, call.body)
        return headers

    def _socket(self, info: Any) -> socket.socket:
        """The socket of a connection, made where its address is known: nothing resolves it again."""
        family, kind, protocol, _, (address, port, *_) = info
        if not self._destinations.admits(self._target.host, str(address), port):
            raise ForbiddenAddress("forbidden address")
        return socket.socket(family, kind, protocol)

    async def _output(self, response: aiohttp.ClientResponse) -> Answer:
        status = response.status
        too_large = Failure(status, f"{self._target.origin} answered with more than {self._most} bytes")
        if (response.content_length or 0) > self._most:
            response.close()
            return too_large
        body, is_whole = await _read(response, self._most)
        if not is_whole:
            response.close()
            return too_large
        try:
            return output_of(status, decoded(body, response.headers.get("Content-Encoding", ""), self._most))
        except TooLarge:
            return too_large
        except Undecodable:
            what = "answered with a Content-Encoding that cannot be decoded; send plain bytes"
            return Failure(status, f"{self._target.origin} {what}")

    async def _failure(self, response: aiohttp.ClientResponse) -> Failure:
        status = response.status
        head = await self._head(response)
        message = f"{self._target.origin} answered {status}{_phrase(status)}"
        if 300 <= status < 400:
            message += f"; redirects are not followed{self._leading_to(response)}"
        is_retryable = status >= 500 or status == HTTPStatus.TOO_MANY_REQUESTS
        after = retry_after(response.headers.get("Retry-After"), time.time()) if is_retryable else None
        return Failure(status, message, self._shown(head), is_retryable, after)

    async def _head(self, response: aiohttp.ClientResponse) -> bytes:
        """The beginning of a failure's body, as far as it comes; the status counts whatever becomes of it."""
        try:
            head, is_whole = await _read(response, _FAILURE_BYTES)
            if not is_whole:
                response.close()
            if encoding := response.headers.get("Content-Encoding"):
                head = decoded(head, encoding, _FAILURE_BYTES)
        except (TimeoutError, aiohttp.ClientError, OSError, TooLarge, Undecodable):
            response.close()
            return b""
        return head

    def _shown(self, body: bytes) -> str:
        """The first 4 KiB, with the secret masked where the webhook sent it back."""
        text = body.decode(errors="replace")
        for secret in {self._secret, json.dumps(self._secret)[1:-1]} if self._secret else ():
            text = text.replace(secret, "***")
            # What was read may end in the middle of it.
            half = next((n for n in range(min(len(secret), len(text)), 0, -1) if text.endswith(secret[:n])), 0)
            text = text[: len(text) - half] if half and len(body) >= _FAILURE_BYTES else text
        return text.encode()[:_SHOWN_BYTES].decode(errors="ignore")

    def _leading_to(self, response: aiohttp.ClientResponse) -> str:
        """Where a redirect leads: its host alone, where one can be told and does not give the secret away."""
        try:
            host = URL(response.headers.get("Location", "")).host or ""
        except ValueError:
            return ""
        host, secret = host.lower(), (self._secret or "").lower()
        # A secret with a slash in it may be there in part.
        is_secret = bool(secret) and (secret in host or host in secret)
        return f" (to {host})" if 0 < len(host) <= _MAX_HOST and host.isprintable() and not is_secret else ""

    def _not_reached(self, error: Exception) -> Failure:
        """The failure of a call without an answer. Errors' own texts may hold what was sent or answered."""
        cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
        if isinstance(cause, ForbiddenAddress):
            return Failure(None, forbidden(self._target))
        if isinstance(error, aiohttp.ClientConnectorDNSError):
            return self._retryable("cannot be called: its name does not resolve")
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            return self._retryable("cannot be called: its certificate is not valid for it")
        if isinstance(error, (aiohttp.ClientSSLError, ssl.SSLError)):
            return self._retryable("cannot be called: TLS failed")
        if isinstance(error, aiohttp.ClientConnectorError):
            return self._retryable(f"cannot be called: {error.os_error.strerror or 'no connection'}")
        if isinstance(error, (aiohttp.ClientResponseError, aiohttp.http_exceptions.HttpProcessingError)):
            return self._retryable("answered with what is not HTTP, or with headers that are too large")
        if isinstance(error, aiohttp.ClientPayloadError):
            return self._retryable("broke off its answer")
        return self._retryable("closed the connection before it had answered")

    def _retryable(self, what: str) -> Failure:
        return Failure(None, f"{self._target.origin} {what}", is_retryable=True)


async def _read(response: aiohttp.ClientResponse, most: int) -> tuple[bytes, bool]:
    """The body up to a bound, and whether that is all of it."""
    content = response.content
    body = await content.readany()
    if content.at_eof():
        return body[:most], len(body) <= most
    chunks, size = [body], len(body)
    while size <= most and (chunk := await content.readany()):
        chunks.append(chunk)
        size += len(chunk)
    return b"".join(chunks)[:most], size <= most


def _phrase(status: int) -> str:
    try:
        return f" {HTTPStatus(status).phrase}"
    except ValueError:
        return ""
