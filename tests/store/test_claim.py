from __future__ import annotations

import asyncio

from redis.asyncio import Redis

from server.jobs.job import Priority, Reason, State
from server.jobs.store import JobStore, Outcome
from tests.store.conftest import LEASE, Hand


async def test_an_empty_queue_gives_nothing_and_writes_nothing(store: JobStore, redis: Redis) -> None:
    assert await store.claim("runner", "nonce", lease_seconds=LEASE) is None
    assert await redis.keys("*") == []


async def test_a_claimed_job_runs_under_a_lease(store: JobStore, hand: Hand, redis: Redis) -> None:
    job_id = await hand.submit()
    claim = await hand.claim("runner-7")
    assert claim.job == await store.get(job_id)
    assert (claim.job.state, claim.job.owner, claim.job.attempts) == (State.RUNNING, "runner-7", 1)
    assert claim.job.fence == claim.fence == 1
    assert claim.job.started_at is not None
    assert claim.job.started_at >= claim.job.submitted_at
    assert not claim.committing
    assert claim.secrets is None
    assert await hand.places(job_id) == ["running", "leases"]
    seconds, micros = await redis.time()
    left = await redis.zscore("speedy:jobs:leases", job_id) / 1000 - seconds - micros / 1e6
    assert LEASE - 5 < left <= LEASE


async def test_the_same_nonce_gets_the_same_job_again(store: JobStore, hand: Hand) -> None:
    await hand.submit()
    await hand.submit()
    first = await store.claim("runner", "nonce", lease_seconds=LEASE)
    assert await store.claim("runner", "nonce", lease_seconds=LEASE) == first
    assert (await store.counts())["running"] == 1


async def test_a_nonce_whose_job_ended_claims_the_next(store: JobStore, hand: Hand) -> None:
    await hand.submit()
    second = await hand.submit()
    first = await store.claim("runner", "nonce", lease_seconds=LEASE)
    assert first is not None
    await store.commit(first.job.id, first.fence, first.nonce, "digest", Outcome())
    again = await store.claim("runner", "nonce", lease_seconds=LEASE)
    assert again is not None
    assert again.job.id == second


async def test_every_claim_has_a_greater_fence(hand: Hand) -> None:
    for _ in range(5):
        await hand.submit()
    fences = [(await hand.claim()).fence for _ in range(5)]
    assert fences == sorted(set(fences))


async def test_many_runners_never_get_the_same_job(store: JobStore, hand: Hand) -> None:
    ids = {await hand.submit() for _ in range(40)}
    claims = await asyncio.gather(
        *(store.claim(f"runner-{number}", f"own-{number}", lease_seconds=LEASE) for number in range(50))
    )
    claimed = [claim.job.id for claim in claims if claim]
    assert len(claimed) == len(ids)
    assert set(claimed) == ids


async def test_of_ten_turns_the_levels_get_six_three_and_one(hand: Hand) -> None:
    for priority in Priority:
        for _ in range(40):
            await hand.submit(priority=priority)
    levels = [(await hand.claim()).job.priority for _ in range(40)]
    for start in range(0, 40, 10):
        ten = levels[start : start + 10]
        assert [ten.count(priority) for priority in (Priority.HIGH, Priority.NORMAL, Priority.LOW)] == [6, 3, 1]


async def test_a_low_job_starts_within_ten_turns_however_many_high_ones_wait(hand: Hand) -> None:
    low = await hand.submit(priority=Priority.LOW)
    for _ in range(30):
        await hand.submit(priority=Priority.HIGH)
    assert low in [(await hand.claim()).job.id for _ in range(10)]


async def test_a_level_alone_gets_every_turn(hand: Hand) -> None:
    for priority in Priority:
        ids = [await hand.submit(priority=priority) for _ in range(12)]
        assert [(await hand.claim()).job.id for _ in ids] == ids


async def test_ids_of_no_job_in_the_queue_are_passed_over(store: JobStore, hand: Hand, redis: Redis) -> None:
    await redis.rpush("speedy:jobs:queued", *(f"litter-{number}" for number in range(350)))
    job_id = await hand.submit()
    assert (await hand.claim()).job.id == job_id
    assert (await store.counts())["running"] == 1
    assert await redis.llen("speedy:jobs:queued") == 0


async def test_a_claim_clears_what_the_attempt_before_left(store: JobStore, hand: Hand) -> None:
    claim = await hand.running(max_attempts=2)
    await store.fail(claim.job.id, claim.fence, claim.nonce, Reason("step_failed", "no"), retryable=True)
    await hand.let_retry_fall_due(claim.job.id)
    job = (await hand.claim()).job
    assert (job.attempts, job.reason, job.not_before, job.step_progress) == (2, None, None, ())
