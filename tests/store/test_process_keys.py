"""Batch keys in Redis: order, expiry, fences, checkpoints, history, sizes, the line, repeated calls."""

from __future__ import annotations

import asyncio
import re
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from server.changes import Changes
from server.errors import KeyNotHeld, KeysInUse, ProcessExists, ProcessNotFound
from server.processes.line import Line
from server.processes.process import Ending, Lease
from server.processes.store import FOLDER, Once, ProcessStore, Wanted
from server.scripts import read_script
from server.waiting import Waiting
from tests.waiting import until, until_told

SCRIPTS = sorted(path.stem for path in FOLDER.glob("*.lua") if path.stem != "prelude")
JOB = "nightly"


@pytest.fixture
def keys(redis: Redis) -> ProcessStore:
    return ProcessStore(redis)


async def lease(keys: ProcessStore, machine: str = "m", *, seconds: float | None = None) -> Lease:
    found = await keys.acquire(Wanted(JOB, machine, lease_seconds=seconds), str(uuid4()))
    assert found.lease is not None
    return found.lease


async def is_free(keys: ProcessStore) -> bool:
    return (await keys.acquire(Wanted(JOB, "m"), str(uuid4()))).lease is not None


async def in_line(redis: Redis, count: int) -> bool:
    return bool(await redis.llen(f"speedy:processes:line:default:{JOB}") == count)


async def expire(redis: Redis, key: int) -> None:
    """Lets a lease, or an offer, run out."""
    assert await redis.zscore(f"speedy:processes:expiry:default:{JOB}", str(key)) is not None
    await redis.zadd(f"speedy:processes:expiry:default:{JOB}", {str(key): 1})


@pytest.mark.parametrize("name", SCRIPTS)
async def test_a_script_has_a_map_of_what_it_uses_and_redis_accepts_it(redis: Redis, name: str) -> None:
    body = (FOLDER / f"{name}.lua").read_text(encoding="utf-8")
    assert re.match(rf"-- {name}: \w", body)
    script = read_script(FOLDER, name)
    code = re.sub(r"--.*", "", body)
    assert set(re.findall(r"\bK\.(\w+)", code)) <= set(script.keys)
    assert set(re.findall(r"\bA\.(\w+)", code)) | {"prefix", "tenant"} <= set(script.arguments)
    assert await redis.script_load(script.text) == script.sha


async def test_unknown_processes_and_leases_are_told(keys: ProcessStore) -> None:
    for call in (keys.get(JOB), keys.keys(JOB), keys.history(JOB), keys.delete(JOB), keys.resize(JOB, 2)):
        with pytest.raises(ProcessNotFound):
            await call
    with pytest.raises(ProcessNotFound):
        await lease(keys)
    for other in (keys.release("x"), keys.renew("x"), keys.checkpoint("x", "1")):
        with pytest.raises(KeyNotHeld):
            await other


async def test_keys_go_out_lowest_first_and_then_by_completion(keys: ProcessStore) -> None:
    await keys.create(JOB, 12)
    first = [await lease(keys) for _ in range(12)]
    assert [found.batch_key.key for found in first] == list(range(12))
    assert not await is_free(keys)
    for key in (7, 3, 11):
        await keys.release(first[key].external_id)
    again = [await lease(keys) for _ in range(3)]
    assert [found.batch_key.key for found in again] == [7, 3, 11]
    fences = [found.fence for found in (*first, *again)]
    assert fences == sorted(set(fences))


async def test_a_released_lease_is_over(keys: ProcessStore) -> None:
    await keys.create(JOB, 1)
    found = await lease(keys)
    ended = await keys.release(found.external_id)
    assert ended.batch_key.last_completed_at is not None
    for call in (keys.release(found.external_id), keys.renew(found.external_id), keys.checkpoint("x", "1")):
        with pytest.raises(KeyNotHeld):
            await call


async def test_an_expired_lease_returns_its_key_to_its_place_without_completion(
    keys: ProcessStore, redis: Redis
) -> None:
    await keys.create(JOB, 2)
    old = await lease(keys, seconds=60)
    await expire(redis, 0)
    shown = await keys.keys(JOB)
    assert (shown[0].external_id, shown[0].last_completed_at) == (None, None)
    new = await lease(keys, seconds=60)
    assert (new.batch_key.key, new.fence > old.fence) == (0, True)
    with pytest.raises(KeyNotHeld):
        await keys.release(old.external_id)
    await expire(redis, 0)  # a second time: it must not hold up the others
    assert (await lease(keys)).batch_key.key == 1


async def test_a_failed_key_goes_behind_the_others(keys: ProcessStore) -> None:
    await keys.create(JOB, 3)
    turns = []
    for _ in range(5):
        found = await lease(keys)
        turns.append(found.batch_key.key)
        await keys.release(found.external_id, Ending.FAILED if found.batch_key.key == 0 else Ending.COMPLETED)
    assert turns == [0, 1, 2, 0, 1]
    assert (await keys.keys(JOB))[0].last_completed_at is None


async def test_renewal_extends_from_now(keys: ProcessStore, redis: Redis) -> None:
    await keys.create(JOB, 2)
    found = await lease(keys, seconds=60)
    renewed = await keys.renew(found.external_id, lease_seconds=600)
    assert found.expires_at is not None
    assert renewed.expires_at is not None
    assert renewed.expires_at - found.expires_at > 500_000_000
    endless = await lease(keys)
    assert (await keys.renew(endless.external_id)).expires_at is None
    assert (await keys.renew(endless.external_id, lease_seconds=5)).expires_at is not None


async def test_the_next_holder_gets_the_checkpoint(keys: ProcessStore) -> None:
    await keys.create(JOB, 1)
    first = await lease(keys)
    await keys.checkpoint(first.external_id, '{"at":5}')
    await keys.release(first.external_id, Ending.FAILED)
    with pytest.raises(KeyNotHeld):
        await keys.checkpoint(first.external_id, "6")
    second = await lease(keys)
    assert second.checkpoint == '{"at":5}'
    await keys.checkpoint(second.external_id, None)
    await keys.release(second.external_id)
    assert (await lease(keys)).checkpoint is None


async def test_the_history_tells_how_leases_ended_newest_first(keys: ProcessStore, redis: Redis) -> None:
    await keys.create(JOB, 1)
    for ending in (Ending.COMPLETED, Ending.FAILED, Ending.FORCED):
        await keys.release((await lease(keys, ending.value)).external_id, ending)
    await lease(keys, "expired", seconds=60)
    await expire(redis, 0)
    found, more = await keys.history(JOB)
    assert [ended.ending.value for ended in found] == ["expired", "forced", "failed", "completed"]
    assert [ended.machine for ended in found] == ["expired", "forced", "failed", "completed"]
    assert more is None
    pages, cursor = [], None
    while True:
        page, cursor = await keys.history(JOB, limit=3, before=cursor)
        pages.append(len(page))
        if cursor is None:
            break
    assert pages == [3, 1]


async def test_the_history_keeps_the_last_thousand(keys: ProcessStore) -> None:
    await keys.create(JOB, 1)
    for _ in range(1005):
        await keys.release((await lease(keys)).external_id)
    found, cursor = await keys.history(JOB, limit=1000)
    assert (len(found), cursor) == (1000, None)
    assert [ended.fence for ended in found] == list(range(1005, 5, -1))


async def test_growing_adds_keys_and_shrinking_lets_leased_ones_end(keys: ProcessStore) -> None:
    await keys.create(JOB, 2)
    held = [await lease(keys), await lease(keys)]
    await keys.resize(JOB, 3)
    assert (await lease(keys)).batch_key.key == 2
    with pytest.raises(KeysInUse) as refused:
        await keys.resize(JOB, 1, strict=True)
    assert [key for key, _ in refused.value.held] == [1, 2]
    shrunk = await keys.resize(JOB, 1)
    assert (shrunk.size, shrunk.space) == (1, 3)
    await keys.release(held[1].external_id)
    assert not await is_free(keys)
    assert [key.key for key in await keys.keys(JOB)] == [0, 2]
    await keys.resize(JOB, 3)
    assert (await lease(keys)).batch_key.key == 1


async def test_a_process_in_use_is_removed_by_force_only_and_fences_still_rise(keys: ProcessStore) -> None:
    await keys.create(JOB, 2)
    with pytest.raises(ProcessExists):
        await keys.create(JOB, 2)
    held = await lease(keys)
    with pytest.raises(KeysInUse):
        await keys.delete(JOB)
    assert (await keys.delete(JOB, force=True)).leased == 1
    with pytest.raises(KeyNotHeld):
        await keys.renew(held.external_id)
    await keys.create(JOB, 1)
    assert (await lease(keys)).fence > held.fence


async def test_nothing_but_counters_remains_of_a_removed_process(keys: ProcessStore, redis: Redis) -> None:
    await keys.create(JOB, 3)
    found = await lease(keys)
    await keys.checkpoint(found.external_id, "1")
    await keys.acquire(Wanted(JOB, "m"), "ticket", wait=True)
    await keys.delete(JOB, force=True)
    left = {key for key in await redis.keys("*") if await redis.ttl(key) == -1}
    assert left == {"speedy:processes:fence:default"}


async def test_repeated_calls_happen_once(keys: ProcessStore) -> None:
    await keys.create(JOB, 3)
    wanted, own = Wanted(JOB, "m"), str(uuid4())
    first, again = await keys.acquire(wanted, own), await keys.acquire(wanted, own)
    assert first == again
    ended = await keys.release(own, nonce="n")
    assert await keys.release(own, nonce="n") == ended
    with pytest.raises(KeyNotHeld):
        await keys.release(own, nonce="other")
    assert len((await keys.history(JOB))[0]) == 1


async def test_keys_go_to_those_in_line_in_order_and_no_newcomer_overtakes(keys: ProcessStore) -> None:
    await keys.create(JOB, 1)
    held = await lease(keys)
    tickets = [str(uuid4()) for _ in range(5)]
    for ticket in tickets:
        assert (await keys.acquire(Wanted(JOB, ticket), ticket, wait=True)).lease is None
    for ticket in tickets:
        await keys.release(held.external_id)
        assert not await is_free(keys)
        for other in reversed(tickets):
            got = await keys.acquire(Wanted(JOB, other), other, wait=True)
            assert (got.lease is not None) == (other == ticket)
            if got.lease is not None:
                held = got.lease
        tickets = [other for other in tickets if other != ticket]


async def test_a_dead_waiter_and_a_dead_winner_hold_no_one_up(keys: ProcessStore, redis: Redis) -> None:
    await keys.create(JOB, 1)
    held = await lease(keys)
    for ticket in ("dead", "winner", "alive"):
        await keys.acquire(Wanted(JOB, ticket), ticket, wait=True)
    assert 0 < await redis.pttl("speedy:processes:lease:default:dead") <= 5000
    await redis.delete("speedy:processes:lease:default:dead")  # as its time to live does
    await keys.release(held.external_id)
    await expire(redis, 0)  # the winner never came for its key
    got = await keys.acquire(Wanted(JOB, "alive"), "alive", wait=True)
    assert got.lease is not None
    assert len((await keys.history(JOB))[0]) == 1


async def test_leaving_the_line_gives_back_what_was_offered(keys: ProcessStore) -> None:
    await keys.create(JOB, 1)
    held = await lease(keys)
    for ticket in ("a", "b", "c"):
        await keys.acquire(Wanted(JOB, ticket), ticket, wait=True)
    assert (await keys.leave("a", accept=True)).lease is None
    await keys.release(held.external_id)
    assert (await keys.leave("b", accept=False)).lease is None
    assert (await keys.leave("c", accept=True)).lease is not None


async def test_waiters_of_two_servers_are_served_in_order_of_coming(keys: ProcessStore, redis: Redis) -> None:
    await keys.create(JOB, 1)
    held = await lease(keys)
    async with Changes(redis, "speedy:changed") as one, Changes(redis, "speedy:changed") as two:
        lines = [Line(keys, Waiting(one)), Line(keys, Waiting(two))]
        served: list[int] = []

        async def waiter(number: int) -> None:
            acquired, _ = await lines[number % 2].acquire(Wanted(JOB, str(number)), seconds=30)
            assert acquired.lease is not None
            served.append(number)
            await keys.release(acquired.lease.external_id)

        tasks = []
        for number in range(12):
            tasks.append(asyncio.create_task(waiter(number)))
            await until_told(lambda count=number + 1: in_line(redis, count), within=10)
        tasks[4].cancel()
        await asyncio.wait({tasks[4]})
        await keys.release(held.external_id)
        await asyncio.gather(*tasks, return_exceptions=True)
    assert served == [number for number in range(12) if number != 4]


async def test_a_waiter_is_woken_when_a_lease_expires(keys: ProcessStore, redis: Redis) -> None:
    await keys.create(JOB, 1)
    await lease(keys, seconds=0.3)
    async with Changes(redis, "speedy:changed") as changes:
        line = Line(keys, Waiting(changes))
        loop = asyncio.get_running_loop()
        began = loop.time()
        acquired, _ = await line.acquire(Wanted(JOB, "m"), seconds=20)
    assert acquired.lease is not None
    assert loop.time() - began < 0.9


async def test_a_waiter_asks_once_to_join_the_line_and_once_when_it_is_called(keys: ProcessStore, redis: Redis) -> None:
    await keys.create(JOB, 1)
    held = await lease(keys)
    async with Changes(redis, "speedy:changed") as changes:
        line = Line(keys, Waiting(changes))
        await redis.config_resetstat()
        waiting = asyncio.create_task(line.acquire(Wanted(JOB, "m"), seconds=30))
        await until_told(lambda: in_line(redis, 1), within=10)
        await keys.release(held.external_id)
        assert (await waiting)[0].lease is not None
        assert (await redis.info("commandstats"))["cmdstat_evalsha"]["calls"] == 3  # with the release


async def test_two_requests_with_one_idempotency_key_share_a_place_in_line(keys: ProcessStore, redis: Redis) -> None:
    await keys.create(JOB, 1)
    held = await lease(keys)
    wanted = Wanted(JOB, "m", once=Once("once", "of the request"))
    async with Changes(redis, "speedy:changed") as changes:
        line = Line(keys, Waiting(changes))
        first = asyncio.create_task(line.acquire(wanted, seconds=30))
        await until_told(lambda: in_line(redis, 1), within=10)
        assert (await line.acquire(wanted, seconds=0.1))[0].lease is None
        assert await in_line(redis, 1)
        second = asyncio.create_task(line.acquire(wanted, seconds=30))
        await keys.release(held.external_id)
        (one, _), (two, replayed) = await asyncio.gather(first, second)
    assert one.lease is not None
    assert two.lease is not None
    assert (one.external_id, replayed) == (two.external_id, True)


async def test_a_wait_ends_without_a_key_and_leaves_no_trace(keys: ProcessStore, redis: Redis) -> None:
    await keys.create(JOB, 1)
    await lease(keys)
    async with Changes(redis, "speedy:changed") as changes:
        waiting = Waiting(changes)
        line = Line(keys, waiting)
        assert (await line.acquire(Wanted(JOB, "m"), seconds=0.1))[0].lease is None
        assert await redis.llen(f"speedy:processes:line:default:{JOB}") == 0
        task = asyncio.create_task(line.acquire(Wanted(JOB, "m"), seconds=60))
        await until(lambda: bool(waiting._watches), within=10, what="it waits")
        waiting.stop()
        async with asyncio.timeout(5):
            assert (await task)[0].lease is None


async def test_tenants_have_processes_and_leases_of_their_own(keys: ProcessStore) -> None:
    await keys.create(JOB, 1, tenant="ana")
    await keys.create(JOB, 2, tenant="bia")
    found = (await keys.acquire(Wanted(JOB, "m", tenant="ana"), str(uuid4()))).lease
    assert found is not None
    with pytest.raises(KeyNotHeld):
        await keys.release(found.external_id, tenant="bia")
    assert await keys.list(tenant="bia") == ([(JOB, 2)], None)


async def test_a_lease_that_two_requests_ask_for_is_given_back_by_neither(keys: ProcessStore, redis: Redis) -> None:
    await keys.create(JOB, 1)
    held = await lease(keys)
    wanted = Wanted(JOB, "a", once=Once("key", "fingerprint"))
    first = await keys.acquire(wanted, str(uuid4()), wait=True)
    second = await keys.acquire(wanted, str(uuid4()), wait=True)
    assert first.external_id == second.external_id
    await keys.release(held.external_id)
    told = await keys.acquire(wanted, first.external_id, wait=True)
    assert told.lease is not None
    await keys.leave(first.external_id, tenant="default", accept=False)
    assert not await is_free(keys)
    await keys.renew(first.external_id)


async def test_a_place_in_line_that_two_requests_share_is_not_lost_by_one(keys: ProcessStore) -> None:
    await keys.create(JOB, 1)
    held = await lease(keys)
    wanted = Wanted(JOB, "a", once=Once("key", "fingerprint"))
    first = await keys.acquire(wanted, str(uuid4()), wait=True)
    later = await keys.acquire(Wanted(JOB, "b"), str(uuid4()), wait=True)
    await keys.acquire(wanted, str(uuid4()), wait=True)
    await keys.leave(first.external_id, tenant="default", accept=False)
    await keys.release(held.external_id)
    assert (await keys.acquire(Wanted(JOB, "b"), later.external_id, wait=True)).lease is None
    assert (await keys.acquire(wanted, first.external_id, wait=True)).lease is not None
