"""A real server, one for the session and emptied for each test; and a hand that plays clients and runners."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from server.batches.outputs import Outputs
from server.batches.store import BatchStore
from server.jobs.job import Job, NewJob, Priority
from server.jobs.store import Claim, JobStore, Outcome, Reaped
from server.redis_connection import connect
from server.secrets import Cipher
from tests.redis_server import running_redis
from tests.store.batch_hand import BatchHand
from tests.store.proxy import Proxy

STEPS: list[Any] = [["load_rdd", "events.jsonl"], ["jsonify"], ["take", 5]]
KEY = bytes(range(32))
LEASE = 30.0


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_redis(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    redis = connect(redis_url)
    await redis.flushall()
    yield redis
    await redis.aclose()


@pytest.fixture
async def store(redis: Redis) -> AsyncIterator[JobStore]:
    store = JobStore(redis, Cipher(KEY))
    yield store
    await store.aclose()


@dataclass
class Hand:
    """Plays clients and runners on a store, with nonces of its own."""

    store: JobStore
    redis: Redis
    nonces: Iterator[str] = field(default_factory=lambda: (f"nonce-{number}" for number in itertools.count(1)))

    async def submit(self, *, priority: Priority = Priority.NORMAL, **fields: Any) -> str:
        submitted = await self.store.submit(NewJob(STEPS, priority=priority, **fields))
        return submitted.job_id

    async def claim(self, owner: str = "runner-1") -> Claim:
        claim = await self.store.claim(owner, next(self.nonces), lease_seconds=LEASE)
        assert claim is not None, "a job waits"
        return claim

    async def running(self, **fields: Any) -> Claim:
        """A new job, claimed."""
        await self.submit(**fields)
        return await self.claim()

    async def committing(self, digest: str = "digest", **fields: Any) -> Claim:
        claim = await self.running(**fields)
        await self.store.prepare(claim.job.id, claim.fence, claim.nonce, digest, Outcome(rejects=2))
        return claim

    async def done(self, **fields: Any) -> str:
        claim = await self.committing(**fields)
        await self.store.finish(claim.job.id, "digest", Outcome())
        return claim.job.id

    async def get(self, job_id: str) -> Job:
        job = await self.store.get(job_id)
        assert job is not None
        return job

    async def expire(self, job_id: str) -> None:
        """Lets a lease run out."""
        await self._set_time("leases", job_id)

    async def let_retry_fall_due(self, job_id: str) -> None:
        await self._set_time("delayed", job_id)

    async def _set_time(self, name: str, job_id: str) -> None:
        assert await self.redis.zscore(f"speedy:jobs:{name}", job_id) is not None
        await self.redis.zadd(f"speedy:jobs:{name}", {job_id: 1})

    async def reap(self, owner: str = "runner-2", **options: Any) -> Reaped:
        """Reaps as if Redis had run for long."""
        server = await self.redis.info("server")
        await self.redis.hset("speedy:jobs:server", mapping={"run_id": server["run_id"], "since": 0})
        return await self.store.reap(owner, lease_seconds=LEASE, **options)

    async def places(self, job_id: str) -> list[str]:
        """Every place of live jobs in which the job stands, as often as it does."""
        found = []
        for name in ("queued:high", "queued", "queued:low", "running"):
            ids = await self.redis.lrange(f"speedy:jobs:{name}", 0, -1)
            found += [name] * ids.count(job_id)
        for name in ("leases", "delayed"):
            found += [name] if await self.redis.zscore(f"speedy:jobs:{name}", job_id) is not None else []
        return found


@pytest.fixture
def hand(store: JobStore, redis: Redis) -> Hand:
    return Hand(store, redis)


@pytest.fixture
async def batches(redis: Redis, tmp_path: Path) -> BatchHand:
    store = BatchStore(redis, Cipher(KEY))
    return BatchHand(store, Outputs(store, tmp_path / "batches"), redis)


@pytest.fixture
async def proxy(redis_url: str, redis: Redis, tmp_path: Path) -> AsyncIterator[Proxy]:
    proxy = Proxy(redis_url.removeprefix("unix://"))
    server = await asyncio.start_unix_server(proxy.serve, tmp_path / "proxy.sock")
    yield proxy
    server.close()
