"""Waiting for work, for calls and for changes, without polling."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from server.jobs.job import Reason, State
from server.jobs.store import Changes, JobStore, Outcome
from server.redis_connection import connect
from server.secrets import Cipher
from tests.redis_server import running_redis
from tests.store.conftest import KEY, LEASE, Hand
from tests.waiting import until

LONG = 60.0


async def blocked(redis: Redis, count: int = 1) -> None:
    """Returns once so many clients wait for a list."""
    async with asyncio.timeout(LONG / 2):
        while (await redis.info("clients"))["blocked_clients"] != count:
            pass


async def test_a_submission_wakes_a_waiting_runner_within_5_ms(store: JobStore, hand: Hand, redis: Redis) -> None:
    delays = []
    for _ in range(20):
        waiting = asyncio.create_task(store.wait_for_work(LONG))
        await blocked(redis)
        await hand.submit()
        began = time.perf_counter()
        await waiting
        delays.append(time.perf_counter() - began)
        await hand.claim()
    assert statistics.median(delays) < 0.005


async def test_a_ring_before_the_wait_is_not_missed(store: JobStore, hand: Hand) -> None:
    await hand.submit()
    async with asyncio.timeout(LONG / 2):
        await store.wait_for_work(LONG)


async def test_each_submission_wakes_one_runner(store: JobStore, hand: Hand, redis: Redis) -> None:
    waiting = [asyncio.create_task(store.wait_for_work(LONG)) for _ in range(3)]
    await blocked(redis, 3)
    await hand.submit()
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    await redis.ping()
    assert sum(task.done() for task in waiting) == 1
    await hand.submit()
    await hand.submit()
    async with asyncio.timeout(LONG / 2):
        await asyncio.gather(*waiting)


async def test_a_wait_ends_with_its_time(store: JobStore) -> None:
    began = time.perf_counter()
    await store.wait_for_work(0.05)
    await store.wait_for_work(0)
    assert await store.next_call("runner", 0.05) is None
    assert await store.next_call("runner", 0) is None
    assert 0.1 <= time.perf_counter() - began < 5


async def test_a_wait_ends_when_a_retry_falls_due(store: JobStore, hand: Hand, redis: Redis) -> None:
    claim = await hand.running(max_attempts=2)
    await store.fail(claim.job.id, claim.fence, claim.nonce, Reason("timeout", ""), retryable=True)
    assert await store.claim("runner", "early", lease_seconds=LEASE) is None
    seconds, micros = await redis.time()
    await redis.zadd("speedy:jobs:delayed", {claim.job.id: seconds * 1000 + micros // 1000 + 100})
    async with asyncio.timeout(LONG / 2):
        await store.wait_for_work(LONG)
    assert (await hand.claim()).job.id == claim.job.id


async def test_a_new_delay_makes_a_waiting_runner_look_anew(store: JobStore, hand: Hand, redis: Redis) -> None:
    claim = await hand.running(max_attempts=2)
    assert await store.claim("runner", "none", lease_seconds=LEASE) is None
    waiting = asyncio.create_task(store.wait_for_work(LONG))
    await blocked(redis)
    await store.fail(claim.job.id, claim.fence, claim.nonce, Reason("timeout", ""), retryable=True)
    async with asyncio.timeout(LONG / 2):
        await waiting


@pytest.mark.parametrize("way", ["hand_back", "reap", "promote", "check"])
async def test_a_job_that_waits_again_wakes_a_runner(store: JobStore, hand: Hand, redis: Redis, way: str) -> None:
    claim = await hand.running(max_attempts=2)
    other = await hand.submit()
    if way == "promote":
        await store.fail(claim.job.id, claim.fence, claim.nonce, Reason("timeout", ""), retryable=True)
        await hand.let_retry_fall_due(claim.job.id)
    await redis.delete("speedy:jobs:wake")
    waiting = asyncio.create_task(store.wait_for_work(LONG))
    await asyncio.sleep(0)
    if way == "hand_back":
        await store.hand_back(claim.job.id, claim.fence, claim.nonce)
    elif way == "reap":
        await hand.expire(claim.job.id)
        await hand.reap()
    elif way == "promote":
        await hand.claim()
    else:
        await redis.delete("speedy:jobs:queued")
        await store.check()
    async with asyncio.timeout(LONG / 2):
        await waiting
    assert other


async def test_the_doorbell_is_capped_and_silenced_when_nothing_waits(
    store: JobStore, hand: Hand, redis: Redis
) -> None:
    ids = [await hand.submit() for _ in range(300)]
    assert await redis.llen("speedy:jobs:wake") == 256
    for _ in ids:
        await hand.claim()
    assert await store.claim("runner", "none", lease_seconds=LEASE) is None
    assert await redis.exists("speedy:jobs:wake") == 0


async def test_a_cancelled_wait_leaves_the_store_usable(store: JobStore, hand: Hand, redis: Redis) -> None:
    for _ in range(5):
        waiting = asyncio.create_task(store.wait_for_work(LONG))
        await blocked(redis)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    await blocked(redis, 0)
    await redis.rpush("speedy:runner:me:calls", "job-1")
    assert await store.next_call("me", LONG) == "job-1"
    assert await store.wait_for_work(0.01) is None


@pytest.fixture
async def changes(store: JobStore) -> AsyncIterator[Changes]:
    async with store.changes() as changes:
        yield changes


async def test_a_change_wakes_every_waiter_of_its_job_and_no_other(
    store: JobStore, hand: Hand, changes: Changes
) -> None:
    job_id, other = await hand.submit(), await hand.submit()
    await store.log(other, "info", "settles what was announced before")
    waiting = [asyncio.create_task(changes.wait(job_id, LONG)) for _ in range(50)]
    with changes.watch(other) as watch:
        await asyncio.sleep(0)
        await watch.wait(0.01)
        await store.cancel(job_id)
        assert await asyncio.gather(*waiting) == [True] * 50
        assert not await watch.wait(0)


async def test_a_wait_without_a_change_ends_with_its_time(hand: Hand, changes: Changes) -> None:
    job_id = await hand.submit()
    await changes.wait(job_id, 0.1)  # the submission itself may be told
    assert not await changes.wait(job_id, 0.01)


async def test_a_change_between_watching_and_waiting_is_not_missed(
    store: JobStore, hand: Hand, changes: Changes
) -> None:
    job_id = await hand.submit()
    async with asyncio.timeout(LONG / 2):
        with changes.watch(job_id) as watch:
            assert await store.state(job_id) is State.QUEUED
            await store.cancel(job_id)
            while await store.state(job_id) is not State.CANCELLED:
                assert await watch.wait(LONG)


async def test_a_waiter_that_starts_after_the_end_does_not_hang(store: JobStore, hand: Hand, changes: Changes) -> None:
    job_id = await hand.done()
    with changes.watch(job_id) as watch:
        while await store.state(job_id) is not State.DONE:
            assert await watch.wait(LONG)


async def test_every_operation_that_changes_a_job_tells_so(store: JobStore, hand: Hand, redis: Redis) -> None:
    async with redis.pubsub() as pubsub:
        await pubsub.subscribe("speedy:changed")
        assert (await pubsub.get_message(timeout=LONG))["type"] == "subscribe"

        async def told(job_id: str) -> None:
            message = await pubsub.get_message(timeout=LONG)
            assert message is not None
            assert message["data"] == job_id

        job_id = await hand.submit(max_attempts=2)
        await told(job_id)
        claim = await hand.claim()
        await told(job_id)
        await store.log(job_id, "info", "line")
        await told(job_id)
        await store.hand_back(job_id, claim.fence, claim.nonce)
        await told(job_id)
        claim = await hand.claim()
        await told(job_id)
        await store.fail(job_id, claim.fence, claim.nonce, Reason("timeout", ""), retryable=True)
        await told(job_id)
        await hand.let_retry_fall_due(job_id)
        claim = await hand.claim()
        await told(job_id)
        await hand.expire(job_id)
        await hand.reap()
        await told(job_id)
        claim = await hand.claim()
        await told(job_id)
        await store.commit(job_id, claim.fence, claim.nonce, "digest", Outcome())
        await told(job_id)
        await store.forget(before_ms=2**45)
        await told(job_id)


async def test_waiters_outlive_a_dropped_connection(
    store: JobStore, hand: Hand, redis: Redis, changes: Changes
) -> None:
    job_id = await hand.submit()
    with changes.watch(job_id) as watch:
        await watch.wait(0.05)
        for _ in range(3):
            waiting = asyncio.create_task(watch.wait(LONG))
            await redis.client_kill_filter(_type="pubsub")
            async with asyncio.timeout(LONG / 2):
                assert await waiting, "a lost connection wakes every waiter: it may have missed something"
        await store.cancel(job_id)
        async with asyncio.timeout(LONG / 2):
            assert await watch.wait(LONG)


async def test_a_quiet_connection_is_asked_whether_it_lives(
    store: JobStore, hand: Hand, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.changes._QUIET_SECONDS", 0.02)
    job_id = await hand.submit()
    async with store.changes() as changes:
        with changes.watch(job_id) as watch:
            assert not await watch.wait(0.3), "the answers to ten questions wake no one, nor is the connection renewed"
            await store.cancel(job_id)
            assert await watch.wait(LONG)


async def test_no_watch_is_left_behind(hand: Hand, changes: Changes) -> None:
    job_id = await hand.submit()
    await asyncio.gather(*(changes.wait(job_id, 0.001) for _ in range(100)))
    waiting = asyncio.create_task(changes.wait(job_id, LONG))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait({waiting})
    assert changes._watches == {}


async def test_changes_start_while_redis_is_away_and_follow_when_it_comes(tmp_path: Path) -> None:
    redis = connect(f"unix://{tmp_path}/redis.sock")
    store = JobStore(redis, Cipher(KEY))
    async with store.changes() as changes:
        with changes.watch("job") as watch, running_redis(tmp_path):
            await until(changes._subscribed.is_set, within=20, what="subscribed")
            assert await watch.wait(LONG)
            hand = Hand(store, redis)
            job_id = await hand.submit()
            with changes.watch(job_id) as mine:
                await store.cancel(job_id)
                assert await mine.wait(LONG)
    await store.aclose()
    await redis.aclose()
