"""What a runner does for all jobs: it never stops doing so, and leaves nothing of ended jobs behind."""

from __future__ import annotations

import asyncio
from pathlib import Path
from unittest.mock import AsyncMock, Mock

import pytest

from functions.storage.roots import Roots
from functions.storage.staging import Staging
from server.ending import end
from server.jobs.store import CheckReport, Reaped
from server.settings import Settings
from spark_runner.attempt import job_folder
from spark_runner.leases import Leases
from spark_runner.upkeep import Upkeep
from tests.waiting import until

JOB = "0b5f0e8e-0000-4000-8000-000000000000"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(base=tmp_path, data=tmp_path, reap_seconds=0.01, beat_seconds=0.01)


@pytest.fixture
def staged(tmp_path: Path, settings: Settings) -> Path:
    """What an attempt that died left beside a destination."""
    own = job_folder(settings, JOB) / "1-a"
    own.mkdir(parents=True)
    staging = Staging(Roots.of(tmp_path, [], [tmp_path]), JOB, "1-a", own, lambda: None)
    folder = staging.output("out", overwrite=False)
    staging.begin(folder)
    return folder


def store_that_does_nothing() -> AsyncMock:
    store = AsyncMock()
    store.reap.return_value = Reaped()
    store.check.return_value = CheckReport()
    store.forget.return_value = []
    return store


async def run_until_gone(upkeep: Upkeep, folder: Path) -> None:
    tasks = [asyncio.create_task(loop) for loop in upkeep.loops()]
    await until(lambda: not folder.exists(), within=5, what=f"{folder} is gone")
    await end(tasks)


async def test_a_cancelled_job_of_a_dead_runner_leaves_nothing_staged(settings: Settings, staged: Path) -> None:
    store = store_that_does_nothing()
    # An error that no one foresaw must not end the loop.
    store.reap.side_effect = [ValueError("odd"), Reaped(cancelled=[JOB]), *[Reaped()] * 1000]
    await run_until_gone(Upkeep(store, settings, "me", Mock()), job_folder(settings, JOB))
    assert not staged.parents[1].exists()


async def test_a_forgotten_job_leaves_nothing_staged(settings: Settings, staged: Path) -> None:
    store = store_that_does_nothing()
    store.forget.side_effect = [[JOB], []]
    await run_until_gone(Upkeep(store, settings, "me", Mock()), job_folder(settings, JOB))
    assert not staged.parents[1].exists()


async def test_an_unforeseen_error_does_not_end_the_wait_for_calls(settings: Settings) -> None:
    store = AsyncMock()
    called_again = asyncio.Event()

    async def next_call(_owner: str, _seconds: float) -> str | None:
        if store.next_call.call_count > 1:
            called_again.set()
            await asyncio.Event().wait()
        raise ValueError("odd")

    store.next_call.side_effect = next_call
    tasks = [asyncio.create_task(loop) for loop in Leases(store, Mock(), settings, "me").loops()]
    async with asyncio.timeout(5):
        await called_again.wait()
    await end(tasks)
