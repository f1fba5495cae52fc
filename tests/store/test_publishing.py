"""The decision to publish, and DONE at most once."""

from __future__ import annotations

import asyncio

from redis.asyncio import Redis

from server.jobs.job import Reason, State, StepProgress, StepState
from server.jobs.store import Beat, Cancelled, Failed, Finished, JobStore, Outcome, Prepared
from tests.store.conftest import LEASE, Hand

OUTCOME = Outcome(
    step_progress=(StepProgress("take", StepState.DONE, 3.5),),
    stages=({"stage": 0, "name": "take", "tasks": 1, "completed": 1, "active": 0, "failed": 0},),
    rejects=7,
    result={"rows": 5, "bytes": 99, "truncated": False},
)


async def done_events(store: JobStore, job_id: str) -> int:
    return sum(event.kind == "state" and event.data["state"] == "DONE" for event in await store.events(job_id))


async def test_prepare_records_the_decision_and_the_attempt(store: JobStore, hand: Hand) -> None:
    claim = await hand.running()
    for _ in range(3):
        assert await store.prepare(claim.job.id, claim.fence, claim.nonce, "digest", OUTCOME) is Prepared.OK
    job = await hand.get(claim.job.id)
    assert (job.state, job.phase, job.attempt) == (State.RUNNING, "committing", f"{claim.fence}-{claim.nonce}")
    assert (job.rejects, job.result) == (OUTCOME.rejects, OUTCOME.result)


async def test_a_decision_is_not_changed_by_another_digest(store: JobStore, hand: Hand) -> None:
    claim = await hand.committing("digest")
    assert await store.prepare(claim.job.id, claim.fence, claim.nonce, "another") is Prepared.LOST
    assert await store.commit(claim.job.id, claim.fence, claim.nonce, "another", OUTCOME) is Prepared.LOST
    assert await store.finish(claim.job.id, "another", OUTCOME) is Finished.REFUSED
    assert await store.finish(claim.job.id, "digest", OUTCOME) is Finished.DONE


async def test_finish_without_the_decision_is_refused(store: JobStore, hand: Hand) -> None:
    claim = await hand.running()
    assert await store.finish(claim.job.id, "digest", OUTCOME) is Finished.REFUSED
    assert await store.finish(claim.job.id, "", OUTCOME) is Finished.REFUSED
    assert await store.finish("nobody", "digest", OUTCOME) is Finished.REFUSED
    assert await store.state(claim.job.id) is State.RUNNING


async def test_a_finished_job_is_done_once(store: JobStore, hand: Hand, redis: Redis) -> None:
    claim = await hand.committing()
    answers = await asyncio.gather(*(store.finish(claim.job.id, "digest", OUTCOME) for _ in range(20)))
    assert sorted(answers) == sorted([Finished.DONE, *[Finished.ALREADY] * 19])
    job = await hand.get(claim.job.id)
    assert (job.state, job.phase, job.attempt) == (State.DONE, "", f"{claim.fence}-{claim.nonce}")
    assert (job.step_progress, job.stages) == (OUTCOME.step_progress, OUTCOME.stages)
    assert (job.rejects, job.result) == (OUTCOME.rejects, OUTCOME.result)
    assert job.finished_at is not None
    assert await done_events(store, claim.job.id) == 1
    assert await hand.places(claim.job.id) == []
    assert await redis.hlen("speedy:jobs:claims") == 0


async def test_an_outcome_left_out_keeps_what_prepare_recorded(store: JobStore, hand: Hand) -> None:
    claim = await hand.running()
    await store.prepare(claim.job.id, claim.fence, claim.nonce, "digest", OUTCOME)
    await store.finish(claim.job.id, "digest", Outcome())
    job = await hand.get(claim.job.id)
    assert (job.step_progress, job.rejects, job.result) == (OUTCOME.step_progress, OUTCOME.rejects, OUTCOME.result)


async def test_commit_prepares_and_finishes_at_once(store: JobStore, hand: Hand) -> None:
    claim = await hand.running()
    answers = await asyncio.gather(
        *(store.commit(claim.job.id, claim.fence, claim.nonce, "digest", OUTCOME) for _ in range(5))
    )
    assert set(answers) == {Prepared.OK}
    job = await hand.get(claim.job.id)
    assert (job.state, job.attempt, job.result) == (State.DONE, f"{claim.fence}-{claim.nonce}", OUTCOME.result)
    assert await done_events(store, claim.job.id) == 1


async def test_prepare_repeated_after_the_end_says_the_same(store: JobStore, hand: Hand) -> None:
    claim = await hand.committing()
    await store.finish(claim.job.id, "digest", OUTCOME)
    assert await store.prepare(claim.job.id, claim.fence, claim.nonce, "digest") is Prepared.OK
    assert await store.state(claim.job.id) is State.DONE


async def test_a_cancel_before_the_decision_prevents_it(store: JobStore, hand: Hand) -> None:
    for decide in ("prepare", "commit"):
        claim = await hand.running()
        assert await store.cancel(claim.job.id) is Cancelled.REQUESTED
        if decide == "prepare":
            assert await store.prepare(claim.job.id, claim.fence, claim.nonce, "digest") is Prepared.CANCEL
        else:
            assert await store.commit(claim.job.id, claim.fence, claim.nonce, "digest", OUTCOME) is Prepared.CANCEL
        job = await hand.get(claim.job.id)
        assert (job.state, job.phase, job.attempt) == (State.RUNNING, "", None)


async def test_a_cancel_after_the_decision_is_refused(store: JobStore, hand: Hand) -> None:
    claim = await hand.committing()
    assert await store.cancel(claim.job.id) is Cancelled.ENDED
    assert await store.beat(claim.job.id, claim.fence, claim.nonce, lease_seconds=LEASE) is Beat.OK
    assert not await store.stopped(claim.job.id, claim.fence, claim.nonce)
    assert await store.finish(claim.job.id, "digest", OUTCOME) is Finished.DONE


async def test_of_cancel_and_decision_exactly_one_wins(store: JobStore, hand: Hand) -> None:
    for turn in range(30):
        claim = await hand.running()
        both = [store.cancel(claim.job.id), store.prepare(claim.job.id, claim.fence, claim.nonce, "digest")]
        answers = await asyncio.gather(*(reversed(both) if turn % 2 else both))
        assert set(answers) in ({Cancelled.REQUESTED, Prepared.CANCEL}, {Cancelled.ENDED, Prepared.OK})


async def test_a_decided_job_fails_only_when_its_publication_could_not_be_done(store: JobStore, hand: Hand) -> None:
    for code in ("step_failed", "timeout", "cancelled"):
        claim = await hand.committing()
        answer = await store.fail(claim.job.id, claim.fence, claim.nonce, Reason(code, "no"), retryable=False)
        assert answer is Failed.LOST
        assert await store.state(claim.job.id) is State.RUNNING
    for code in ("destination_exists", "storage_failed", "disk_full"):
        claim = await hand.committing(max_attempts=5)
        answer = await store.fail(claim.job.id, claim.fence, claim.nonce, Reason(code, "no"), retryable=True)
        assert answer is Failed.FAILED
        job = await hand.get(claim.job.id)
        assert (job.state, job.phase) == (State.FAILED, "")
        assert await store.finish(claim.job.id, "digest", OUTCOME) is Finished.REFUSED
