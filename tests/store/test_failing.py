"""Failures, and the retries that wait for their time."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from server.jobs.job import Priority, Reason, State, StepProgress, StepState
from server.jobs.store import Failed, JobStore, Outcome
from tests.store.conftest import Hand

REASON = Reason(
    "step_failed", "naïve \ud800 \"text\"\n", step=1, function="jsonify", argument="strict", hint="do this"
)  # fmt: skip


async def test_a_failure_ends_the_job_with_its_reason(store: JobStore, hand: Hand) -> None:
    claim = await hand.running(max_attempts=3)
    outcome = Outcome((StepProgress("load_rdd", StepState.FAILED, 1.0),), rejects=3)
    for _ in range(3):
        answer = await store.fail(claim.job.id, claim.fence, claim.nonce, REASON, retryable=False, outcome=outcome)
        assert answer is Failed.FAILED
    job = await hand.get(claim.job.id)
    assert (job.state, job.reason, job.rejects) == (State.FAILED, REASON, 3)
    assert job.step_progress == outcome.step_progress
    assert job.finished_at is not None
    assert await hand.places(claim.job.id) == []
    ends = [event.data for event in await store.events(job.id) if event.data.get("state") == "FAILED"]
    assert ends == [
        {"function": "load_rdd", "state": "FAILED", "milliseconds": 1, "index": 0},
        {"state": "FAILED", "reason": REASON.to_json()},
    ]


async def test_the_attempt_is_noted_only_where_it_is_kept_and_the_job_failed_by_it(store: JobStore, hand: Hand) -> None:
    claim = await hand.running()
    lost = await store.fail(claim.job.id, claim.fence, "another", REASON, retryable=False, kept=True)
    assert (lost, (await hand.get(claim.job.id)).attempt) == (Failed.LOST, None)
    for _ in range(2):
        await store.fail(claim.job.id, claim.fence, claim.nonce, REASON, retryable=False, kept=True)
    assert (await hand.get(claim.job.id)).attempt == f"{claim.fence}-{claim.nonce}"
    delayed = await hand.running(max_attempts=2)
    await store.fail(delayed.job.id, delayed.fence, delayed.nonce, REASON, retryable=True, kept=True)
    assert (await hand.get(delayed.job.id)).attempt is None


async def test_a_failure_that_may_pass_waits_for_another_attempt(store: JobStore, hand: Hand) -> None:
    claim = await hand.running(max_attempts=2)
    for _ in range(3):
        answer = await store.fail(claim.job.id, claim.fence, claim.nonce, REASON, retryable=True)
        assert answer is Failed.DELAYED
    job = await hand.get(claim.job.id)
    assert (job.state, job.reason, job.finished_at) == (State.QUEUED, REASON, None)
    assert await hand.places(claim.job.id) == ["delayed"]
    assert (await store.counts())["delayed"] == 1
    assert await store.claim("runner", "early", lease_seconds=30) is None, "it is not due yet"


async def test_the_last_attempt_fails_for_good(store: JobStore, hand: Hand) -> None:
    claim = await hand.running(max_attempts=3)
    answers = []
    while True:
        answers.append(await store.fail(claim.job.id, claim.fence, claim.nonce, REASON, retryable=True))
        if answers[-1] is Failed.FAILED:
            break
        await hand.let_retry_fall_due(claim.job.id)
        claim = await hand.claim()
    assert answers == [Failed.DELAYED, Failed.DELAYED, Failed.FAILED]
    assert (await hand.get(claim.job.id)).attempts == 3


async def test_deaths_of_the_runner_use_up_no_attempt(store: JobStore, hand: Hand) -> None:
    claim = await hand.running(max_attempts=2)
    for _ in range(2):
        await hand.expire(claim.job.id)
        await hand.reap()
        claim = await hand.claim()
    assert await store.fail(claim.job.id, claim.fence, claim.nonce, REASON, retryable=True) is Failed.DELAYED


async def test_the_delay_doubles_up_to_five_minutes(store: JobStore, hand: Hand, redis: Redis) -> None:
    claim = await hand.running(max_attempts=100)
    delays = []
    for _ in range(10):
        seconds, micros = await redis.time()
        await store.fail(claim.job.id, claim.fence, claim.nonce, REASON, retryable=True)
        due = await redis.zscore("speedy:jobs:delayed", claim.job.id)
        assert (await hand.get(claim.job.id)).not_before == due
        delays.append(due / 1000 - seconds - micros / 1e6)
        await hand.let_retry_fall_due(claim.job.id)
        claim = await hand.claim()
    for number, delay in enumerate(delays):
        least = min(2 * 2**number, 300)
        # Due times are whole milliseconds.
        assert least - 0.001 <= delay <= least * 1.25 + 1


async def test_retries_that_are_due_come_first_in_their_order(store: JobStore, hand: Hand, redis: Redis) -> None:
    claims = [await hand.running(max_attempts=2, priority=Priority.LOW) for _ in range(3)]
    for claim in claims:
        await store.fail(claim.job.id, claim.fence, claim.nonce, REASON, retryable=True)
    waiting = await hand.submit(priority=Priority.LOW)
    for due, number in enumerate((2, 0, 1), 1):
        await redis.zadd("speedy:jobs:delayed", {claims[number].job.id: due})
    order = [(await hand.claim()).job.id for _ in range(4)]
    assert order == [claims[2].job.id, claims[0].job.id, claims[1].job.id, waiting]


async def test_a_job_that_was_to_be_cancelled_is_not_tried_again(store: JobStore, hand: Hand) -> None:
    claim = await hand.running(max_attempts=5)
    await store.cancel(claim.job.id)
    assert await store.fail(claim.job.id, claim.fence, claim.nonce, REASON, retryable=True) is Failed.FAILED


@pytest.mark.parametrize("retryable", [True, False])
async def test_a_job_without_further_attempts_fails_at_once(store: JobStore, hand: Hand, retryable: bool) -> None:
    claim = await hand.running()
    assert await store.fail(claim.job.id, claim.fence, claim.nonce, REASON, retryable=retryable) is Failed.FAILED
