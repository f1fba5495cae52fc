"""A webhook on loopback that a test looks into and steers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.waiting import until


@dataclass(frozen=True)
class Call:
    """What the webhook was sent."""

    path: str
    key: str
    body: bytes
    headers: dict[str, str]

    @property
    def value(self) -> Any:
        return json.loads(self.body)


def echo(call: Call) -> web.Response:
    return web.json_response({"did": call.value})


@dataclass
class Webhook:
    """Answers with what it was sent, unless told otherwise."""

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    #: Keys whose caller closed the connection before it had an answer.
    closed: list[str] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0
    #: What is answered; a test replaces it.
    answer: Callable[[Call], web.Response | Awaitable[web.Response]] = echo
    #: Calls wait here before they are answered.
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    def shut(self) -> None:
        """From now on calls wait until `gate` is set."""
        self.gate.clear()

    def keys(self) -> list[str]:
        return [call.key for call in self.calls]

    async def until_called(self, count: int = 1) -> None:
        await until(lambda: len(self.calls) >= count, within=30, what=f"the webhook is called {count} times")

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        call = Call(request.raw_path, request.match_info["key"], body, dict(request.headers))
        self.calls.append(call)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await self.gate.wait()
            given = self.answer(call)
            return given if isinstance(given, web.Response) else await given
        except asyncio.CancelledError:
            self.closed.append(call.key)
            raise
        finally:
            self.in_flight -= 1


def failing(*keys: str) -> Any:
    """An answer of a webhook that refuses some keys."""
    return lambda call: web.json_response({"key": call.key}, status=400 if call.key in keys else 200)


@asynccontextmanager
async def running_webhook() -> AsyncIterator[Webhook]:
    """A webhook that listens; its URL is `url`, and it takes calls of `url/{key}` and of `url`."""
    webhook = Webhook()
    app = web.Application(client_max_size=1 << 26)
    app.router.add_post("/hook{slash:/?}{key:.*}", webhook.handle)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    webhook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield webhook
    finally:
        webhook.gate.set()
        await runner.cleanup()
