"""What a dispatcher holds while it lives, and what it gives up before it counts as dead."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from server.batches.batch import Input, NewBatch, Options, State
from server.batches.dispatcher import Dispatcher
from server.batches.dispatching import TakenForDead
from server.batches.outputs import Outputs
from server.batches.store import BatchStore
from server.batches.webhooks import Webhooks
from server.redis_connection import connect
from server.secrets import Cipher
from server.settings import Settings
from tests.http.batches import ALLOW
from tests.http.webhook import Webhook, running_webhook
from tests.store.batch_hand import MOST_BYTES, BatchHand
from tests.store.conftest import KEY
from tests.store.proxy import Proxy
from tests.waiting import until, until_told

LEASE = 2.0


@pytest.fixture
async def webhook() -> AsyncIterator[Webhook]:
    async with running_webhook() as webhook:
        yield webhook


class Dispatchers:
    """Dispatchers in this process."""

    def __init__(self, folder: Path, stack: AsyncExitStack) -> None:
        self._folder = folder
        self._stack = stack
        self.stops: dict[str, asyncio.Event] = {}

    async def start(self, store: BatchStore, slot: str) -> asyncio.Task[None]:
        changes = await self._stack.enter_async_context(store.changes())
        settings = Settings(base=self._folder, webhook_allow=ALLOW["SPEEDY_WEBHOOK_ALLOW"])
        outputs = Outputs(store, settings.batches_folder)
        made = Dispatcher(
            store,
            outputs,
            changes,
            Webhooks(store, settings),
            slot=slot,
            keep_days=7,
            idle_days=30,
            lease_seconds=LEASE,
        )
        self.stops[slot] = asyncio.Event()
        return asyncio.create_task(made.run(self.stops[slot], stop_seconds=30))


@pytest.fixture
async def dispatchers(tmp_path: Path) -> AsyncIterator[Dispatchers]:
    async with AsyncExitStack() as stack:
        yield Dispatchers(tmp_path, stack)


async def filled(hand: BatchHand, webhook: Webhook, count: int, **options: int) -> str:
    made = await hand.store.create(NewBatch(Options(url=webhook.url, **options)))
    inputs = [Input(f"k{number}", json.dumps(number)) for number in range(count)]
    await hand.store.add(made.batch_id, inputs, moves=0, is_whole=True, most_bytes=MOST_BYTES)
    await hand.store.complete(made.batch_id)
    return made.batch_id


async def test_a_dispatcher_that_redis_does_not_hear_ends_its_calls_in_time(
    batches: BatchHand, proxy: Proxy, webhook: Webhook, dispatchers: Dispatchers, tmp_path: Path
) -> None:
    webhook.shut()
    await filled(batches, webhook, 9, concurrency=2)
    redis = connect(f"unix://{tmp_path}/proxy.sock")
    task = await dispatchers.start(BatchStore(redis, Cipher(KEY)), "one")
    await webhook.until_called(2)
    proxy.swallow = 1_000_000
    started = asyncio.get_running_loop().time()
    with pytest.raises(TakenForDead):
        async with asyncio.timeout(30):
            await task
    assert asyncio.get_running_loop().time() - started < LEASE + 1
    await until(lambda: len(webhook.closed) == 2, within=10, what="both calls are ended")
    assert len(webhook.calls) == 2
    await redis.aclose()


async def test_a_dispatcher_that_stops_keeps_its_calls_until_they_end(
    batches: BatchHand, webhook: Webhook, dispatchers: Dispatchers
) -> None:
    webhook.shut()
    batch_id = await filled(batches, webhook, 1, concurrency=1)
    one = await dispatchers.start(batches.store, "one")
    await webhook.until_called(1)
    two = await dispatchers.start(batches.store, "two")
    dispatchers.stops["one"].set()
    loop = asyncio.get_running_loop()
    over = loop.time() + 2 * LEASE
    await until(lambda: loop.time() > over, within=30, what="the lease would be over twice")
    webhook.gate.set()

    async def is_done() -> bool:
        return (await batches.get(batch_id)).state is State.DONE

    await until_told(is_done, within=30)
    assert webhook.keys() == ["k0"]
    dispatchers.stops["two"].set()
    await asyncio.gather(one, two)
