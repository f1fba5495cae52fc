"""Failed inputs are called once more: one retry at a time, which keeps its batch from ending until all are put back."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from redis.asyncio import Redis

from server.batches.batch import Input, State
from server.batches.dispatching import Kind, Turn
from server.batches.store import Added
from server.errors import BatchClosed
from tests.store.batch_hand import MOST_BYTES, BatchHand
from tests.store.test_batch_ends import CALLBACK

#: More than are put back at once.
MANY = [f"k{number:04}" for number in range(600)]


async def failed(batches: BatchHand, *keys: str, value: str | None = None, **options: object) -> str:
    """A batch that is DONE; all its outputs are failures, on the disk."""
    batch_id = await batches.new(**{"concurrency": 1000, **options})
    assert (await batches.add(batch_id, *keys, value=value)).taken == len(keys)
    await batches.store.complete(batch_id)
    await batches.hold("one")
    await batches.take(batch_id, "one")
    assert (await batches.output(batch_id, "one", *keys, kind=Kind.REFUSED)).state is State.DONE
    await batches.outputs.move(batch_id)
    return batch_id


async def call_all(batches: BatchHand, batch_id: str) -> Turn:
    """Every input that waits is called, and has its output."""
    return await batches.output(batch_id, "one", *await batches.take(batch_id, "one"))


async def let_retry_die(redis: Redis, batch_id: str) -> None:
    """Whoever put failed inputs back has been silent for too long."""
    assert await redis.hexists(f"speedy:batch:{batch_id}", "retry_until")
    await redis.hset(f"speedy:batch:{batch_id}", "retry_until", "1")


async def test_failed_inputs_are_called_once_more_with_a_first_attempt(batches: BatchHand) -> None:
    batch_id = await batches.filled("a", "b", "c")
    await batches.store.complete(batch_id)
    await batches.hold("one")
    await batches.take(batch_id, "one")
    await batches.output(batch_id, "one", "b")
    await batches.output(batch_id, "one", "a", "c", kind=Kind.REFUSED)
    assert await batches.retry(batch_id) == 2
    batch = await batches.get(batch_id)
    assert (batch.state, batch.finished_at, batch.retry_before) == (State.COMPLETE, None, None)
    assert (batch.counts.outputs, batch.counts.failed, batch.counts.waiting) == (1, 0, 2)
    assert (await batches.store.list(state=State.DONE))[0] == []
    turn = await batches.turn(batch_id, "one")
    assert [(taken.key, taken.value, taken.attempt) for taken in turn.inputs] == [("a", '"a"', 1), ("c", '"c"', 1)]
    assert (await batches.output(batch_id, "one", "a", "c")).state is State.DONE
    assert all("value" in one for one in await batches.kept(batch_id))
    assert await batches.retry(batch_id) == 0
    assert (await batches.get(batch_id)).state is State.DONE


async def test_failed_inputs_that_are_put_back_twice_wait_once(batches: BatchHand) -> None:
    batch_id = await failed(batches, "a", "b")
    assert await batches.store.retry(batch_id, "nonce") == 2
    before = await batches.get(batch_id)
    for _ in range(2):
        assert await batches.requeue(batch_id, "a", is_last=False) == Added(1)
    counts = (await batches.get(batch_id)).counts
    assert (counts.waiting, counts.outputs, counts.failed) == (1, 1, 1)
    # It was called, and moved to the disk, before whoever put it back was heard of again.
    await call_all(batches, batch_id)
    await batches.outputs.move(batch_id)
    late = await batches.store.requeue(
        batch_id, [Input("a", '"a"')], before=3, moves=before.moves, is_last=False, most_bytes=MOST_BYTES
    )
    assert late == Added(is_outdated=True)
    counts = (await batches.get(batch_id)).counts
    assert (counts.waiting, counts.outputs, counts.failed) == (0, 2, 1)


async def test_a_batch_does_not_end_between_two_portions_of_a_retry(batches: BatchHand) -> None:
    batch_id = await failed(batches, *MANY, callback_url=CALLBACK)
    await batches.store.next_callback(lease_seconds=60)
    assert await batches.store.retry(batch_id, "nonce") == 600
    # The first portion is put back, called and done before the rest comes.
    assert await batches.requeue(batch_id, *MANY[:500], is_last=False) == Added(500)
    assert (await call_all(batches, batch_id)).state is State.COMPLETE
    batch = await batches.get(batch_id)
    assert (batch.counts.outputs, batch.counts.failed, batch.finished_at, batch.callback) == (600, 100, None, None)
    assert await batches.store.next_callback(lease_seconds=60) is None
    assert await batches.store.old(keep_ms=0) == []

    await batches.outputs.put_back(batch_id, batches.until_later)
    assert (await call_all(batches, batch_id)).state is State.DONE
    assert [set(one) for one in await batches.kept(batch_id)] == [{"key", "value"}] * 600
    batch = await batches.get(batch_id)
    assert (batch.counts.outputs, batch.counts.failed, batch.callback) == (600, 0, "waiting")


async def test_a_batch_does_not_end_before_the_first_portion_or_with_a_complete(batches: BatchHand) -> None:
    batch_id = await batches.filled("a")
    await batches.hold("one")
    await batches.take(batch_id, "one")
    await batches.output(batch_id, "one", "a", kind=Kind.REFUSED)
    assert await batches.store.retry(batch_id, "nonce") == 1
    assert await batches.store.complete(batch_id) is State.COMPLETE
    await batches.outputs.put_back(batch_id, batches.until_later)
    assert (await call_all(batches, batch_id)).state is State.DONE


async def test_large_failed_inputs_are_put_back_in_portions(batches: BatchHand) -> None:
    value = '"' + "x" * (3 << 20) + '"'
    batch_id = await failed(batches, *"abcde", value=value)
    assert await batches.retry(batch_id) == 5
    turn = await batches.turn(batch_id, "one")
    assert sorted(taken.key for taken in turn.inputs) == [*"abcde"]
    assert {taken.value for taken in turn.inputs} == {value}


async def test_a_retry_that_dies_is_gone_on_with_by_a_dispatcher(batches: BatchHand, redis: Redis) -> None:
    batch_id = await failed(batches, *MANY)
    await batches.store.retry(batch_id, "nonce")
    await batches.requeue(batch_id, *MANY[:500], is_last=False)
    assert batch_id in (await batches.store.hold("one", lease_seconds=60)).active
    assert not (await batches.turn(batch_id, "one", most=0)).has_retry
    await let_retry_die(redis, batch_id)
    await batches.hold("two")
    assert (await batches.turn(batch_id, "two", most=0)).has_retry
    assert not (await batches.turn(batch_id, "one", most=0)).has_retry  # it is the other's now
    await batches.outputs.put_back(batch_id, batches.until_later)
    assert (await call_all(batches, batch_id)).state is State.DONE
    assert not (await batches.turn(batch_id, "one")).has_retry
    assert [one["key"] for one in await batches.kept(batch_id)] == MANY


async def test_a_second_retry_is_part_of_the_first_one_as_long_as_that_is_under_way(batches: BatchHand) -> None:
    batch_id = await failed(batches, *"abc")
    for nonce in ("one", "one", "two"):
        assert await batches.store.retry(batch_id, nonce) == 3
    await batches.requeue(batch_id, "a", is_last=False)
    assert await batches.store.retry(batch_id, "three") == 3
    await batches.outputs.put_back(batch_id, batches.until_later)
    await batches.take(batch_id, "one")
    assert (await batches.output(batch_id, "one", *"abc", kind=Kind.REFUSED)).state is State.DONE
    await batches.outputs.move(batch_id)
    # A call whose answer was lost is repeated: it begins nothing more.
    for nonce in ("one", "two", "three"):
        assert await batches.store.retry(batch_id, nonce) == 3
    assert (await batches.get(batch_id)).state is State.DONE
    assert await batches.store.retry(batch_id, "four") == 3
    assert (await batches.get(batch_id)).state is State.COMPLETE


async def test_a_portion_of_a_retry_that_is_over_is_refused(batches: BatchHand) -> None:
    batch_id = await failed(batches, *"ab")
    await batches.store.retry(batch_id, "nonce")
    before = (await batches.get(batch_id)).retry_before
    assert before == 3
    for expected in (Added(2), Added(is_outdated=True)):
        batch = await batches.get(batch_id)
        inputs = [Input(key, json.dumps(key)) for key in "ab"]
        added = await batches.store.requeue(
            batch_id, inputs, before=before, moves=batch.moves, is_last=True, most_bytes=MOST_BYTES
        )
        assert added == expected
    assert (await batches.get(batch_id)).counts.waiting == 2


async def test_what_fails_while_a_retry_is_under_way_is_not_part_of_it(batches: BatchHand) -> None:
    batch_id = await failed(batches, *MANY)
    await batches.store.retry(batch_id, "nonce")
    await batches.requeue(batch_id, *MANY[:500], is_last=False)
    await batches.take(batch_id, "one")
    await batches.output(batch_id, "one", *MANY[:500], kind=Kind.REFUSED)
    await batches.outputs.put_back(batch_id, batches.until_later)
    assert await batches.take(batch_id, "one") == MANY[500:]
    assert (await batches.output(batch_id, "one", *MANY[500:])).state is State.DONE
    assert (await batches.get(batch_id)).counts.failed == 500


async def test_no_more_failed_inputs_are_put_back_than_there_is_room_for(batches: BatchHand) -> None:
    batch_id = await failed(batches, *"abcdefgh", maxsize=8, concurrency=8)
    await batches.store.retry(batch_id, "nonce")
    assert await batches.requeue(batch_id, *(str(number) for number in range(10))) == Added(8)
    assert (await batches.get(batch_id)).retry_before is not None


async def test_no_more_bytes_of_failed_inputs_are_put_back_than_there_is_room_for(batches: BatchHand) -> None:
    value = '"' + "x" * 1000 + '"'
    batch_id = await failed(batches, *"abcd", value=value)
    await batches.store.retry(batch_id, "nonce")
    assert await batches.requeue(batch_id, *"abcd", value=value, most_bytes=2500) == Added(2)


async def test_a_retry_goes_on_as_there_is_room(batches: BatchHand) -> None:
    keys = MANY[:30]
    batch_id = await batches.new(maxsize=4, concurrency=1)
    await batches.hold("one")
    for key in keys:
        await batches.add(batch_id, key)
        await batches.take(batch_id, "one")
        await batches.output(batch_id, "one", key, kind=Kind.REFUSED)
    await batches.store.complete(batch_id)
    assert await batches.store.retry(batch_id, "nonce") == 30
    pauses = 0

    async def call_one() -> None:
        nonlocal pauses
        pauses += 1
        assert (await batches.get(batch_id)).counts.waiting == 4
        await call_all(batches, batch_id)

    await batches.outputs.put_back(batch_id, call_one)
    assert pauses == 26
    for _ in range(4):
        turn = await call_all(batches, batch_id)
    assert turn.state is State.DONE
    assert all("value" in one for one in await batches.kept(batch_id))


async def test_many_retries_at_once_give_each_failed_input_one_more_output(batches: BatchHand) -> None:
    batch_id = await failed(batches, *MANY)

    async def call() -> None:
        while (batch := await batches.get(batch_id)).state is not State.DONE or batch.counts.failed:
            await batches.output(batch_id, "one", *await batches.take(batch_id, "one", most=20))
            await batches.outputs.move(batch_id)

    *counts, _ = await asyncio.gather(*(batches.retry(batch_id) for _ in range(5)), call())
    assert max(counts) == 600
    batch = await batches.get(batch_id)
    assert (batch.state, batch.counts.outputs, batch.counts.failed) == (State.DONE, 600, 0)
    assert [one["key"] for one in await batches.kept(batch_id)] == MANY


async def test_a_cancelled_batch_is_not_called_once_more(batches: BatchHand) -> None:
    batch_id = await failed(batches, *"ab")
    await batches.store.retry(batch_id, "nonce")
    await batches.requeue(batch_id, "a", is_last=False)
    await batches.store.cancel(batch_id)
    assert (await batches.get(batch_id)).retry_before is None
    with pytest.raises(BatchClosed):
        await batches.requeue(batch_id, "b")
    with pytest.raises(BatchClosed):
        await batches.store.retry(batch_id, "another")
    assert await batches.store.retry("unknown", "nonce") is None
    await batches.outputs.put_back("unknown", batches.until_later)


async def test_a_retry_of_a_batch_that_is_removed_meanwhile_ends(
    batches: BatchHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch_id = await failed(batches, *"ab")
    await batches.store.retry(batch_id, "nonce")
    requeue = batches.store.requeue

    async def requeue_and_remove(*arguments: Any, **options: Any) -> Added | None:
        added = await requeue(*arguments, **options)
        await batches.store.delete(batch_id)
        await batches.outputs.delete(batch_id)
        return added

    monkeypatch.setattr(batches.store, "requeue", requeue_and_remove)
    await batches.outputs.put_back(batch_id, batches.until_later)
    assert await batches.store.get(batch_id) is None
    assert not batches.outputs.file(batch_id).path.exists()
