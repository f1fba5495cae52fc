"""A dispatcher whose connection to Redis breaks: no input is lost, none has two outputs."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from aiohttp import web

from server.batches.batch import Input, NewBatch, Options, State
from server.batches.calls import BatchCalls
from server.batches.destinations import Destinations, read_url
from server.batches.outputs import Outputs
from server.batches.store import BatchStore
from server.batches.webhook import Webhook as Caller
from server.redis_connection import connect
from server.secrets import Cipher
from tests.http.webhook import Call, running_webhook
from tests.store.batch_hand import MOST_BYTES, BatchHand
from tests.store.conftest import KEY
from tests.store.proxy import Proxy

KEYS = [f"k{number:03}" for number in range(120)]


@pytest.mark.parametrize("every", [3, 7, 20])
async def test_each_input_has_one_output_though_answers_of_redis_are_lost(
    batches: BatchHand, proxy: Proxy, tmp_path: Path, every: int
) -> None:
    async with running_webhook() as webhook:

        def answer(call: Call) -> web.Response:
            if len(webhook.calls) % every == 0 and len(webhook.calls) < 100:
                proxy.swallow = 1
            return web.json_response(call.value)

        webhook.answer = answer
        made = await batches.store.create(NewBatch(Options(url=webhook.url, concurrency=5)))
        inputs = [Input(key, json.dumps(key)) for key in KEYS]
        await batches.store.add(made.batch_id, inputs, moves=0, is_whole=True, most_bytes=MOST_BYTES)
        await batches.store.complete(made.batch_id)
        await batches.hold("one")

        redis = connect(f"unix://{tmp_path}/proxy.sock")
        store = BatchStore(redis, Cipher(KEY))
        outputs = Outputs(store, tmp_path / "batches")
        caller = Caller(
            read_url(webhook.url), Destinations.of("127.0.0.1"), secret=None, timeout_seconds=5, max_response_bytes=1000
        )
        batch = await batches.get(made.batch_id)
        async with batches.store.changes() as changes, caller, asyncio.timeout(60):
            await BatchCalls(store, outputs, changes, batch, webhook=caller, holder="one").run()
        await redis.aclose()

        assert proxy.swallowed
        assert [one["value"] for one in await batches.kept(made.batch_id)] == KEYS
        record = await batches.get(made.batch_id)
        assert (record.state, record.counts.outputs, record.counts.in_flight) == (State.DONE, len(KEYS), 0)
        assert webhook.most_in_flight <= 5
        assert sorted(webhook.keys()) == KEYS  # none was called twice, either: Redis has what was handed in
