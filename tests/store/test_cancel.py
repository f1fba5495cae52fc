from __future__ import annotations

import asyncio
import time

from redis.asyncio import Redis

from server.jobs.job import Priority, Reason, State, StepProgress, StepState
from server.jobs.store import Beat, Cancelled, JobStore, Outcome
from tests.store.conftest import LEASE, Hand


async def test_a_job_that_waits_is_cancelled_at_once(store: JobStore, hand: Hand) -> None:
    ids = [await hand.submit(priority=priority) for priority in Priority for _ in range(3)]
    for job_id in (ids[0], ids[4], ids[8]):
        assert await store.cancel(job_id) is Cancelled.CANCELLED
        assert await store.cancel(job_id) is Cancelled.CANCELLED
        job = await hand.get(job_id)
        assert (job.state, job.reason and job.reason.code) == (State.CANCELLED, "cancelled")
        assert job.finished_at is not None
        assert await hand.places(job_id) == []
    counts = await store.counts()
    assert (counts["queued"], counts["CANCELLED"]) == (6, 3)


async def test_a_retry_that_waits_is_cancelled_at_once(store: JobStore, hand: Hand) -> None:
    claim = await hand.running(max_attempts=2)
    await store.fail(claim.job.id, claim.fence, claim.nonce, Reason("timeout", "slow"), retryable=True)
    assert await store.cancel(claim.job.id) is Cancelled.CANCELLED
    job = await hand.get(claim.job.id)
    assert (job.state, job.not_before) == (State.CANCELLED, None)
    assert await hand.places(claim.job.id) == []


async def test_the_runner_of_a_running_job_is_called_within_milliseconds(store: JobStore, hand: Hand) -> None:
    claim = await hand.running()
    call = asyncio.create_task(store.next_call("runner-1", 10))
    await hand.redis.ping()  # the call waits by now
    began = time.perf_counter()
    assert await store.cancel(claim.job.id) is Cancelled.REQUESTED
    assert await call == claim.job.id
    assert time.perf_counter() - began < 1


async def test_a_call_waits_for_a_runner_that_was_busy(store: JobStore, hand: Hand, redis: Redis) -> None:
    claim = await hand.running()
    await store.cancel(claim.job.id)
    assert 0 < await redis.ttl("speedy:runner:runner-1:calls") <= 60
    assert await store.next_call("runner-2", 0.01) is None
    assert await store.next_call("runner-1", 10) == claim.job.id


async def test_the_beat_tells_as_well(store: JobStore, hand: Hand) -> None:
    claim = await hand.running()
    for _ in range(2):
        assert await store.cancel(claim.job.id) is Cancelled.REQUESTED
    job = await hand.get(claim.job.id)
    assert (job.state, job.cancel_requested) == (State.RUNNING, True)
    for _ in range(2):
        assert await store.beat(claim.job.id, claim.fence, claim.nonce, lease_seconds=LEASE) is Beat.CANCEL
    kinds = [event.kind for event in await store.events(claim.job.id)]
    assert kinds.count("cancel") == 1


async def test_the_job_is_cancelled_once_its_runner_has_stopped(store: JobStore, hand: Hand) -> None:
    claim = await hand.running()
    await store.cancel(claim.job.id)
    outcome = Outcome((StepProgress("load_rdd", StepState.RUNNING, 5.0),))
    for _ in range(2):
        assert await store.stopped(claim.job.id, claim.fence, claim.nonce, outcome)
    job = await hand.get(claim.job.id)
    assert (job.state, job.reason and job.reason.code) == (State.CANCELLED, "cancelled")
    assert job.step_progress == outcome.step_progress
    assert await hand.places(claim.job.id) == []
    assert await store.cancel(claim.job.id) is Cancelled.CANCELLED


async def test_a_runner_cannot_cancel_on_its_own(store: JobStore, hand: Hand) -> None:
    claim = await hand.running()
    assert not await store.stopped(claim.job.id, claim.fence, claim.nonce)
    assert await store.state(claim.job.id) is State.RUNNING


async def test_an_ended_job_and_an_unknown_id_say_so(store: JobStore, hand: Hand) -> None:
    assert await store.cancel("nobody") is Cancelled.MISSING
    assert await store.cancel(await hand.done()) is Cancelled.ENDED
    claim = await hand.running()
    await store.fail(claim.job.id, claim.fence, claim.nonce, Reason("timeout", "slow"), retryable=False)
    assert await store.cancel(claim.job.id) is Cancelled.ENDED


async def test_of_cancel_and_claim_each_order_is_sound(store: JobStore, hand: Hand) -> None:
    for turn in range(30):
        job_id = await hand.submit()
        both = [store.cancel(job_id), store.claim("runner", f"race-{turn}", lease_seconds=LEASE)]
        cancelled, claim = await asyncio.gather(*both)
        if cancelled is Cancelled.CANCELLED:
            assert claim is None
            assert await hand.places(job_id) == []
        else:
            assert cancelled is Cancelled.REQUESTED
            assert claim.job.id == job_id
            assert await store.stopped(job_id, claim.fence, claim.nonce)


async def test_a_cancelled_job_is_never_claimed(store: JobStore, hand: Hand) -> None:
    first, second = await hand.submit(), await hand.submit()
    await store.cancel(first)
    assert (await hand.claim()).job.id == second


async def test_a_call_list_never_grows_without_end(store: JobStore, hand: Hand, redis: Redis) -> None:
    claim = await hand.running()
    await redis.rpush("speedy:runner:runner-1:calls", *map(str, range(5000)))
    await store.cancel(claim.job.id)
    assert await redis.llen("speedy:runner:runner-1:calls") == 1000
