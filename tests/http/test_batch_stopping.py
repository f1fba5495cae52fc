"""What waits for a batch when the server stops is told so, and may come again."""

from __future__ import annotations

import asyncio
import signal

import httpx

from tests.http.batches import ALLOW, Client, Dispatchers
from tests.http.conftest import StartServer, assert_problem
from tests.http.server import ended
from tests.http.webhook import Webhook


async def test_a_stopping_server_keeps_nobody_waiting_and_loses_no_input(
    start_server: StartServer, no_dispatcher: Dispatchers, webhook: Webhook, batches: Client
) -> None:
    stopping = await asyncio.to_thread(start_server, **ALLOW)
    async with httpx.AsyncClient(base_url=stopping.url, timeout=60) as http:
        client = Client(http, webhook)
        batch_id = await client.new(maxsize=2)
        sending = asyncio.create_task(client.put(batch_id, "a", "b", "c"))
        reading = asyncio.create_task(http.get(f"/batches/{batch_id}/output"))
        await client.until_record(batch_id, inputs=2)
        ending = asyncio.create_task(asyncio.to_thread(ended, stopping.process, signal.SIGTERM))
        for answer in await asyncio.gather(sending, reading):
            assert_problem(answer, 503, "server_stopping")
            assert int(answer.headers["Retry-After"]) >= 1
    assert await ending == 0

    # Another server on the same Redis goes on where that one was.
    no_dispatcher.start()
    assert (await batches.put(batch_id, "a", "b", "c")).json()["inputs"] == 3
    await batches.until_record(batch_id, outputs=3)
    assert sorted(webhook.keys()) == ["a", "b", "c"]
