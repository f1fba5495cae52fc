"""An S3 on this machine (moto's server), and a proxy before it that makes things go wrong."""

from __future__ import annotations

import http.client
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import boto3
from moto.server import ThreadedMotoServer

KEYS = {"aws_access_key_id": "AKIATESTTESTTEST", "aws_secret_access_key": "a-very-secret-word"}


@contextmanager
def running_s3() -> Iterator[str]:
    """A server; gives its address."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def client(endpoint: str, service: str = "s3", **keys: str) -> Any:
    """A boto3 client of the tests' own."""
    return boto3.client(service, endpoint_url=endpoint, region_name="us-east-1", **(keys or KEYS))


@dataclass
class Fault:
    """What happens in the place of an answer: an error, a reset connection, an answer cut short; or only `before`."""

    #: Which requests: method, and path with its query.
    matches: Callable[[str, str], bool]
    #: An error's status and code; None with one of the other two.
    status: int = 0
    code: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    reset: bool = False
    cut: bool = False
    #: Whether the request reaches the server although its answer is lost.
    passes: bool = False
    #: How often; then it is over.
    times: int = 1_000_000
    #: What is called before, and once the server has answered, before that answer goes on.
    before: Callable[[], None] = lambda: None
    after: Callable[[], None] = lambda: None


class Proxy:
    """A proxy before an S3; its `faults` are tried in order for each request."""

    def __init__(self, url: str, upstream: str) -> None:
        self.url = url
        self.upstream = upstream
        self.faults: list[Fault] = []
        #: Method and path of each request.
        self.seen: list[tuple[str, str]] = []
        self._lock = threading.Lock()

    def fault(self, method: str, path: str) -> Fault | None:
        """The fault of a request; noted as used."""
        with self._lock:
            self.seen.append((method, path))
            for fault in self.faults:
                if fault.times > 0 and fault.matches(method, path):
                    fault.times -= 1
                    return fault
        return None


@contextmanager
def running_proxy(upstream: str) -> Iterator[Proxy]:
    """A proxy before an S3."""

    class Handler(_Handler):
        pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Handler.proxy = Proxy(f"http://127.0.0.1:{server.server_port}", upstream)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Handler.proxy
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: Proxy

    def log_message(self, *_: Any) -> None:
        return

    def _handle(self) -> None:
        body = self._body()
        fault = self.proxy.fault(self.command, self.path)
        if fault is not None:
            fault.before()
        if fault is not None and fault.status:
            error = f"<Error><Code>{fault.code}</Code><Message>no</Message></Error>"
            # STS and IAM wrap it.
            text = f"<ErrorResponse>{error}</ErrorResponse>" if self.path == "/" else error
            self._answer(fault.status, {"Content-Type": "application/xml", **fault.headers}, text.encode())
        elif fault is not None and fault.reset and not fault.passes:
            self._reset()
        else:
            status, headers, answer = self._ask(body)
            if fault is not None:
                fault.after()
            if fault is not None and fault.reset:
                self._reset()
            else:
                self._answer(status, headers, answer, cut=fault is not None and fault.cut)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _handle  # noqa: N815 - the names that the base class looks for

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            found = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                found += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return found
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _ask(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(urlsplit(self.proxy.upstream).netloc, timeout=60)
        headers = {k: v for k, v in self.headers.items() if k.lower() not in ("transfer-encoding", "expect")}
        try:
            connection.request(self.command, self.path, body=body or None, headers=headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def _answer(self, status: int, headers: dict[str, str], body: bytes, *, cut: bool = False) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("transfer-encoding", "connection", "content-length", "date", "server"):
                self.send_header(name, value)
        length = headers.get("Content-Length", str(len(body))) if self.command == "HEAD" else str(len(body))
        self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if cut else body)
        if cut:
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()
        self.rfile = self.wfile = _Nothing()  # type: ignore[assignment]


class _Nothing:
    """In the place of a connection that is gone."""

    closed = True

    def flush(self) -> None:
        return

    def close(self) -> None:
        return
