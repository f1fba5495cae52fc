from __future__ import annotations

import asyncio

import pytest
from redis.asyncio import Redis

from server.jobs.job import Reason, State, StepProgress, StepState
from server.jobs.store import JobStore, Outcome, Progress
from tests.store.conftest import LEASE, Hand


async def test_a_history_tells_every_state_in_order(store: JobStore, hand: Hand) -> None:
    claim = await hand.running(max_attempts=2)
    reason = Reason("timeout", "slow")
    await store.fail(claim.job.id, claim.fence, claim.nonce, reason, retryable=True)
    await hand.let_retry_fall_due(claim.job.id)
    claim = await hand.claim()
    await store.commit(claim.job.id, claim.fence, claim.nonce, "digest", Outcome())
    events = await store.events(claim.job.id)
    assert [event.data["state"] for event in events] == ["QUEUED", "RUNNING", "QUEUED", "RUNNING", "DONE"]
    assert [event.kind for event in events] == ["state"] * 5
    assert events[2].data["reason"] == reason.to_json()
    times = [event.at for event in events]
    assert times == sorted(times)
    assert times[0] == claim.job.submitted_at


async def test_a_step_is_told_when_it_moves_on_and_only_then(store: JobStore, hand: Hand) -> None:
    claim = await hand.running()
    for states in ("RP", "RP", "DR", "DD"):
        names = {"P": StepState.PENDING, "R": StepState.RUNNING, "D": StepState.DONE}
        steps = tuple(
            StepProgress(name, names[state], 1.5 if state == "D" else None)
            for name, state in zip(("load_rdd", "take"), states, strict=True)
        )
        await store.beat(claim.job.id, claim.fence, claim.nonce, lease_seconds=LEASE, progress=Progress(steps))
    told = [event.data for event in await store.events(claim.job.id) if event.kind == "step"]
    assert [(step["index"], step["function"], step["state"], step["milliseconds"]) for step in told] == [
        (0, "load_rdd", "RUNNING", None),
        (0, "load_rdd", "DONE", 1.5),
        (1, "take", "RUNNING", None),
        (1, "take", "DONE", 1.5),
    ]


async def test_a_log_line_keeps_any_text(store: JobStore, hand: Hand) -> None:
    job_id = await hand.submit()
    text = 'naïve ☃ \ud800 \0 "quoted"\nsecond line  '
    await store.log(job_id, "warning", text)
    event = (await store.events(job_id))[-1]
    assert (event.kind, event.data) == ("log", {"level": "warning", "message": text})


async def test_a_log_line_is_cut_and_needs_a_job(store: JobStore, hand: Hand, redis: Redis) -> None:
    job_id = await hand.submit()
    await store.log(job_id, "info", "x" * 10_000)
    assert len((await store.events(job_id))[-1].data["message"]) == 4000
    await store.log("nobody", "info", "lost")
    assert await store.events("nobody") == []
    assert await redis.exists("speedy:job:nobody") == 0


async def test_reading_goes_on_after_the_last_event_known(store: JobStore, hand: Hand) -> None:
    job_id = await hand.submit()
    for number in range(10):
        await store.log(job_id, "info", str(number))
    seen, after = [], "0"
    while events := await store.events(job_id, after=after, limit=3):
        seen += events
        after = events[-1].id
    assert seen == await store.events(job_id)
    assert [event.data.get("message") for event in seen] == [None, *map(str, range(10))]
    assert await store.events(job_id, after="99999") == []


async def test_the_last_thousand_events_are_kept(store: JobStore, hand: Hand, redis: Redis) -> None:
    job_id = await hand.submit()
    for start in range(0, 1200, 100):
        await asyncio.gather(*(store.log(job_id, "info", str(start + number)) for number in range(100)))
    assert await redis.llen(f"speedy:job:{job_id}:events") == 1000
    events = await store.events(job_id, limit=2000)
    assert len(events) == 1001
    assert [event.data.get("state") for event in events[:2]] == ["QUEUED", None]
    numbers = [int(event.id) for event in events[1:]]
    assert numbers == list(range(202, 1202))
    assert [event.id for event in await store.events(job_id, after="1", limit=2)] == ["202", "203"]
    assert [event.id for event in await store.events(job_id, after="1199")] == ["1200", "1201"]


@pytest.mark.parametrize("after", ["", "-1", "x", "1.5", "1700000000000-0", "9" * 30])
async def test_what_is_no_event_is_refused(store: JobStore, hand: Hand, after: str) -> None:
    job_id = await hand.submit()
    with pytest.raises(ValueError, match="event"):
        await store.events(job_id, after=after)


async def test_a_takeover_is_told(store: JobStore, hand: Hand) -> None:
    claim = await hand.committing()
    await hand.expire(claim.job.id)
    await hand.reap("runner-9")
    event = (await store.events(claim.job.id))[-1]
    assert (event.kind, event.data) == ("attempt", {"takeover": True, "owner": "runner-9"})
    assert await store.state(claim.job.id) is State.RUNNING
