from __future__ import annotations

from redis.asyncio import Redis

from server.jobs.job import Reason
from server.jobs.store import JobStore
from tests.store.conftest import Hand

LATER = 2**45


async def test_ended_jobs_are_forgotten_without_trace(store: JobStore, hand: Hand, redis: Redis) -> None:
    done = await hand.done(secrets={"key": "value"})
    failed = await hand.running()
    await store.fail(failed.job.id, failed.fence, failed.nonce, Reason("timeout", ""), retryable=False)
    cancelled = await hand.submit()
    await store.cancel(cancelled)
    await store.log(cancelled, "info", "late")
    # In no order: they may have ended within one millisecond.
    assert set(await store.forget(before_ms=LATER)) == {done, failed.job.id, cancelled}
    assert await store.forget(before_ms=LATER) == []
    assert sorted(await redis.keys("*")) == ["speedy:jobs:fence", "speedy:jobs:wake"]


async def test_live_jobs_are_never_forgotten(store: JobStore, hand: Hand) -> None:
    await hand.running()
    await hand.committing()
    retry = await hand.running(max_attempts=2)
    await store.fail(retry.job.id, retry.fence, retry.nonce, Reason("timeout", ""), retryable=True)
    await hand.submit()
    assert await store.forget(before_ms=LATER) == []
    assert len((await store.list())[0]) == 4


async def test_only_jobs_that_ended_before_are_forgotten_the_oldest_first(
    store: JobStore, hand: Hand, redis: Redis
) -> None:
    ids = [await hand.done() for _ in range(5)]
    for number, job_id in enumerate(ids):
        await redis.zadd("speedy:jobs:ended", {job_id: 1000 + number})
    assert await store.forget(before_ms=1003, limit=2) == ids[:2]
    assert await store.forget(before_ms=1003, limit=2) == ids[2:3]
    assert await store.forget(before_ms=1003, limit=2) == []
    assert await store.get(ids[3]) is not None


async def test_a_live_job_among_the_ended_is_not_forgotten(store: JobStore, hand: Hand, redis: Redis) -> None:
    running, queued = (await hand.running()).job.id, await hand.submit()
    await redis.zadd("speedy:jobs:ended", {running: 1, queued: 1})
    assert await store.forget(before_ms=LATER) == []
    assert len((await store.list())[0]) == 2
