"""Redis is killed while a dispatcher works on a batch, and started again on its own file."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from aiohttp import web

from server.batches.batch import Input, NewBatch, Options, State
from server.batches.outputs import Outputs
from server.batches.store import BatchStore
from server.redis_connection import connect
from server.secrets import Cipher, load_or_make_key
from server.settings import Settings
from tests.http.batches import ALLOW
from tests.http.server import PROJECT
from tests.http.webhook import Call, running_webhook
from tests.store.batch_hand import MOST_BYTES, BatchHand
from tests.store.test_restart import Server
from tests.waiting import until, until_told

INPUTS = 300
KILLS = 3


async def slowly(call: Call) -> web.Response:
    await until(iter((False, True)).__next__, within=5, what="a look later")
    return web.json_response({"did": call.value})


async def test_every_input_has_its_one_output_though_redis_is_killed_in_mid_batch(tmp_path: Path) -> None:
    (tmp_path / "redis").mkdir()
    server = Server(tmp_path / "redis")
    server.start()
    settings = Settings(base=tmp_path / "base")
    redis = connect(server.url)
    store = BatchStore(redis, Cipher(load_or_make_key(settings.state_folder / "secret.key", settings.secret_key)))
    hand = BatchHand(store, Outputs(store, settings.batches_folder), redis)
    environment = {**os.environ, "REDIS_URL": server.url, "SPEEDY_BASE": str(settings.base), **ALLOW}
    async with running_webhook() as webhook:
        webhook.answer = slowly
        batch_id = (await store.create(NewBatch(Options(url=webhook.url, concurrency=8)))).batch_id
        inputs = [Input(f"k{number:03}", str(number)) for number in range(INPUTS)]
        await store.add(batch_id, inputs, moves=0, is_whole=True, most_bytes=MOST_BYTES)
        await store.complete(batch_id)
        command = (sys.executable, "-m", "server.batches")
        process = await asyncio.create_subprocess_exec(*command, cwd=PROJECT, env=environment)

        async def is_done() -> bool:
            return (await hand.get(batch_id)).state is State.DONE

        try:
            for _ in range(KILLS):
                await webhook.until_called(len(webhook.calls) + 50)
                assert not await is_done()
                server.kill()
                await until(lambda: webhook.in_flight == 0, within=30, what="nothing is called without Redis")
                await asyncio.to_thread(server.start)
            await until_told(is_done, within=120)
            outputs = await hand.kept(batch_id)
            counts = (await hand.get(batch_id)).counts
        finally:
            process.terminate()
            await process.wait()
            await redis.aclose()
            server.kill()
    assert outputs == [{"key": f"k{number:03}", "value": {"did": number}} for number in range(INPUTS)]
    assert (counts.inputs, counts.outputs, counts.failed, counts.in_flight) == (INPUTS, INPUTS, 0, 0)
    pairs = {(call.key, call.headers["Idempotency-Key"]) for call in webhook.calls}
    assert len(pairs) == len({key for key, _ in pairs}) == INPUTS
    assert process.returncode == 0
