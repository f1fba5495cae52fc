"""What every runner does for all jobs: reaping expired leases, checking the queue, forgetting old jobs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from functions.storage.publish import sweep
from server.errors import StoreUnavailable
from server.jobs.store import Claim, JobStore
from server.settings import Settings
from spark_runner.attempt import job_folder

log = structlog.get_logger()

#: Between checks of the queue, and between looks for jobs to forget; seconds.
_MINUTE = 60.0
#: Between looks for folders whose jobs are gone; seconds.
_DAY = 86_400.0


class Upkeep:
    """The runner's housekeeping."""

    def __init__(self, store: JobStore, settings: Settings, owner: str, take_over: Callable[[Claim], None]) -> None:
        self._store = store
        self._settings = settings
        self._owner = owner
        self._take_over = take_over

    def loops(self) -> tuple[Coroutine[Any, Any, None], ...]:
        """What must run while the runner does."""
        return (
            self._every(self._settings.reap_seconds, self._reap),
            self._every(_MINUTE, self._check),
            self._every(_MINUTE, self._forget),
            self._every(_DAY, self._sweep_orphans),
        )

    async def _every(self, seconds: float, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        while True:
            try:
                await work()
            except StoreUnavailable as error:
                log.warning("store_unavailable", detail=error.detail)
            except Exception:  # whatever it is, the next turn must come: without it no dead runner's job is found
                log.exception("upkeep_failed", work=work.__name__)
            await asyncio.sleep(seconds)

    async def _reap(self) -> None:
        reaped = await self._store.reap(self._owner, lease_seconds=self._settings.lease_seconds)
        for job_id in reaped.requeued:
            log.warning("lease_expired", job=job_id, now="queued again")
        for job_id in reaped.failed:
            log.warning("lease_expired", job=job_id, now="failed: runner_lost")
            await asyncio.to_thread(sweep, job_folder(self._settings, job_id))
        for job_id in reaped.cancelled:
            await asyncio.to_thread(sweep, job_folder(self._settings, job_id))
        for claim in reaped.takeovers:
            self._take_over(claim)

    async def _check(self) -> None:
        report = await self._store.check()
        if report.repaired:
            log.error("queue_repaired", repaired=report.repaired)

    async def _forget(self) -> None:
        before = int((time.time() - self._settings.keep_days * 86_400) * 1000)
        while forgotten := await self._store.forget(before_ms=before):
            for job_id in forgotten:
                # Not only its folder: a runner that died at the very end may have left staged output elsewhere.
                await asyncio.to_thread(sweep, job_folder(self._settings, job_id))

    async def _sweep_orphans(self) -> None:
        """Removes folders of jobs that are forgotten already: a runner died between the two.

        Only old ones: a server that was once started with another Redis must not lose its jobs' results.
        """
        home = self._settings.state_folder / "jobs"
        if not home.is_dir():
            return
        before = time.time() - self._settings.keep_days * _DAY
        for folder in await asyncio.to_thread(lambda: list(home.iterdir())):
            if folder.stat().st_mtime < before and await self._store.state(folder.name) is None:
                await asyncio.to_thread(sweep, folder)
