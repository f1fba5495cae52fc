"""What `test_scripts.py` cannot see in the scripts of batches."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from server.batches.dispatching import Kind, Result
from tests.store.batch_hand import MOST_BYTES, BatchHand


@pytest.mark.parametrize(
    "writes", ["complete", "cancel", "delete", "reap", "returned", "moved", "turn", "retry", "requeue"]
)
async def test_a_script_leaves_nothing_of_a_batch_that_is_gone(batches: BatchHand, redis: Redis, writes: str) -> None:
    store = batches.store
    await batches.hold("a")
    known = set(await redis.keys("*"))
    calls = {
        "complete": lambda: store.complete("gone"),
        "cancel": lambda: store.cancel("gone"),
        "delete": lambda: store.delete("gone"),
        "reap": lambda: store.reap("gone"),
        "returned": lambda: store.give_back("gone", "a", ["k"]),
        "moved": lambda: store.moved("gone", []),
        "turn": lambda: store.turn("gone", "a", [Result("k", Kind.OUTPUT, "{}")], held=0, most=5),
        "retry": lambda: store.retry("gone", "nonce"),
        "requeue": lambda: store.requeue("gone", [], before=1, moves=0, is_last=True, most_bytes=MOST_BYTES),
    }
    for _ in range(2):
        assert not await calls[writes]()
    assert set(await redis.keys("*")) == known


async def test_a_deleted_batch_leaves_no_key(batches: BatchHand, redis: Redis) -> None:
    batch_id = await batches.new(secret="a secret", callback_url="http://127.0.0.1/done")
    await batches.add(batch_id, "a", "b", "c", "d")
    await batches.hold("one")
    await batches.turn(batch_id, "one", most=3)
    await batches.output(batch_id, "one", "a")
    await batches.turn(batch_id, "one", [Result("b", Kind.AGAIN, pause_ms=60_000)])
    for _ in range(2):
        await batches.store.delete(batch_id)
        assert {key for key in await redis.keys("*") if batch_id in key} == set()
        for index in ("active", "callbacks", "by_time", "ended", "by_state:OPEN"):
            assert await redis.exists(f"speedy:batches:{index}") == 0
    assert await batches.store.get(batch_id) is None
