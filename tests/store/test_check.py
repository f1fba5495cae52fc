"""Broken placements, each made by hand, and their repair."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from redis.asyncio import Redis

from server.jobs.job import Priority, Reason, State
from server.jobs.store import Beat, Failed, JobStore, Outcome
from tests.store.conftest import LEASE, Hand

JOBS = "speedy:jobs:"


async def repaired(store: JobStore) -> list[str]:
    """The first check's report; a second one must find nothing more."""
    report = await store.check()
    assert (await store.check()).repaired == []
    return report.repaired


async def test_a_sound_store_needs_no_repair(store: JobStore, hand: Hand) -> None:
    for priority in Priority:
        await hand.submit(priority=priority)
    await hand.running()
    await hand.committing()
    await hand.done()
    delayed = await hand.running(max_attempts=2)
    await store.fail(delayed.job.id, delayed.fence, delayed.nonce, Reason("timeout", ""), retryable=True)
    assert await repaired(store) == []


async def test_an_empty_store_needs_no_repair(store: JobStore) -> None:
    assert await repaired(store) == []


async def test_a_queued_job_in_no_place_is_queued_again(store: JobStore, hand: Hand, redis: Redis) -> None:
    await hand.submit(priority=Priority.LOW)
    lost = await hand.submit(priority=Priority.LOW)
    await redis.lrem(f"{JOBS}queued:low", 0, lost)
    await redis.delete(f"{JOBS}wake")
    (sentence,) = await repaired(store)
    assert lost in sentence
    assert await hand.places(lost) == ["queued:low"]
    assert await redis.llen(f"{JOBS}wake") == 1, "a runner is woken"
    assert (await hand.claim()).job.id == lost


async def test_a_job_twice_in_a_queue_stands_there_once(store: JobStore, hand: Hand, redis: Redis) -> None:
    job_id = await hand.submit()
    await redis.rpush(f"{JOBS}queued", job_id)
    assert len(await repaired(store)) == 1
    assert await hand.places(job_id) == ["queued"]


async def test_a_job_in_two_queues_stands_in_its_own(store: JobStore, hand: Hand, redis: Redis) -> None:
    job_id = await hand.submit(priority=Priority.HIGH)
    await redis.rpush(f"{JOBS}queued:low", job_id)
    assert len(await repaired(store)) == 1
    assert await hand.places(job_id) == ["queued:high"]


async def test_a_retry_that_waits_and_is_queued_too_waits(store: JobStore, hand: Hand, redis: Redis) -> None:
    claim = await hand.running(max_attempts=2)
    reason = Reason("timeout", "slow")
    assert await store.fail(claim.job.id, claim.fence, claim.nonce, reason, retryable=True) is Failed.DELAYED
    await redis.rpush(f"{JOBS}queued", claim.job.id)
    assert len(await repaired(store)) == 1
    assert await hand.places(claim.job.id) == ["delayed"]


async def test_a_retry_in_no_place_is_queued(store: JobStore, hand: Hand, redis: Redis) -> None:
    claim = await hand.running(max_attempts=2)
    await store.fail(claim.job.id, claim.fence, claim.nonce, Reason("timeout", ""), retryable=True)
    await redis.delete(f"{JOBS}delayed")
    assert len(await repaired(store)) == 1
    assert await hand.places(claim.job.id) == ["queued"]


async def test_a_queued_job_among_the_running_is_taken_out(store: JobStore, hand: Hand, redis: Redis) -> None:
    job_id = await hand.submit()
    await redis.rpush(f"{JOBS}running", job_id)
    await redis.zadd(f"{JOBS}leases", {job_id: 1})
    assert len(await repaired(store)) == 2
    assert await hand.places(job_id) == ["queued"]


Break = Callable[[Redis, str, str], Awaitable[object]]


@pytest.mark.parametrize(
    "break_it",
    [
        pytest.param(lambda redis, job_id, _: redis.zrem(f"{JOBS}leases", job_id), id="no lease"),
        pytest.param(lambda redis, job_id, _: redis.lrem(f"{JOBS}running", 0, job_id), id="not among the running"),
        pytest.param(lambda redis, job_id, _: redis.rpush(f"{JOBS}running", job_id), id="twice running"),
        pytest.param(lambda redis, job_id, _: redis.rpush(f"{JOBS}queued", job_id), id="queued too"),
        pytest.param(lambda redis, job_id, _: redis.zadd(f"{JOBS}delayed", {job_id: 1}), id="delayed too"),
        pytest.param(lambda redis, _, nonce: redis.hdel(f"{JOBS}claims", nonce), id="nonce not known"),
        pytest.param(lambda redis, job_id, _: redis.hset(f"{JOBS}claims", "old", job_id), id="old nonce known"),
        pytest.param(lambda redis, job_id, _: redis.zrem(f"{JOBS}by_time", job_id), id="not in the list"),
        pytest.param(lambda redis, job_id, _: redis.zrem(f"{JOBS}by_state:RUNNING", job_id), id="not in its state"),
        pytest.param(lambda redis, job_id, _: redis.zadd(f"{JOBS}by_state:DONE", {job_id: 1}), id="in another state"),
        pytest.param(lambda redis, job_id, _: redis.zadd(f"{JOBS}ended", {job_id: 1}), id="among the ended"),
    ],
)
async def test_a_running_job_keeps_its_lease_and_its_place(
    store: JobStore, hand: Hand, redis: Redis, break_it: Break
) -> None:
    claim = await hand.running()
    await break_it(redis, claim.job.id, claim.nonce)
    found = await repaired(store)
    assert found
    assert all(claim.job.id in sentence for sentence in found)
    assert await hand.places(claim.job.id) == ["running", "leases"]
    assert await store.beat(claim.job.id, claim.fence, claim.nonce, lease_seconds=LEASE) is Beat.OK
    assert await store.claim("runner-1", claim.nonce, lease_seconds=LEASE) == claim
    await store.commit(claim.job.id, claim.fence, claim.nonce, "digest", Outcome())
    assert await repaired(store) == []
    assert await redis.hlen(f"{JOBS}claims") == 0


async def test_a_running_job_that_lost_its_lease_can_be_reaped_again(store: JobStore, hand: Hand, redis: Redis) -> None:
    claim = await hand.running()
    await redis.zrem(f"{JOBS}leases", claim.job.id)
    await store.check()
    await hand.expire(claim.job.id)
    assert (await hand.reap()).requeued == [claim.job.id]


async def test_ids_without_a_record_are_dropped(store: JobStore, hand: Hand, redis: Redis) -> None:
    await hand.submit()
    for name in ("queued:high", "queued", "queued:low", "running"):
        await redis.rpush(f"{JOBS}{name}", f"ghost-{name}", f"ghost-{name}")
    for name in ("delayed", "leases", "by_time", *(f"by_state:{state}" for state in State)):
        await redis.zadd(f"{JOBS}{name}", {f"ghost-{name}": 1})
    await redis.hset(f"{JOBS}claims", "old", "ghost-claim")
    assert len(await repaired(store)) == 4 + 3 + len(State) + 1
    assert await redis.hlen(f"{JOBS}claims") == 0
    jobs, _ = await store.list()
    assert len(jobs) == (await store.counts())["queued"] == 1


@pytest.mark.parametrize("place", ["queued", "queued:high", "running", "leases", "delayed", "by_state:QUEUED"])
async def test_an_ended_job_stands_nowhere(store: JobStore, hand: Hand, redis: Redis, place: str) -> None:
    job_id = await hand.done()
    if place in ("leases", "delayed", "by_state:QUEUED"):
        await redis.zadd(f"{JOBS}{place}", {job_id: 1})
    else:
        await redis.rpush(f"{JOBS}{place}", job_id)
    await redis.set(f"speedy:job:{job_id}:secrets", "left over")
    assert len(await repaired(store)) == 2
    assert await hand.places(job_id) == []
    assert await redis.exists(f"speedy:job:{job_id}:secrets") == 0
    assert (await store.counts())["QUEUED"] == 0


async def test_faults_that_balance_each_other_are_found_too(store: JobStore, hand: Hand, redis: Redis) -> None:
    lost, doubled = await hand.submit(), await hand.submit()
    assert (await store.check()).repaired == []
    await redis.lrem(f"{JOBS}queued", 0, lost)
    await redis.rpush(f"{JOBS}queued", doubled)
    assert len(await repaired(store)) == 2
    assert await hand.places(lost) == await hand.places(doubled) == ["queued"]


async def test_many_faults_are_repaired_over_several_checks(store: JobStore, redis: Redis) -> None:
    ghosts = [f"ghost-{number}" for number in range(1500)]
    await redis.rpush(f"{JOBS}queued", *ghosts)
    first = (await store.check()).repaired
    assert first[-1] == "500 more look wrong; the next check goes on"
    assert len((await store.check()).repaired) == 500
    assert (await store.check()).repaired == []
    assert await redis.llen(f"{JOBS}queued") == 0
