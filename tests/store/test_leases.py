"""Beats, and the refusal of every call whose lease is lost."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from server.jobs.job import Reason, State, StepProgress, StepState
from server.jobs.store import Beat, Claim, Failed, Finished, Heartbeat, JobStore, Outcome, Prepared, Progress
from tests.store.conftest import LEASE, Hand

REASON = Reason("step_failed", "no")


async def test_a_beat_extends_the_lease(store: JobStore, hand: Hand, redis: Redis) -> None:
    claim = await hand.running()
    await hand.expire(claim.job.id)
    assert await store.beat(claim.job.id, claim.fence, claim.nonce, lease_seconds=LEASE) is Beat.OK
    assert (await hand.reap()).requeued == []
    assert await redis.zscore("speedy:jobs:leases", claim.job.id) > 1_000_000_000_000


async def test_a_beat_keeps_progress(store: JobStore, hand: Hand) -> None:
    claim = await hand.running()
    steps = (StepProgress("load_rdd", StepState.DONE, 12.25), StepProgress("jsonify", StepState.RUNNING))
    stages = ({"stage": 1, "name": "collect", "tasks": 4, "completed": 1, "active": 2, "failed": 0},)
    progress = Progress(steps, stages)
    await store.beat(claim.job.id, claim.fence, claim.nonce, lease_seconds=LEASE, progress=progress)
    await store.beat(claim.job.id, claim.fence, claim.nonce, lease_seconds=LEASE)
    job = await hand.get(claim.job.id)
    assert (job.step_progress, job.stages) == (steps, stages)


async def test_many_beats_in_one_round_trip_answer_in_order(store: JobStore, hand: Hand) -> None:
    first, second = await hand.running(), await hand.running()
    await store.cancel(second.job.id)
    beats = [
        Heartbeat(first.job.id, first.fence, first.nonce, Progress((StepProgress("take", StepState.RUNNING),))),
        Heartbeat(second.job.id, second.fence, second.nonce),
        Heartbeat("nobody", 1, "nonce"),
    ]
    assert await store.beat_many(beats, lease_seconds=LEASE) == [Beat.OK, Beat.CANCEL, Beat.LOST]
    assert (await hand.get(first.job.id)).step_progress[0].state is StepState.RUNNING
    assert await store.beat_many([], lease_seconds=LEASE) == []


async def stale_claims(hand: Hand, store: JobStore) -> list[Claim]:
    """Claims that do not hold: another's fence, another's nonce, reaped, and reaped and claimed again."""
    held = await hand.running()
    reaped = await hand.running()
    await hand.expire(reaped.job.id)
    await hand.reap()
    again = await hand.running()  # the head of the queue: the one that was reaped
    assert again.job.id == reaped.job.id
    waiting = await hand.claim()
    await hand.expire(waiting.job.id)
    await hand.reap()
    return [
        Claim(held.job, held.fence + 100, held.nonce, None, committing=False),
        Claim(held.job, held.fence, "another", None, committing=False),
        reaped,
        waiting,
    ]


async def test_whoever_lost_the_lease_can_do_nothing(store: JobStore, hand: Hand, redis: Redis) -> None:
    for claim in await stale_claims(hand, store):
        job_id, fence, nonce = claim.job.id, claim.fence, claim.nonce
        before = await redis.hgetall(f"speedy:job:{job_id}")
        places = await hand.places(job_id)
        progress = Progress((StepProgress("take", StepState.DONE),))
        assert await store.beat(job_id, fence, nonce, lease_seconds=LEASE, progress=progress) is Beat.LOST
        assert await store.prepare(job_id, fence, nonce, "digest") is Prepared.LOST
        assert await store.commit(job_id, fence, nonce, "digest", Outcome()) is Prepared.LOST
        assert await store.finish(job_id, "digest", Outcome()) is Finished.REFUSED
        assert await store.fail(job_id, fence, nonce, REASON, retryable=True) is Failed.LOST
        assert await store.fail(job_id, fence, nonce, REASON, retryable=False) is Failed.LOST
        assert not await store.stopped(job_id, fence, nonce)
        assert not await store.hand_back(job_id, fence, nonce)
        assert await redis.hgetall(f"speedy:job:{job_id}") == before
        assert await hand.places(job_id) == places


@pytest.mark.parametrize("end", ["done", "failed", "cancelled", "missing"])
async def test_calls_for_a_job_that_is_over_are_refused(store: JobStore, hand: Hand, end: str) -> None:
    claim = await hand.running()
    job_id, fence, nonce = claim.job.id, claim.fence, claim.nonce
    if end == "failed":
        await store.fail(job_id, fence, nonce, REASON, retryable=False)
    elif end == "cancelled":
        await store.cancel(job_id)
        await store.stopped(job_id, fence, nonce)
    else:
        await store.commit(job_id, fence, nonce, "digest", Outcome())
    if end == "missing":
        await store.forget(before_ms=2**45)
    assert await store.beat(job_id, fence, nonce, lease_seconds=LEASE) is Beat.LOST
    assert await store.prepare(job_id, fence, nonce, "another digest") is Prepared.LOST
    assert await store.finish(job_id, "another digest", Outcome()) is Finished.REFUSED
    assert not await store.hand_back(job_id, fence, nonce)
    assert await hand.places(job_id) == []
    expected = {"done": State.DONE, "failed": State.FAILED, "cancelled": State.CANCELLED, "missing": None}[end]
    assert await store.state(job_id) is expected


async def test_a_lease_that_expired_but_was_not_reaped_still_holds(store: JobStore, hand: Hand) -> None:
    claim = await hand.running()
    await hand.expire(claim.job.id)
    assert await store.prepare(claim.job.id, claim.fence, claim.nonce, "digest") is Prepared.OK


async def test_a_job_given_back_stands_at_the_head_and_no_crash_is_counted(store: JobStore, hand: Hand) -> None:
    claim = await hand.running()
    await hand.submit()
    assert await store.hand_back(claim.job.id, claim.fence, claim.nonce)
    assert await store.hand_back(claim.job.id, claim.fence, claim.nonce)
    job = await hand.get(claim.job.id)
    assert (job.state, job.crashes) == (State.QUEUED, 0)
    assert await hand.places(claim.job.id) == ["queued"]
    assert (await hand.claim()).job.id == claim.job.id
    assert not await store.hand_back(claim.job.id, claim.fence, claim.nonce), "another has it now"


async def test_a_job_to_be_cancelled_is_cancelled_when_given_back(store: JobStore, hand: Hand) -> None:
    claim = await hand.running()
    await store.cancel(claim.job.id)
    assert await store.hand_back(claim.job.id, claim.fence, claim.nonce)
    assert await store.hand_back(claim.job.id, claim.fence, claim.nonce)
    assert await store.state(claim.job.id) is State.CANCELLED
    assert await hand.places(claim.job.id) == []


async def test_a_job_that_commits_is_not_given_back(store: JobStore, hand: Hand) -> None:
    claim = await hand.committing()
    assert not await store.hand_back(claim.job.id, claim.fence, claim.nonce)
    assert await hand.places(claim.job.id) == ["running", "leases"]
