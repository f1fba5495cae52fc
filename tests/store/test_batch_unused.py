"""An open batch that nobody uses any more ends, as if it had been completed."""

from __future__ import annotations

import pytest

from server.batches.batch import State
from tests.store.batch_hand import BatchHand

DAY = 86_400_000
USED = "speedy:batches:used"


async def age(batches: BatchHand, batch_id: str, days: int = 31) -> None:
    """So many days pass in which nobody uses the batch."""
    assert await batches.redis.zincrby(USED, -days * DAY, batch_id)


async def unused(batches: BatchHand) -> list[str]:
    return await batches.store.unused(unused_ms=30 * DAY)


async def test_batches_without_use_are_told_the_longest_unused_first(batches: BatchHand) -> None:
    first, second, used = [await batches.new() for _ in range(3)]
    await age(batches, second, 31)
    await age(batches, first, 32)
    await age(batches, used, 29)
    assert await unused(batches) == [first, second]
    assert await batches.store.unused(unused_ms=30 * DAY, limit=1) == [first]


@pytest.mark.parametrize("use", ["input", "call", "output", "reading"])
async def test_an_input_a_call_and_a_reading_are_use(batches: BatchHand, use: str) -> None:
    batch_id = await batches.filled("a", "b", concurrency=1)
    await batches.hold("one")
    if use == "output":
        await batches.take(batch_id, "one", most=1)
    await age(batches, batch_id)
    await batches.get(batch_id)  # a dispatcher looks at it
    await batches.turn(batch_id, "one", most=0)
    assert await unused(batches) == [batch_id]
    match use:
        case "input":
            await batches.add(batch_id, "c")
        case "call":
            assert await batches.take(batch_id, "one", most=1)
        case "output":
            await batches.output(batch_id, "one", "a")
        case "reading":
            await batches.store.get(batch_id, is_used=True)
    assert await unused(batches) == []


async def test_a_batch_without_use_is_completed_and_then_no_longer_open(batches: BatchHand) -> None:
    batch_id = await batches.filled("a")
    await age(batches, batch_id)
    for _ in range(2):
        assert await batches.store.complete(batch_id, unused_ms=30 * DAY) is State.COMPLETE
    assert await unused(batches) == []
    # Its input is called still, and it ends.
    await batches.hold("one")
    await batches.take(batch_id, "one")
    assert (await batches.output(batch_id, "one", "a")).state is State.DONE
    assert await batches.redis.exists(USED) == 0


async def test_a_batch_that_is_used_at_the_last_moment_stays_open(batches: BatchHand) -> None:
    batch_id = await batches.filled("a")
    await age(batches, batch_id)
    assert await unused(batches) == [batch_id]
    await batches.add(batch_id, "b")
    assert await batches.store.complete(batch_id, unused_ms=30 * DAY) is State.OPEN


@pytest.mark.parametrize("end", ["complete", "cancel", "delete"])
async def test_only_open_batches_are_looked_at(batches: BatchHand, end: str) -> None:
    batch_id = await batches.filled("a")
    await getattr(batches.store, end)(batch_id)
    await batches.store.get(batch_id, is_used=True)
    assert await batches.redis.exists(USED) == 0
