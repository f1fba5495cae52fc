"""Keeps the leases of the jobs that this runner works on, and carries what the store answers to the work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import structlog

from server.errors import StoreUnavailable
from server.jobs.store import Beat, Claim, JobStore, Progress
from server.settings import Settings
from spark_runner.attempt import Attempt
from spark_runner.engine import Engine

log = structlog.get_logger()

#: How often Spark is asked how far the running jobs are, seconds.
_PROGRESS_SECONDS = 1.0
#: Spark work may begin after its job was cancelled, so it is cancelled again until the thread has noticed; seconds.
_CANCEL_AGAIN_SECONDS = 0.2
#: How long one wait for a call lasts, seconds; only bounds how long a dead connection goes unnoticed.
_CALL_SECONDS = 30.0
#: Pause after the queue's Redis did not answer, seconds.
_RECONNECT_SECONDS = 0.5


class Lease:
    """One held lease, and how to stop the work under it."""

    def __init__(self, claim: Claim, attempt: Attempt | None, leases: Leases) -> None:
        self.claim = claim
        self.attempt = attempt
        self._leases = leases
        self._committing = attempt is None
        self._stopper: asyncio.Task[None] | None = None
        self.progress: Progress | None = None

    def stop(self, code: str) -> None:
        """Stops the work, unless its decision to commit has fallen: then it completes."""
        if self._committing or self._stopper is not None or self.attempt is None:
            return
        self.attempt.tell_to_stop(code)
        self._stopper = asyncio.create_task(self._leases.cancel_until_noticed(self.attempt))

    def commit(self) -> None:
        """From here on the store decides whether a cancel comes too late."""
        self._committing = True
        self.progress = None  # the decision takes the outcome along; a beat after it must not tell older news

    def release(self) -> None:
        """The work has ended."""
        if self._stopper is not None:
            self._stopper.cancel()


class Leases:
    """All leases that this runner holds."""

    def __init__(self, store: JobStore, engine: Engine, settings: Settings, owner: str) -> None:
        self._store = store
        self._engine = engine
        self._settings = settings
        self._owner = owner
        #: By job and fencing number: after a lost lease the same job may be here twice for a moment.
        self._held: dict[tuple[str, int], Lease] = {}
        self._asking = ThreadPoolExecutor(1, thread_name_prefix="progress")
        self._cancelling = ThreadPoolExecutor(1, thread_name_prefix="cancel")

    def loops(self) -> tuple[Coroutine[Any, Any, None], ...]:
        """What must run while the runner does."""
        return (self._always(self._beat_loop), self._always(self._progress_loop), self._always(self._call_loop))

    @contextmanager
    def hold(self, attempt: Attempt) -> Iterator[Lease]:
        """Keeps the lease of an attempt."""
        with self._keep(Lease(attempt.claim, attempt, self)) as lease:
            yield lease

    @contextmanager
    def hold_publication(self, claim: Claim) -> Iterator[Lease]:
        """Keeps the lease of a publication taken over from a dead runner; it is never stopped."""
        with self._keep(Lease(claim, None, self)) as lease:
            yield lease

    def stop_all(self, code: str) -> None:
        """Stops the work of every job that is not committing yet."""
        for lease in list(self._held.values()):
            lease.stop(code)

    async def cancel_until_noticed(self, attempt: Attempt) -> None:
        """Cancels the Spark work of an attempt again and again; ended by `Lease.release`."""
        loop = asyncio.get_running_loop()
        while True:
            await loop.run_in_executor(self._cancelling, self._engine.cancel, attempt.group)
            await asyncio.sleep(_CANCEL_AGAIN_SECONDS)

    @contextmanager
    def _keep(self, lease: Lease) -> Iterator[Lease]:
        key = (lease.claim.job.id, lease.claim.fence)
        self._held[key] = lease
        try:
            yield lease
        finally:
            lease.release()
            del self._held[key]

    async def _always(self, loop: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Keeps a loop going: a runner that works on without beats would lose every job."""
        while True:
            try:
                await loop()
            except Exception:
                log.exception("lease_loop_failed", loop=loop.__name__)
                await asyncio.sleep(_RECONNECT_SECONDS)

    async def _beat_loop(self) -> None:
        while True:
            await asyncio.sleep(self._settings.beat_seconds)
            await self._beat(list(self._held.values()))

    async def _progress_loop(self) -> None:
        """Beats at once for a job whose progress is news; short jobs end before they are asked."""
        loop = asyncio.get_running_loop()
        while True:
            before = set(self._held)
            await asyncio.sleep(_PROGRESS_SECONDS)
            news = []
            for key in before & set(self._held):
                lease = self._held.get(key)
                if lease is None or lease.attempt is None:
                    continue
                stages = await loop.run_in_executor(self._asking, self._engine.stages, lease.attempt.group)
                progress = Progress(step_progress=lease.attempt.steps, stages=stages)
                if progress != lease.progress and key in self._held:
                    lease.progress = progress
                    news.append(lease)
            await self._beat(news)

    async def _beat(self, leases: list[Lease]) -> None:
        for lease in leases:
            claim = lease.claim
            try:
                answer = await self._store.beat(
                    claim.job.id,
                    claim.fence,
                    claim.nonce,
                    lease_seconds=self._settings.lease_seconds,
                    progress=lease.progress,
                )
            except StoreUnavailable as error:
                log.warning("store_unavailable", job=claim.job.id, detail=error.detail)
                return
            if self._held.get((claim.job.id, claim.fence)) is not lease:
                continue  # it ended while the beat was on its way
            if answer is Beat.CANCEL:
                lease.stop("cancelled")
            elif answer is Beat.LOST:
                lease.stop("lost")

    async def _call_loop(self) -> None:
        """Cancels reach the runner at once by its own list; the beat is the second way."""
        while True:
            try:
                job_id = await self._store.next_call(self._owner, _CALL_SECONDS)
            except StoreUnavailable:
                await asyncio.sleep(_RECONNECT_SECONDS)
                continue
            # The beat's answer, not the call, says which of the leases is the one to stop.
            await self._beat([lease for lease in self._held.values() if lease.claim.job.id == job_id])
