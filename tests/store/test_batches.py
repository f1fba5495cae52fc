"""Batches are made, filled, listed."""

from __future__ import annotations

import asyncio
import hashlib
import json

import pytest
from redis.asyncio import Redis

from server.batches.batch import Breaker, Input, NewBatch, Options, State
from server.batches.dispatching import Kind
from server.errors import BatchClosed, IdempotencyConflict
from server.idempotency import Idempotency
from tests.store.batch_hand import MOST_BYTES, URL, BatchHand

NEW = NewBatch(Options(url=URL))


async def test_a_batch_is_read_as_it_was_asked_for(batches: BatchHand) -> None:
    options = Options(
        url=URL,
        concurrency=7,
        maxsize=8,
        name="nightly ñ",
        max_attempts=2,
        timeout_seconds=1.5,
        rate_per_second=0.5,
        ramp_up_seconds=2.5,
        breaker=Breaker(3, 0.5, 9),
        callback_url="http://127.0.0.1:9/done?a=b",
    )
    made = await batches.store.create(NewBatch(options, "a secret", "ana"))
    batch = await batches.get(made.batch_id)
    assert (batch.options, batch.tenant, batch.state) == (options, "ana", State.OPEN)
    assert batch.created_at > 0
    assert set(batch.counts.to_json().values()) == {0}
    assert await batches.store.get("unknown") is None


async def test_a_secret_is_kept_encrypted_and_leaves_with_its_batch(batches: BatchHand, redis: Redis) -> None:
    batch_id = await batches.new(secret="the canary")
    assert await batches.store.secret(batch_id) == "the canary"
    assert await batches.store.secret(await batches.new()) is None
    readers = {
        "string": redis.get,
        "hash": redis.hgetall,
        "set": redis.smembers,
        "list": lambda key: redis.lrange(key, 0, -1),
        "zset": lambda key: redis.zrange(key, 0, -1),
    }
    for key in await redis.keys("*"):
        value = await readers[await redis.type(key)](key)
        assert "canary" not in str(value)
    await batches.store.delete(batch_id)
    assert await batches.store.secret(batch_id) is None


async def test_an_idempotency_key_gives_the_same_batch_for_the_same_body_alone(batches: BatchHand) -> None:
    def key(fingerprint: str = "f", tenant: str = "ana") -> Idempotency:
        return Idempotency("tonight", fingerprint, tenant)

    first = await batches.store.create(NEW, idempotency=key())
    again = await batches.store.create(NEW, idempotency=key())
    assert (again.batch_id, first.replayed, again.replayed) == (first.batch_id, False, True)
    with pytest.raises(IdempotencyConflict):
        await batches.store.create(NEW, idempotency=key("another"))
    theirs = await batches.store.create(NEW, idempotency=key("another", "bia"))
    assert theirs.batch_id != first.batch_id
    assert len((await batches.store.list())[0]) == 2


@pytest.mark.parametrize("fingerprint", ["f", "another"])
async def test_the_idempotency_key_of_a_batch_that_was_removed_makes_a_new_one(
    batches: BatchHand, fingerprint: str
) -> None:
    first = await batches.store.create(NEW, idempotency=Idempotency("k", "f"))
    await batches.store.delete(first.batch_id)
    for is_again in (False, True):
        second = await batches.store.create(NEW, idempotency=Idempotency("k", fingerprint))
        assert second.batch_id != first.batch_id
        assert second.replayed is is_again
    assert len((await batches.store.list())[0]) == 1


@pytest.mark.parametrize("idempotency", [None, Idempotency("k", "f")])
async def test_a_batch_that_is_sent_again_after_a_lost_answer_is_filed_once(
    batches: BatchHand, idempotency: Idempotency | None
) -> None:
    for _ in range(2):
        created = await batches.store.create(NEW, batch_id="an-id", idempotency=idempotency)
        assert (created.batch_id, created.replayed) == ("an-id", False)
    assert [batch.id for batch in (await batches.store.list())[0]] == ["an-id"]


async def test_lists_are_newest_first_by_state_by_tenant_and_in_pages(batches: BatchHand) -> None:
    ids = [await batches.new(tenant=tenant) for tenant in ("ana", "bia", "ana", "bia")]
    await batches.store.complete(ids[0])
    await batches.store.cancel(ids[1])
    found: list[str] = []
    cursor = None
    while True:
        page, cursor = await batches.store.list(limit=1, cursor=cursor)
        found += [batch.id for batch in page]
        if cursor is None:
            break
    assert found == ids[::-1]

    async def listed(**filters: object) -> list[str]:
        return [batch.id for batch in (await batches.store.list(**filters))[0]]  # type: ignore[arg-type]

    assert await listed(state=State.DONE) == [ids[0]]
    assert await listed(state=State.CANCELLED) == [ids[1]]
    assert await listed(state=State.OPEN) == [ids[3], ids[2]]
    assert await listed(state=State.COMPLETE) == []
    assert await listed(tenant="ana") == [ids[2], ids[0]]
    with pytest.raises(ValueError, match="cursor"):
        await batches.store.list(cursor="?")


async def test_as_many_inputs_are_taken_as_there_is_room_for(batches: BatchHand) -> None:
    batch_id = await batches.new(maxsize=3)
    assert (await batches.add(batch_id, "a", "b")).taken == 2
    assert (await batches.add(batch_id, "c", "d", "e")).taken == 1
    assert (await batches.add(batch_id, "d", "e")).taken == 0
    assert (await batches.get(batch_id)).counts.inputs == 3
    await batches.hold("one")
    assert await batches.take(batch_id, "one", most=2) == ["a", "b"]
    # What is in flight does not wait.
    assert (await batches.add(batch_id, "d", "e", "f")).taken == 2


async def test_all_or_none_are_taken_when_it_is_asked_for(batches: BatchHand) -> None:
    batch_id = await batches.new(maxsize=3)
    assert (await batches.add(batch_id, "a", "b", "c", "d", is_whole=True)).taken == 0
    assert (await batches.get(batch_id)).counts.inputs == 0
    assert (await batches.add(batch_id, "a", "b", "c", is_whole=True)).taken == 3
    # Those that are there need no room.
    assert (await batches.add(batch_id, "a", "b", "c", is_whole=True)).taken == 3


async def test_inputs_are_bounded_in_bytes_but_a_large_one_is_taken_when_nothing_else_is_held(
    batches: BatchHand,
) -> None:
    batch_id = await batches.new()
    assert (await batches.add(batch_id, "large", "b", value='"' + "x" * 200 + '"', most_bytes=100)).taken == 1
    assert (await batches.add(batch_id, "b", most_bytes=100)).taken == 0
    await batches.hold("one")
    assert await batches.take(batch_id, "one") == ["large"]
    # What is in flight is held, too.
    assert (await batches.add(batch_id, "b", most_bytes=100)).taken == 0
    await batches.output(batch_id, "one", "large")
    assert (await batches.add(batch_id, *"bcdef", value='"' + "x" * 27 + '"', most_bytes=100)).taken == 3


async def test_the_same_value_again_counts_as_taken_wherever_its_input_is(batches: BatchHand) -> None:
    batch_id = await batches.filled(*"abcd", maxsize=4)
    await batches.hold("one")
    await batches.take(batch_id, "one", most=3)
    await batches.output(batch_id, "one", "a")
    await batches.outputs.move(batch_id)
    await batches.output(batch_id, "one", "b")
    # a on the disk, b's output in Redis, c in flight, d waits; the store sees but the last three.
    for _ in range(2):
        added = await batches.add(batch_id, "b", "c", "d")
        assert (added.taken, added.conflicts) == (3, ())
    assert (await batches.get(batch_id)).counts.inputs == 4
    assert await batches.outputs.digests(batch_id, ["a", "b"]) == {"a": hashlib.sha1(b'"a"').hexdigest()}


@pytest.mark.parametrize("place", ["waiting", "in flight", "with an output", "that failed"])
async def test_another_value_for_a_key_is_a_conflict_and_nothing_is_taken(batches: BatchHand, place: str) -> None:
    batch_id = await batches.filled("a")
    await batches.hold("one")
    if place != "waiting":
        await batches.take(batch_id, "one")
    if place in ("with an output", "that failed"):
        kind = Kind.OUTPUT if place == "with an output" else Kind.FAILED
        await batches.output(batch_id, "one", "a", kind=kind)
    for _ in range(2):
        added = await batches.add(batch_id, "new", "a", "newer", value='"another"')
        assert added.conflicts == ("a",)
        assert (await batches.get(batch_id)).counts.inputs == 1


async def test_keys_are_looked_for_on_the_disk_again_when_outputs_went_there_meanwhile(batches: BatchHand) -> None:
    batch_id = await batches.filled("a")
    moves = (await batches.get(batch_id)).moves
    await batches.hold("one")
    await batches.take(batch_id, "one")
    await batches.output(batch_id, "one", "a")
    await batches.outputs.move(batch_id)
    for _ in range(2):
        added = await batches.add(batch_id, "a", "b", moves=moves)
        assert (added.is_outdated, added.taken) == (True, 0)
    assert (await batches.get(batch_id)).counts.inputs == 1


@pytest.mark.parametrize("end", ["complete", "cancel"])
async def test_a_batch_that_is_closed_takes_nothing_new(batches: BatchHand, end: str) -> None:
    batch_id = await batches.filled("a")
    await getattr(batches.store, end)(batch_id)
    with pytest.raises(BatchClosed):
        await batches.add(batch_id, "b")
    if end == "complete":
        assert (await batches.add(batch_id, "a")).taken == 1
    assert await batches.store.add("unknown", [Input("a", "1")], moves=0, is_whole=False, most_bytes=1) is None


async def test_many_who_add_the_same_at_once_add_it_once(batches: BatchHand) -> None:
    batch_id = await batches.new()
    keys = [str(number) for number in range(200)]
    added = await asyncio.gather(*(batches.add(batch_id, *keys[start:], moves=0) for start in range(0, 200, 10)))
    assert all(one.conflicts == () for one in added)
    assert (await batches.get(batch_id)).counts.inputs == 200
    await batches.hold("one")
    assert (await batches.get(batch_id)).counts.waiting == 200


async def test_any_key_and_value_come_back_as_they_were(batches: BatchHand) -> None:
    keys = ["ñ \U0001f600", "a/b?c#d%20", "\n\r\t\0", '"quoted"', "x" * 500, " ", "{}", "0"]
    inputs = [Input(key, json.dumps({"of": key}, ensure_ascii=False)) for key in keys]
    batch_id = await batches.new(concurrency=100)
    await batches.store.add(batch_id, inputs, moves=0, is_whole=True, most_bytes=MOST_BYTES)
    await batches.hold("one")
    turn = await batches.turn(batch_id, "one")
    assert [(one.key, one.value, one.attempt) for one in turn.inputs] == [(one.key, one.value, 1) for one in inputs]
    await batches.output(batch_id, "one", *keys)
    assert {one["key"]: one["value"] for one in await batches.kept(batch_id)} == {key: key for key in keys}
    assert [one["key"] for one in await batches.kept(batch_id)] == sorted(keys, key=str.encode)


async def test_who_waits_for_room_of_bytes_is_woken_when_there_is_some(batches: BatchHand) -> None:
    batch_id = await batches.new(concurrency=10)
    value = '"' + "x" * 98 + '"'
    assert (await batches.add(batch_id, *"abcdefghijkl", value=value, most_bytes=1000)).taken == 9
    await batches.hold("one")
    await batches.take(batch_id, "one", most=5)

    async def wants_room() -> bool:
        return bool(await batches.redis.hexists(f"speedy:batch:{batch_id}", "full"))

    await batches.output(batch_id, "one", "a")
    assert await wants_room()  # few inputs, but many bytes, have no output
    await batches.output(batch_id, "one", "b")
    assert not await wants_room()
