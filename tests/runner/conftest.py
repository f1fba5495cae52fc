"""The runner in this process, on real Spark and a real Redis; tests submit through the store."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from functions.catalog import Catalog, load
from server.batches.store import BatchStore
from server.jobs.job import ENDED, Job, NewJob, State
from server.jobs.store import JobStore
from server.redis_connection import connect
from server.secrets import Cipher
from server.settings import Settings
from spark_runner.analysis import Analyst
from spark_runner.attempt import job_folder
from spark_runner.batches import BatchService
from spark_runner.engine import Engine
from spark_runner.runner import Runner
from tests.redis_server import running_redis

KEY = b"k" * 32


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_redis(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load()


@dataclass
class Stage:
    """A store, a folder that jobs may use, and runners on demand."""

    folder: Path
    store: JobStore
    batches: BatchStore
    redis: Redis
    engine: Engine
    catalog: Catalog
    settings: Settings

    def write(self, name: str, *lines: str) -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in lines))
        return name

    @asynccontextmanager
    async def runner(self, **settings: Any) -> AsyncIterator[Runner]:
        """A working runner, stopped gracefully at the end of the block."""
        chosen = self.settings.model_copy(update=settings)
        async with self.batches.changes() as changes:
            service = BatchService(self.batches, changes, chosen)
            owner = f"runner-{uuid4().hex[:6]}"
            runner = Runner(self.store, self.engine, self.catalog, chosen, owner, batches=service)
            task = asyncio.create_task(runner.run())
            try:
                yield runner
            finally:
                runner.stop()
                await asyncio.wait_for(task, 60)

    async def submit(self, *steps: Any, **options: Any) -> str:
        return (await self.store.submit(NewJob(steps=list(steps), **options))).job_id

    async def job(self, job_id: str) -> Job:
        found = await self.store.get(job_id)
        assert found is not None
        return found

    async def reached(self, job_id: str, *states: State, within: float = 60) -> Job:
        """The job once it is in one of some states; in its end state when none is named."""
        async with asyncio.timeout(within), self.store.changes() as changes:
            while True:
                with changes.watch(job_id) as watch:
                    found = await self.job(job_id)
                    if found.state in (states or ENDED):
                        return found
                    await watch.wait(within)

    def rows(self, job: Job, name: str = "result.jsonl") -> list[Any]:
        path = job_folder(self.settings, job.id) / (job.attempt or "") / name
        return [json.loads(line) for line in path.read_text().splitlines()]

    def left_behind(self) -> list[str]:
        """Staging folders that someone forgot."""
        # Not `rglob`, which fails where a folder is removed while it looks.
        found = ((folder, name) for folder, *names in os.walk(self.folder) for name in chain(*names))
        return [str(Path(folder, name)) for folder, name in found if name.startswith(".speedy-")]


@pytest.fixture
async def stage(tmp_path: Path, redis_url: str, engine: Engine, catalog: Catalog) -> AsyncIterator[Stage]:
    redis = connect(redis_url)
    await redis.flushall()
    store = JobStore(redis, Cipher(KEY))
    settings = Settings(
        base=tmp_path, data=tmp_path, read_roots="", lease_seconds=5, beat_seconds=0.5, reap_seconds=0.2
    )
    settings.state_folder.mkdir(parents=True)
    yield Stage(tmp_path, store, BatchStore(redis, Cipher(KEY)), redis, engine, catalog, settings)
    await store.aclose()
    await redis.aclose()


@pytest.fixture
def analyst(stage: Stage) -> Analyst:
    return Analyst(stage.engine, stage.catalog, stage.settings)
