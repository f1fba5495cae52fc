from __future__ import annotations

import asyncio
import json

import pytest
from redis.asyncio import Redis

from server.errors import IdempotencyConflict, QueueFull
from server.jobs.job import NewJob, Priority, Reason, State
from server.jobs.store import Idempotency, JobStore
from tests.store.conftest import STEPS, Hand

KEY = Idempotency("a key", "fingerprint-1")


async def test_a_submitted_job_is_stored_whole(store: JobStore) -> None:
    new = NewJob(
        [["load_rdd", "naïve ☃.jsonl"], ["take", 12345678901234567890, 0.1]],
        options={"name": "nightly", "deep": {"a": [1, None, True]}},
        name="nightly ☃",
        tags=("b", "a"),
        priority=Priority.LOW,
        timeout_seconds=12.5,
        max_attempts=4,
    )
    submitted = await store.submit(new)
    job = await store.get(submitted.job_id)
    assert job is not None
    assert (job.id, job.state, job.attempts, job.phase) == (submitted.job_id, State.QUEUED, 0, "")
    stored = (job.steps, job.options, job.name, job.tags, job.priority, job.timeout_seconds, job.max_attempts)
    assert stored == (new.steps, new.options, new.name, new.tags, new.priority, new.timeout_seconds, new.max_attempts)
    assert not submitted.replayed


async def test_what_is_left_out_has_its_default(store: JobStore) -> None:
    submitted = await store.submit(NewJob(STEPS))
    job = await store.get(submitted.job_id)
    assert job is not None
    assert (job.options, job.name, job.tags, job.priority) == ({}, None, (), Priority.NORMAL)
    assert (job.timeout_seconds, job.max_attempts, job.result, job.attempt) == (None, 1, None, None)


async def test_steps_go_through_redis_as_they_were_written(store: JobStore, redis: Redis) -> None:
    steps = [["f", 1.0, 1e300, 12345678901234567890123, [], {}, "\u2028 é \\u0041", {"b": 1, "a": 2}]]
    submitted = await store.submit(NewJob(steps))
    text = await redis.hget(f"speedy:job:{submitted.job_id}", "steps")
    assert text == json.dumps(steps, separators=(",", ":"), ensure_ascii=False)


async def test_an_unknown_id_has_no_job(store: JobStore) -> None:
    assert await store.get("nobody") is None
    assert await store.state("nobody") is None


async def test_a_submission_repeated_with_its_id_is_filed_once(store: JobStore, hand: Hand) -> None:
    for _ in range(3):
        submitted = await store.submit(NewJob(STEPS), job_id="my-job")
        assert (submitted.job_id, submitted.replayed) == ("my-job", False)
    assert await hand.places("my-job") == ["queued"]
    assert (await store.counts())["QUEUED"] == 1


async def test_a_repeated_submission_does_not_bring_an_ended_job_back(store: JobStore, hand: Hand) -> None:
    await store.submit(NewJob(STEPS), job_id="my-job")
    await store.cancel("my-job")
    await store.submit(NewJob(STEPS), job_id="my-job")
    assert await store.state("my-job") is State.CANCELLED
    assert await hand.places("my-job") == []


async def test_jobs_start_in_the_order_of_their_submission(hand: Hand) -> None:
    ids = [await hand.submit() for _ in range(20)]
    assert [(await hand.claim()).job.id for _ in ids] == ids


async def test_a_full_queue_refuses_and_says_when_to_come_again(store: JobStore, hand: Hand) -> None:
    for _ in range(2):
        await store.submit(NewJob(STEPS), capacity=2)
    with pytest.raises(QueueFull) as refused:
        await store.submit(NewJob(STEPS, priority=Priority.HIGH), job_id="refused", capacity=2)
    assert refused.value.retry_after > 0
    assert await store.get("refused") is None
    await hand.claim()
    await store.submit(NewJob(STEPS), capacity=2)


async def test_a_retry_that_waits_counts_as_queued(store: JobStore, hand: Hand) -> None:
    claim = await hand.running(max_attempts=2)
    await store.fail(claim.job.id, claim.fence, claim.nonce, Reason("step_failed", "no"), retryable=True)
    with pytest.raises(QueueFull):
        await store.submit(NewJob(STEPS), capacity=1)


async def test_a_known_key_gives_the_job_filed_first_even_when_the_queue_is_full(store: JobStore) -> None:
    first = await store.submit(NewJob(STEPS), idempotency=KEY, capacity=1)
    again = await store.submit(NewJob(STEPS), idempotency=KEY, capacity=1)
    assert (first.replayed, again.replayed, again.job_id) == (False, True, first.job_id)
    assert (await store.counts())["queued"] == 1


async def test_a_known_key_with_another_body_is_a_conflict(store: JobStore) -> None:
    await store.submit(NewJob(STEPS), idempotency=KEY)
    with pytest.raises(IdempotencyConflict):
        await store.submit(NewJob(STEPS), idempotency=Idempotency(KEY.key, "fingerprint-2"))
    assert (await store.counts())["queued"] == 1


async def test_keys_of_tenants_do_not_meet(store: JobStore) -> None:
    first = await store.submit(NewJob(STEPS), idempotency=KEY)
    other = await store.submit(NewJob(STEPS), idempotency=Idempotency(KEY.key, "other", tenant="b"))
    assert first.job_id != other.job_id


async def test_a_key_is_kept_for_a_day_also_once_the_job_is_forgotten(
    store: JobStore, redis: Redis, hand: Hand
) -> None:
    first = await store.submit(NewJob(STEPS), idempotency=KEY)
    await store.cancel(first.job_id)
    await store.forget(before_ms=2**45)
    (key,) = await redis.keys("speedy:idempotency:*")
    day = 24 * 3600 * 1000
    assert day - 60_000 < await redis.pttl(key) <= day
    assert KEY.key not in key
    assert (await store.submit(NewJob(STEPS), idempotency=KEY)).job_id == first.job_id


async def test_a_refused_submission_leaves_its_key_free(store: JobStore, hand: Hand) -> None:
    await hand.submit()
    with pytest.raises(QueueFull):
        await store.submit(NewJob(STEPS), idempotency=KEY, capacity=1)
    assert not (await store.submit(NewJob(STEPS), idempotency=KEY, capacity=2)).replayed


async def test_of_concurrent_submissions_with_one_key_one_is_filed(store: JobStore) -> None:
    made = await asyncio.gather(*(store.submit(NewJob(STEPS), idempotency=KEY) for _ in range(30)))
    assert len({submitted.job_id for submitted in made}) == 1
    assert [submitted.replayed for submitted in made].count(False) == 1
    assert (await store.counts())["queued"] == 1


async def test_a_key_with_a_lone_surrogate_and_a_fingerprint_with_spaces_are_taken(store: JobStore) -> None:
    odd = Idempotency("\ud800", "two words")
    first = await store.submit(NewJob(STEPS), idempotency=odd)
    assert (await store.submit(NewJob(STEPS), idempotency=odd)).job_id == first.job_id
