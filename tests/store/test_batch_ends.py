"""Batches end: complete, cancelled, deleted, called once more; and tell so."""

from __future__ import annotations

import pytest

from server.batches.batch import State
from server.batches.dispatching import Callback, Kind, Result
from server.errors import BatchClosed
from tests.store.batch_hand import BatchHand

CALLBACK = "http://127.0.0.1:9/done"


async def done(batches: BatchHand, *failed: str, keys: str = "abc", **options: object) -> str:
    """A batch that is DONE, with outputs on the disk, some of which failed."""
    batch_id = await batches.filled(*keys, **options)
    await batches.store.complete(batch_id)
    await batches.hold("one")
    await batches.take(batch_id, "one")
    results = [batches.result(key, Kind.REFUSED if key in failed else Kind.OUTPUT) for key in keys]
    assert (await batches.turn(batch_id, "one", results)).state is State.DONE
    await batches.outputs.move(batch_id)
    return batch_id


async def test_a_batch_is_done_when_it_is_complete_and_every_input_has_its_output(batches: BatchHand) -> None:
    batch_id = await batches.filled("a", "b")
    await batches.hold("one")
    await batches.take(batch_id, "one")
    await batches.output(batch_id, "one", "a")
    for _ in range(2):
        assert await batches.store.complete(batch_id) is State.COMPLETE
    completed = (await batches.get(batch_id)).completed_at
    assert (await batches.output(batch_id, "one", "b")).state is State.DONE
    batch = await batches.get(batch_id)
    assert batch.completed_at == completed
    assert completed is not None
    assert batch.finished_at is not None
    assert completed <= batch.finished_at
    assert await batches.store.complete(batch_id) is State.DONE


async def test_a_batch_without_inputs_is_done_at_once(batches: BatchHand) -> None:
    batch_id = await batches.new()
    assert await batches.store.complete(batch_id) is State.DONE
    assert await batches.kept(batch_id) == []


async def test_an_input_that_is_called_again_keeps_its_batch_from_being_done(batches: BatchHand) -> None:
    batch_id = await batches.filled("a")
    await batches.store.complete(batch_id)
    await batches.hold("one")
    await batches.take(batch_id, "one")
    turn = await batches.turn(batch_id, "one", [Result("a", Kind.AGAIN, pause_ms=60_000)])
    assert turn.state is State.COMPLETE


@pytest.mark.parametrize("end", ["cancel", "delete"])
async def test_what_was_in_flight_when_its_batch_ended_is_told_so_and_gives_no_output(
    batches: BatchHand, end: str
) -> None:
    batch_id = await batches.filled("a", "b", "c", "d", concurrency=3)
    await batches.hold("one")
    await batches.take(batch_id, "one", most=3)
    await batches.turn(batch_id, "one", [batches.result("a"), Result("b", Kind.AGAIN, pause_ms=60_000)], most=0)
    for _ in range(2):
        await getattr(batches.store, end)(batch_id)
    turn = await batches.store.turn(batch_id, "one", [batches.result("c")], held=0, most=5)
    if end == "delete":
        assert turn is None
        return
    assert turn is not None
    assert (turn.state, turn.inputs) == (State.CANCELLED, ())
    assert [one["key"] for one in await batches.kept(batch_id)] == ["a"]
    counts = (await batches.get(batch_id)).counts
    assert (counts.waiting, counts.retrying, counts.in_flight, counts.outputs) == (0, 0, 0, 1)
    assert (await batches.store.hold("one", lease_seconds=60)).active == set()


async def test_cancel_tells_the_state_before_and_a_done_batch_is_left_alone(batches: BatchHand) -> None:
    batch_id = await batches.filled("a")
    assert await batches.store.cancel(batch_id) == (State.OPEN, State.CANCELLED)
    assert await batches.store.cancel(batch_id) == (State.CANCELLED, State.CANCELLED)
    assert await batches.store.complete(batch_id) is State.CANCELLED
    ended = await done(batches)
    assert await batches.store.cancel(ended) == (State.DONE, State.DONE)
    assert await batches.store.cancel("unknown") is None


@pytest.mark.parametrize("end", ["complete", "cancel", "delete"])
async def test_who_waits_for_a_batch_is_told_of_its_end(batches: BatchHand, end: str) -> None:
    batch_id = await batches.new()
    async with batches.store.changes() as changes:
        with changes.watch(batch_id) as watch:
            while await watch.wait(0.01):
                pass
            await getattr(batches.store, end)(batch_id)
            assert await watch.wait(5)


@pytest.mark.parametrize("end", ["done", "cancelled"])
async def test_a_callback_falls_due_when_its_batch_ends(batches: BatchHand, end: str) -> None:
    batch_id = await batches.filled("a", callback_url=CALLBACK)
    assert await batches.store.next_callback(lease_seconds=60) is None
    assert (await batches.get(batch_id)).callback is None
    if end == "done":
        await batches.store.complete(batch_id)
        await batches.hold("one")
        await batches.take(batch_id, "one")
        await batches.output(batch_id, "one", "a")
    else:
        for _ in range(2):
            await batches.store.cancel(batch_id)
    assert (await batches.get(batch_id)).callback == "waiting"
    callback = Callback(batch_id, 0)
    assert await batches.store.next_callback(lease_seconds=60) == callback
    # It is one dispatcher's at a time.
    wait = await batches.store.next_callback(lease_seconds=60)
    assert wait == pytest.approx(60, abs=1)
    for _ in range(2):
        await batches.store.end_callback(callback, "delivered")
    assert (await batches.get(batch_id)).callback == "delivered"
    assert await batches.store.next_callback(lease_seconds=60) is None


async def test_a_callback_is_made_again_after_a_failure_and_when_its_dispatcher_dies(batches: BatchHand) -> None:
    batch_id = await done(batches, callback_url=CALLBACK)

    async def due() -> Callback:
        for _ in range(1000):
            found = await batches.store.next_callback(lease_seconds=0.03)
            if isinstance(found, Callback):
                return found
            await batches.until_later()
        raise AssertionError("no callback falls due")

    assert (await due()).attempts == 0
    assert (await due()).attempts == 1  # the lease ran out
    for _ in range(2):
        await batches.store.end_callback(Callback(batch_id, 0), "waiting", wait_seconds=0.03)
    assert (await due()).attempts == 2
    await batches.store.end_callback(Callback(batch_id, 0), "failed")
    await batches.store.end_callback(Callback(batch_id, 0), "waiting", wait_seconds=0)  # too late
    assert await batches.store.next_callback(lease_seconds=60) is None


async def test_no_callback_of_a_deleted_batch_is_made(batches: BatchHand) -> None:
    batch_id = await done(batches, callback_url=CALLBACK)
    await batches.store.delete(batch_id)
    assert await batches.store.next_callback(lease_seconds=60) is None
    await batches.store.end_callback(Callback(batch_id, 0), "delivered")
    assert await batches.store.get(batch_id) is None


async def test_a_batch_that_is_called_once_more_makes_its_callback_once_more(batches: BatchHand) -> None:
    batch_id = await done(batches, "a", callback_url=CALLBACK)
    await batches.store.next_callback(lease_seconds=60)
    await batches.store.end_callback(Callback(batch_id, 0), "delivered")
    await batches.retry(batch_id)
    await batches.take(batch_id, "one")
    await batches.output(batch_id, "one", "a")
    assert await batches.store.next_callback(lease_seconds=60) == Callback(batch_id, 0, undone=1)


@pytest.mark.parametrize("outcome", ["delivered", "failed", "waiting"])
@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_callback_that_a_retry_overtook_does_not_stand_for_the_next_end(
    batches: BatchHand, outcome: str, when: str
) -> None:
    batch_id = await done(batches, "a", callback_url=CALLBACK)
    former = await batches.store.next_callback(lease_seconds=60)
    assert isinstance(former, Callback)
    await batches.retry(batch_id)
    assert (await batches.get(batch_id)).callback is None
    if when == "before":
        await batches.store.end_callback(former, outcome, wait_seconds=60)
    await batches.take(batch_id, "one")
    await batches.output(batch_id, "one", "a")
    if when == "after":
        await batches.store.end_callback(former, outcome, wait_seconds=60)
    assert (await batches.get(batch_id)).callback == "waiting"
    assert await batches.store.next_callback(lease_seconds=60) == Callback(batch_id, 0, undone=1)


async def test_old_batches_are_told_the_longest_ended_first(batches: BatchHand) -> None:
    first, second = [await done(batches) for _ in range(2)]
    await batches.filled("a")
    assert await batches.store.old(keep_ms=3_600_000) == []
    await batches.until_later()
    assert await batches.store.old(keep_ms=1) == [first, second]
    assert await batches.store.old(keep_ms=1, limit=1) == [first]


async def test_a_closed_batch_that_is_full_is_told_as_closed(batches: BatchHand) -> None:
    batch_id = await batches.filled("a", maxsize=1)
    await batches.store.complete(batch_id)
    with pytest.raises(BatchClosed):
        await batches.add(batch_id, "b")
