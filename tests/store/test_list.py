from __future__ import annotations

import base64

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from server.jobs.job import NewJob, State
from server.jobs.store import JobStore
from tests.store.conftest import STEPS, Hand


async def pages(store: JobStore, limit: int, state: State | None = None) -> list[list[str]]:
    found, cursor = [], None
    while True:
        jobs, cursor = await store.list(state=state, limit=limit, cursor=cursor)
        found.append([job.id for job in jobs])
        if cursor is None:
            return found


async def flat(store: JobStore, limit: int, state: State | None = None) -> list[str]:
    return [job_id for page in await pages(store, limit, state) for job_id in page]


async def submit_at_once(store: JobStore, redis: Redis, count: int) -> list[str]:
    """Jobs of one submission time; their ids from the last to the first, as lists show them."""
    ids = [f"{number:04}" for number in range(count)]
    for job_id in ids:
        await store.submit(NewJob(STEPS), job_id=job_id)
        for index in ("by_time", "by_state:QUEUED"):
            await redis.zadd(f"speedy:jobs:{index}", {job_id: 1_700_000_000_000_000})
    return ids[::-1]


async def test_the_newest_come_first(store: JobStore, hand: Hand) -> None:
    ids = [await hand.submit() for _ in range(10)]
    assert await pages(store, 4) == [ids[:-5:-1], ids[5:1:-1], ids[1::-1]]


async def test_an_empty_list_is_one_empty_page(store: JobStore) -> None:
    assert await store.list() == ([], None)
    assert await store.list(state=State.DONE) == ([], None)


async def test_a_list_that_ends_with_a_page_has_no_further_cursor(store: JobStore, hand: Hand) -> None:
    for _ in range(4):
        await hand.submit()
    assert [len(page) for page in await pages(store, 2)] == [2, 2]


async def test_jobs_are_listed_by_state(store: JobStore, hand: Hand) -> None:
    done = await hand.done()
    running = (await hand.running()).job.id
    cancelled = await hand.submit()
    await store.cancel(cancelled)
    queued = [await hand.submit(), await hand.submit()]
    assert await flat(store, 1, State.QUEUED) == queued[::-1]
    assert await flat(store, 1, State.RUNNING) == [running]
    assert await flat(store, 1, State.DONE) == [done]
    assert await flat(store, 1, State.FAILED) == []
    assert await flat(store, 1, State.CANCELLED) == [cancelled]
    assert await flat(store, 2) == [*queued[::-1], cancelled, running, done]


@pytest.mark.parametrize("limit", [1, 3, 7, 60, 61, 62, 1000])
async def test_jobs_of_one_moment_are_each_listed_once(store: JobStore, redis: Redis, limit: int) -> None:
    ids = await submit_at_once(store, redis, 61)
    assert await flat(store, limit) == ids
    assert await flat(store, limit, State.QUEUED) == ids


async def test_jobs_added_meanwhile_do_not_move_later_pages(store: JobStore, redis: Redis, hand: Hand) -> None:
    ids = await submit_at_once(store, redis, 30)
    seen, cursor = [], None
    while True:
        jobs, cursor = await store.list(limit=7, cursor=cursor)
        seen += [job.id for job in jobs]
        await hand.submit()
        await store.submit(NewJob(STEPS), job_id=f"{len(seen) - 1:04}-older-or-newer")
        if cursor is None:
            break
    assert [job_id for job_id in seen if len(job_id) == 4] == ids


async def test_a_page_goes_on_where_its_last_job_is_gone(store: JobStore, redis: Redis) -> None:
    ids = await submit_at_once(store, redis, 9)
    jobs, cursor = await store.list(state=State.QUEUED, limit=3)
    for job in jobs:
        await store.cancel(job.id)
    await store.forget(before_ms=2**45)
    rest, cursor = await store.list(state=State.QUEUED, limit=3, cursor=cursor)
    assert [job.id for job in rest] == ids[3:6]
    rest, cursor = await store.list(limit=3, cursor=cursor)
    assert [job.id for job in rest] == ids[6:]
    assert cursor is None


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    jobs=st.dictionaries(
        st.text("0aZ-_", min_size=1, max_size=4), st.integers(1_700_000_000_000_000, 1_700_000_000_000_003), max_size=30
    ),
    limit=st.integers(1, 12),
)
async def test_pages_are_the_whole_list_in_order(
    store: JobStore, redis: Redis, jobs: dict[str, int], limit: int
) -> None:
    await redis.flushall()
    for job_id, time in jobs.items():
        await store.submit(NewJob(STEPS), job_id=job_id)
        await redis.zadd("speedy:jobs:by_time", {job_id: time})
    expected = sorted(jobs, key=lambda job_id: (jobs[job_id], job_id.encode()), reverse=True)
    assert await flat(store, limit) == expected


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "ä", "====", "MTIz", "!" * 50, "\ud800", "a" * 5000]
    + [
        base64.urlsafe_b64encode(text).decode()
        for text in (b":", b"1:", b":a", b"a:b", b"-1:a", b"1:a b", b"nan:a", b"1e3:a", b"\xff:\xfe", b"1" * 30 + b":a")
    ],
)
async def test_a_bad_cursor_is_refused(store: JobStore, hand: Hand, cursor: str) -> None:
    await hand.submit()
    with pytest.raises(ValueError, match="cursor"):
        await store.list(cursor=cursor)
