"""Connections that break: an operation whose answer was lost is asked again, and happens once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from server.errors import StoreUnavailable
from server.jobs.job import NewJob, Reason, State
from server.jobs.store import (
    Beat,
    Cancelled,
    Failed,
    Finished,
    Heartbeat,
    Idempotency,
    JobStore,
    Outcome,
    Prepared,
)
from server.redis_connection import connect, tells_absence
from server.secrets import Cipher
from tests.store.conftest import KEY, LEASE, STEPS, Hand
from tests.store.proxy import Proxy


@pytest.fixture
async def lossy(proxy: Proxy, tmp_path: Path) -> AsyncIterator[JobStore]:
    """A store behind the proxy, its connection made and its scripts loaded."""
    redis = connect(f"unix://{tmp_path}/proxy.sock")
    store = JobStore(redis, Cipher(KEY))
    await store.events("nobody")
    yield store
    await store.aclose()
    await redis.aclose()


async def test_a_submission_whose_answer_was_lost_is_filed_once(lossy: JobStore, proxy: Proxy, hand: Hand) -> None:
    for key in (None, Idempotency("key", "fingerprint")):
        proxy.swallow = 1
        submitted = await lossy.submit(NewJob(STEPS), idempotency=key)
        assert not submitted.replayed
        assert await hand.places(submitted.job_id) == ["queued"]
    assert proxy.swallowed == 2
    assert (await lossy.counts())["QUEUED"] == 2


async def test_a_claim_whose_answer_was_lost_takes_one_job(lossy: JobStore, proxy: Proxy, hand: Hand) -> None:
    first, _ = await hand.submit(), await hand.submit()
    proxy.swallow = 2
    claim = await lossy.claim("runner", "nonce", lease_seconds=LEASE)
    assert proxy.swallowed == 2
    assert claim is not None
    assert (claim.job.id, claim.job.attempts) == (first, 1)
    counts = await lossy.counts()
    assert (counts["running"], counts["queued"]) == (1, 1)


async def test_every_answer_of_a_job_s_life_may_be_lost(lossy: JobStore, proxy: Proxy, hand: Hand) -> None:
    job_id = await hand.submit(max_attempts=2)
    claim = await hand.claim()
    proxy.swallow = 1
    assert await lossy.hand_back(job_id, claim.fence, claim.nonce)
    claim = await hand.claim()
    proxy.swallow = 1
    reason = Reason("timeout", "slow")
    assert await lossy.fail(job_id, claim.fence, claim.nonce, reason, retryable=True) is Failed.DELAYED
    await hand.let_retry_fall_due(job_id)
    claim = await hand.claim()
    proxy.swallow = 1
    assert await lossy.beat(job_id, claim.fence, claim.nonce, lease_seconds=LEASE) is Beat.OK
    proxy.swallow = 1
    beats = [Heartbeat(job_id, claim.fence, claim.nonce)]
    assert await lossy.beat_many(beats, lease_seconds=LEASE) == [Beat.OK]
    proxy.swallow = 1
    await lossy.log(job_id, "info", "said once")
    proxy.swallow = 1
    assert await lossy.prepare(job_id, claim.fence, claim.nonce, "digest") is Prepared.OK
    proxy.swallow = 1
    assert await lossy.finish(job_id, "digest", Outcome()) in (Finished.DONE, Finished.ALREADY)
    assert proxy.swallowed == 7
    told = [event.data.get("state") or event.data.get("message") for event in await lossy.events(job_id)]
    assert told == ["QUEUED", "RUNNING", "QUEUED", "RUNNING", "QUEUED", "RUNNING", "said once", "DONE"]
    assert (await hand.get(job_id)).attempts == 3


async def test_ends_whose_answers_were_lost_are_told_again(lossy: JobStore, proxy: Proxy, hand: Hand) -> None:
    claim = await hand.running()
    proxy.swallow = 1
    assert await lossy.commit(claim.job.id, claim.fence, claim.nonce, "digest", Outcome()) is Prepared.OK
    claim = await hand.running()
    proxy.swallow = 1
    reason = Reason("timeout", "slow")
    assert await lossy.fail(claim.job.id, claim.fence, claim.nonce, reason, retryable=False) is Failed.FAILED
    claim = await hand.running()
    proxy.swallow = 1
    assert await lossy.cancel(claim.job.id) is Cancelled.REQUESTED
    proxy.swallow = 1
    assert await lossy.stopped(claim.job.id, claim.fence, claim.nonce)
    job_id = await hand.submit()
    proxy.swallow = 1
    assert await lossy.cancel(job_id) is Cancelled.CANCELLED
    assert proxy.swallowed == 5
    counts = await lossy.counts()
    assert (counts["DONE"], counts["FAILED"], counts["CANCELLED"]) == (1, 1, 2)


async def test_a_reap_whose_answer_was_lost_still_gives_its_takeovers(
    lossy: JobStore, proxy: Proxy, hand: Hand, redis: Redis
) -> None:
    claim = await hand.committing()
    server = await redis.info("server")
    await redis.hset("speedy:jobs:server", mapping={"run_id": server["run_id"], "since": 0})
    await hand.expire(claim.job.id)
    proxy.swallow = 2  # the answer to INFO, then that of the script
    reaped = await lossy.reap("runner-2", lease_seconds=LEASE)
    assert proxy.swallowed == 2
    assert [taken.job.id for taken in reaped.takeovers] == [claim.job.id]
    assert (await hand.get(claim.job.id)).crashes == 1


async def test_scripts_that_redis_forgot_are_loaded_again(store: JobStore, hand: Hand, redis: Redis) -> None:
    await redis.script_flush()
    claim = await hand.running()
    await redis.script_flush()
    beats = [Heartbeat(claim.job.id, claim.fence, claim.nonce)] * 3
    assert await store.beat_many(beats, lease_seconds=LEASE) == [Beat.OK] * 3


async def test_without_redis_every_operation_says_so_soon(tmp_path: Path) -> None:
    redis = connect(f"unix://{tmp_path}/nobody.sock")
    store = JobStore(redis, Cipher(KEY))
    began = time.perf_counter()
    with pytest.raises(StoreUnavailable):
        await store.submit(NewJob(STEPS))
    assert time.perf_counter() - began < 10
    operations = [
        store.get("job"),
        store.state("job"),
        store.list(),
        store.events("job"),
        store.counts(),
        store.claim("runner", "nonce", lease_seconds=LEASE),
        store.beat("job", 1, "nonce", lease_seconds=LEASE),
        store.beat_many([Heartbeat("job", 1, "nonce")], lease_seconds=LEASE),
        store.prepare("job", 1, "nonce", "digest"),
        store.finish("job", "digest", Outcome()),
        store.commit("job", 1, "nonce", "digest", Outcome()),
        store.fail("job", 1, "nonce", Reason("timeout", ""), retryable=False),
        store.stopped("job", 1, "nonce"),
        store.hand_back("job", 1, "nonce"),
        store.reap("runner", lease_seconds=LEASE),
        store.check(),
        store.log("job", "info", "line"),
        store.cancel("job"),
        store.forget(before_ms=1),
        store.wait_for_work(1),
        store.next_call("runner", 1),
    ]
    answers = await asyncio.gather(*operations, return_exceptions=True)
    assert [type(answer) for answer in answers] == [StoreUnavailable] * len(operations)
    await store.aclose()
    await redis.aclose()


async def test_a_redis_that_refuses_is_unavailable_too(store: JobStore, hand: Hand, redis: Redis) -> None:
    await redis.set("speedy:jobs:running", "not a list")
    await hand.submit()
    with pytest.raises(StoreUnavailable, match="cannot do this now"):
        await hand.claim()


async def test_other_errors_are_not_hidden() -> None:
    @tells_absence
    async def operation() -> None:
        raise ValueError("of its own")

    with pytest.raises(ValueError, match="of its own"):
        await operation()


async def test_more_requests_at_once_than_connections_all_get_their_answer(store: JobStore, hand: Hand) -> None:
    job_id = await hand.submit()
    assert set(await asyncio.gather(*(store.state(job_id) for _ in range(500)))) == {State.QUEUED}
    assert await asyncio.gather(*(store.next_call(f"runner-{number}", 0.05) for number in range(300))) == [None] * 300
