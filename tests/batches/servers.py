"""What webhooks are called at in tests: servers that speak HTTP as badly as wanted, and a name server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

from dnslib import AAAA, QTYPE, RR, A, DNSRecord

OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n{"a": 1}'


@dataclass
class Request:
    """A request as it came."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes


#: Answers a request; the connection is kept when it gives True.
Reply = Callable[[Request, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bool]]


@dataclass
class Served:
    """A server that runs: where, and what has reached it."""

    port: int = 0
    connections: int = 0
    requests: list[Request] = field(default_factory=list)


def answers(*parts: bytes) -> Reply:
    """Sends the next of some answers, and the last of them from then on."""
    left = list(parts)

    async def reply(_request: Request, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        writer.write(left.pop(0) if len(left) > 1 else left[0])
        await writer.drain()
        return True

    return reply


def answer(status: str, body: bytes = b"", **headers: str) -> bytes:
    """An answer with its length; underscores in names of headers mean hyphens."""
    lines = [f"{name.replace('_', '-')}: {text}\r\n" for name, text in headers.items()]
    return f"HTTP/1.1 {status}\r\n{''.join(lines)}Content-Length: {len(body)}\r\n\r\n".encode() + body


@contextlib.asynccontextmanager
async def serving(
    reply: Reply, host: str = "127.0.0.1", port: int = 0, *, certificate: object = None
) -> AsyncIterator[Served]:
    """A server whose every request is answered by `reply`."""
    served = Served()
    tasks: set[asyncio.Task[None] | None] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        served.connections += 1
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            is_kept = True
            while is_kept:
                request = await _request(reader)
                served.requests.append(request)
                is_kept = await reply(request, reader, writer)
        writer.close()

    server = await asyncio.start_server(connected, host, port, ssl=certificate)  # type: ignore[arg-type]
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        server.close()
        for task in tasks:
            if task is not None:
                task.cancel()
        await asyncio.gather(*(task for task in tasks if task is not None), return_exceptions=True)


@dataclass
class Names:
    """A name server's answers, in turn; the last one from then on."""

    turns: list[Sequence[str]]
    port: int = 0
    asked: int = 0


class _NameServer(asyncio.DatagramProtocol):
    def __init__(self, names: Names) -> None:
        self._names = names

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        question = DNSRecord.parse(data)
        reply = question.reply()
        kind = QTYPE[question.q.qtype]
        names = self._names
        for address in names.turns[min(names.asked, len(names.turns) - 1)]:
            if kind == ("AAAA" if ":" in address else "A"):
                data_of = AAAA(address) if ":" in address else A(address)
                reply.add_answer(RR(question.q.qname, question.q.qtype, rdata=data_of, ttl=0))
        # A turn is one look-up; each asks for A, and some for AAAA, too.
        names.asked += kind == "A"
        self._transport.sendto(reply.pack(), addr)


@contextlib.asynccontextmanager
async def resolving(*turns: Sequence[str]) -> AsyncIterator[Names]:
    """A name server that gives each name these addresses."""
    names = Names(list(turns))
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _NameServer(names), local_addr=("127.0.0.1", 0)
    )
    names.port = transport.get_extra_info("sockname")[1]
    try:
        yield names
    finally:
        transport.close()


async def _request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, target, _ = first.split(" ")
    headers = [(name, text.strip()) for name, _, text in (line.partition(":") for line in lines)]
    size = next((int(text) for name, text in headers if name.lower() == "content-length"), 0)
    return Request(method, target, headers, await reader.readexactly(size))
