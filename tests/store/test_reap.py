"""Jobs whose runner died."""

from __future__ import annotations

from redis.asyncio import Redis

from server.jobs.job import Priority, State
from server.jobs.store import Beat, Finished, JobStore, Outcome, Prepared
from tests.store.conftest import LEASE, Hand


async def test_an_expired_lease_returns_the_job_to_the_head_of_its_queue(store: JobStore, hand: Hand) -> None:
    claims = [await hand.running(priority=Priority.HIGH) for _ in range(3)]
    waiting = await hand.submit(priority=Priority.HIGH)
    for claim in claims:
        await hand.expire(claim.job.id)
    reaped = await hand.reap()
    ids = [claim.job.id for claim in claims]
    assert sorted(reaped.requeued) == sorted(ids)
    assert (reaped.failed, reaped.takeovers) == ([], [])
    for job_id in ids:
        job = await hand.get(job_id)
        assert (job.state, job.crashes, job.reason and job.reason.code) == (State.QUEUED, 1, "runner_lost")
        assert await hand.places(job_id) == ["queued:high"]
    again = [(await hand.claim()).job.id for _ in range(4)]
    assert set(again[:3]) == set(ids)
    assert again[3] == waiting


async def test_the_first_to_expire_stands_first(store: JobStore, hand: Hand, redis: Redis) -> None:
    claims = [await hand.running() for _ in range(3)]
    for end, number in enumerate((2, 0, 1), 1):
        await redis.zadd("speedy:jobs:leases", {claims[number].job.id: end})
    await hand.reap()
    assert [(await hand.claim()).job.id for _ in range(3)] == [claims[number].job.id for number in (2, 0, 1)]


async def test_a_lease_that_lasts_is_left_alone(store: JobStore, hand: Hand) -> None:
    claim = await hand.running()
    reaped = await hand.reap()
    assert (reaped.requeued, reaped.failed, reaped.takeovers) == ([], [], [])
    assert await store.beat(claim.job.id, claim.fence, claim.nonce, lease_seconds=LEASE) is Beat.OK


async def test_the_third_crash_fails_the_job(store: JobStore, hand: Hand) -> None:
    job_id = await hand.submit()
    for _ in range(2):
        await hand.claim()
        await hand.expire(job_id)
        assert (await hand.reap()).requeued == [job_id]
    await hand.claim()
    await hand.expire(job_id)
    assert (await hand.reap()).failed == [job_id]
    job = await hand.get(job_id)
    assert (job.state, job.crashes, job.reason and job.reason.code) == (State.FAILED, 3, "runner_lost")
    assert "3 times" in job.reason.detail
    assert await hand.places(job_id) == []
    assert (await store.counts())["FAILED"] == 1


async def test_how_many_crashes_fail_a_job_may_be_set(hand: Hand) -> None:
    claim = await hand.running()
    await hand.expire(claim.job.id)
    assert (await hand.reap(max_crashes=1)).failed == [claim.job.id]


async def test_a_job_that_was_to_be_cancelled_is_cancelled(store: JobStore, hand: Hand) -> None:
    claim = await hand.running()
    await store.cancel(claim.job.id)
    await hand.expire(claim.job.id)
    assert (await hand.reap()).cancelled == [claim.job.id]
    assert await store.state(claim.job.id) is State.CANCELLED
    assert await hand.places(claim.job.id) == []


async def test_a_job_that_commits_is_taken_over_with_all_that_its_publication_needs(
    store: JobStore, hand: Hand
) -> None:
    first = await hand.committing(secrets={"key": "value"})
    await hand.expire(first.job.id)
    (taken,) = (await hand.reap("runner-2")).takeovers
    assert (taken.committing, taken.digest, taken.secrets) == (True, "digest", {"key": "value"})
    assert taken.job.attempt == f"{first.fence}-{first.nonce}"
    assert (taken.job.rejects, taken.job.owner, taken.job.crashes) == (2, "runner-2", 1)
    assert taken.fence > first.fence
    assert taken.nonce != first.nonce
    assert await hand.places(first.job.id) == ["running", "leases"]
    assert await store.beat(first.job.id, first.fence, first.nonce, lease_seconds=LEASE) is Beat.LOST
    assert await store.prepare(first.job.id, first.fence, first.nonce, "digest") is Prepared.LOST
    assert await store.beat(taken.job.id, taken.fence, taken.nonce, lease_seconds=LEASE) is Beat.OK
    assert (await hand.reap()).takeovers == [], "its lease is fresh"
    assert await store.finish(taken.job.id, taken.digest, Outcome()) is Finished.DONE
    job = await hand.get(first.job.id)
    assert (job.state, job.attempt) == (State.DONE, f"{first.fence}-{first.nonce}")


async def test_the_first_runner_may_finish_what_another_took_over(store: JobStore, hand: Hand) -> None:
    first = await hand.committing()
    await hand.expire(first.job.id)
    (taken,) = (await hand.reap()).takeovers
    assert await store.finish(first.job.id, "digest", Outcome()) is Finished.DONE
    assert await store.finish(taken.job.id, taken.digest, Outcome()) is Finished.ALREADY


async def test_a_decided_job_is_taken_over_however_often_its_runner_dies(store: JobStore, hand: Hand) -> None:
    claim = await hand.committing()
    for crashes in range(1, 6):
        await hand.expire(claim.job.id)
        (claim,) = (await hand.reap()).takeovers
        assert claim.job.crashes == crashes
    assert await store.finish(claim.job.id, "digest", Outcome()) is Finished.DONE


async def test_a_takeover_can_be_reached_by_its_nonce(store: JobStore, hand: Hand) -> None:
    claim = await hand.committing()
    await hand.expire(claim.job.id)
    (taken,) = (await hand.reap()).takeovers
    assert await store.claim("runner-2", taken.nonce, lease_seconds=LEASE) == taken


async def test_a_repeated_call_gets_the_same_takeovers(hand: Hand) -> None:
    for _ in range(3):
        claim = await hand.committing()
        await hand.expire(claim.job.id)
    first = await hand.reap(nonce="call-1")
    assert len(first.takeovers) == 3
    assert (await hand.reap(nonce="call-1")).takeovers == first.takeovers
    assert (await hand.reap(nonce="call-2")).takeovers == []


async def test_a_call_reaps_at_most_a_hundred(hand: Hand) -> None:
    for _ in range(130):
        await hand.expire((await hand.running()).job.id)
    assert len((await hand.reap()).requeued) == 100
    assert len((await hand.reap()).requeued) == 30


async def test_a_lease_of_no_running_job_is_dropped(store: JobStore, hand: Hand, redis: Redis) -> None:
    await redis.zadd("speedy:jobs:leases", {"nobody": 1})
    reaped = await hand.reap()
    assert (reaped.requeued, reaped.failed) == ([], [])
    assert await redis.zcard("speedy:jobs:leases") == 0


async def test_after_a_restart_of_redis_no_job_is_reaped_for_one_lease(
    store: JobStore, hand: Hand, redis: Redis
) -> None:
    claim = await hand.running()
    await hand.expire(claim.job.id)
    await redis.hset("speedy:jobs:server", mapping={"run_id": "the one before", "since": 0})
    for _ in range(3):
        reaped = await store.reap("runner-2", lease_seconds=LEASE)
        assert (reaped.requeued, reaped.failed, reaped.takeovers) == ([], [], [])
    assert await store.beat(claim.job.id, claim.fence, claim.nonce, lease_seconds=LEASE) is Beat.OK
    since = int(await redis.hget("speedy:jobs:server", "since"))
    await redis.hset("speedy:jobs:server", "since", since - int(LEASE * 1000))  # one lease later
    await hand.expire(claim.job.id)
    assert (await store.reap("runner-2", lease_seconds=LEASE)).requeued == [claim.job.id]
