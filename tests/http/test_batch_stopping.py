"""What waits for a batch when the server stops is told so, and may come again."""

from __future__ import annotations

import asyncio
import signal

import httpx
from aiohttp import web

from server.redis_connection import connect
from tests.http.batches import ALLOW, Client, Dispatchers
from tests.http.conftest import StartServer, assert_problem
from tests.http.server import Server, ended
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


async def test_a_retry_that_a_stopping_server_broke_off_is_gone_on_with_by_a_dispatcher(
    batch_server: Server, start_server: StartServer, dispatchers: Dispatchers, webhook: Webhook, batches: Client
) -> None:
    keys = ["a", "b", "c", "d", "e"]
    webhook.answer = lambda _: web.Response(status=400)
    batch_id = await batches.new(maxsize=2, concurrency=1, callback_url=f"{webhook.url}/callback")
    assert (await batches.put(batch_id, *keys)).status_code == 201
    await batches.until_record(batch_id, failed=5)
    webhook.answer = lambda call: web.json_response(call.key)
    webhook.shut()
    here = {"SPEEDY_BASE": str(batch_server.state_folder.parents[1])}
    stopping = await asyncio.to_thread(start_server, **ALLOW, **here)
    async with httpx.AsyncClient(base_url=stopping.url, timeout=60) as http:
        retrying = asyncio.create_task(http.post(f"/batches/{batch_id}/retry"))
        await batches.until_record(batch_id, waiting=2, in_flight=1)
        assert await asyncio.to_thread(ended, stopping.process, signal.SIGTERM) == 0
        assert_problem(await retrying, 503, "server_stopping")
    await batches.http.post(f"/batches/{batch_id}/complete")
    redis = connect(dispatchers.redis_url)
    await redis.hset(f"speedy:batch:{batch_id}", "retry_until", "1")  # 15 s pass
    await redis.aclose()
    webhook.gate.set()
    assert [one.get("value") for one in await batches.outputs(batch_id)] == keys
    assert (await batches.until_record(batch_id, callback="delivered"))["failed"] == 0
    assert [call.value["failed"] for call in webhook.calls if call.key == "callback"] == [0]
