"""The runner: claims jobs, works on several at once, keeps their leases, and ends them by the protocol."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import structlog
from py4j.protocol import Py4JError

from functions.catalog import Catalog
from functions.storage.publish import sweep
from server.ending import end
from server.errors import StoreUnavailable
from server.jobs.job import Reason
from server.jobs.store import Claim, Failed, JobStore, Prepared
from server.limits import Limits
from server.settings import Settings
from spark_runner.attempt import Attempt, AttemptFailed, job_folder
from spark_runner.batches import BatchService
from spark_runner.engine import Engine
from spark_runner.leases import Leases
from spark_runner.publication import Publication, insist
from spark_runner.reasons import RETRYABLE, TOLD_BY_REJECTS, Stopped, is_shutdown
from spark_runner.upkeep import Upkeep

log = structlog.get_logger()

#: Pause after the queue's Redis did not answer, seconds.
_RECONNECT_SECONDS = 0.5
#: How long the end of a job waits for S3 to remove what it wrote there, seconds; removing goes on after it.
_DISCARD_SECONDS = 10.0


class Runner:
    """One runner process' work. Its methods run on the event loop; Spark work runs in `settings.slots` threads."""

    def __init__(
        self,
        store: JobStore,
        engine: Engine,
        catalog: Catalog,
        settings: Settings,
        owner: str,
        *,
        batches: BatchService,
    ) -> None:
        self._store = store
        self._engine = engine
        self._catalog = catalog
        self._settings = settings
        self._roots = settings.roots()
        self._limits = Limits(settings)
        self._owner = owner
        self._batches = batches
        self._threads = ThreadPoolExecutor(settings.slots, thread_name_prefix="job")
        self._pools: asyncio.Queue[str] = asyncio.Queue()
        for slot in range(settings.slots):
            self._pools.put_nowait(f"slot-{slot}")
        self._publication = Publication(store, settings)
        self._leases = Leases(store, engine, settings, owner)
        self._upkeep = Upkeep(store, settings, owner, self._take_over)
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()
        self._idle_since = time.monotonic()

    def stop(self) -> None:
        """Begins a graceful stop: no more claims; running jobs finish, or are handed back when time is up."""
        self._stopping.set()

    async def run(self) -> bool:
        """Works until stopped.

        Returns:
            Whether it ended because it was idle for `idle_seconds`.
        """
        keepers = [asyncio.create_task(loop) for loop in (*self._leases.loops(), *self._upkeep.loops())]
        try:
            idle = await self._claim_loop()
            await self._drain()
        finally:
            await end(keepers)
            self._threads.shutdown(wait=False, cancel_futures=True)
        return idle

    # -- claiming

    async def _claim_loop(self) -> bool:
        nonce = uuid4().hex
        while not self._stopping.is_set():
            pool = await self._unless_stopping(self._pools.get())
            if pool is None:
                break
            try:
                # The same nonce until an answer came: a claim whose answer was lost is given again.
                claim = await self._store.claim(self._owner, nonce, lease_seconds=self._settings.lease_seconds)
            except StoreUnavailable as error:
                self._pools.put_nowait(pool)
                log.warning("store_unavailable", detail=error.detail)
                await self._unless_stopping(asyncio.sleep(_RECONNECT_SECONDS))
                continue
            nonce = uuid4().hex
            if claim is not None:
                self._spawn(claim.job.id, self._work(claim, pool), pool)
                continue
            self._pools.put_nowait(pool)
            if self._is_idle():
                return True
            await self._wait_for_work()
        return False

    async def _wait_for_work(self) -> None:
        timeout = self._settings.reap_seconds
        if self._settings.idle_seconds:
            timeout = min(timeout, self._settings.idle_seconds)
        try:
            await self._unless_stopping(self._store.wait_for_work(timeout))
        except StoreUnavailable as error:
            log.warning("store_unavailable", detail=error.detail)
            await self._unless_stopping(asyncio.sleep(_RECONNECT_SECONDS))

    def _is_idle(self) -> bool:
        if self._tasks or not self._settings.idle_seconds:
            return False
        return time.monotonic() - self._idle_since >= self._settings.idle_seconds

    async def _unless_stopping(self, work: Coroutine[Any, Any, Any]) -> Any:
        """The work's result, or None when the runner is told to stop first."""
        task = asyncio.ensure_future(work)
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else None
        finally:
            await end((task, stopping))

    def _spawn(self, job_id: str, work: Coroutine[Any, Any, None], pool: str | None) -> None:
        task = asyncio.create_task(work, name=f"job {job_id}")
        self._tasks.add(task)

        def ended(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            self._idle_since = time.monotonic()
            if pool is not None:
                self._pools.put_nowait(pool)
            if not task.cancelled() and (error := task.exception()) is not None:
                # The lease runs out, and the reaper gives the job to another attempt.
                log.error("job_abandoned", job=job_id, error=repr(error))

        task.add_done_callback(ended)

    # -- one job

    async def _work(self, claim: Claim, pool: str) -> None:
        loop = asyncio.get_running_loop()
        attempt = Attempt(
            claim,
            self._engine,
            self._catalog,
            self._settings,
            self._roots,
            limits=self._limits,
            batches=self._batches,
        )
        limit = claim.job.timeout_seconds or self._settings.timeout_seconds
        with self._leases.hold(attempt) as lease:
            timer = loop.call_later(limit, lease.stop, "timeout")
            try:
                manifest = await loop.run_in_executor(self._threads, attempt.run, pool)
            except Stopped as stopped:
                await self._stopped(attempt, stopped.code, limit)
            except AttemptFailed as error:
                await self._failed(attempt, error)
            else:
                timer.cancel()
                lease.commit()
                outcome = attempt.outcome()
                verdict = await self._publication.commit(claim, manifest, outcome, attempt.folder)
                await self._settled(attempt, verdict)
            finally:
                timer.cancel()

    async def _settled(self, attempt: Attempt, verdict: Prepared) -> None:
        if verdict is Prepared.OK:
            log.info("attempt_ended", job=attempt.job.id, attempt=attempt.name)
            await asyncio.to_thread(sweep, job_folder(self._settings, attempt.job.id), keep=attempt.name)
        elif verdict is Prepared.CANCEL:
            await self._stopped(attempt, "cancelled", 0)
        else:
            log.warning("lease_lost", job=attempt.job.id, attempt=attempt.name)
            job = await insist(lambda: self._store.get(attempt.job.id), job=attempt.job.id)
            # Where the decision was kept and only its answer lost, whoever took the job over publishes this folder.
            if job is None or job.attempt != attempt.name:
                await _discard(attempt)

    async def _stopped(self, attempt: Attempt, code: str, limit: float) -> None:
        claim, job = attempt.claim, attempt.job
        log.info("job_stopped", job=job.id, code=code)
        await _discard(attempt)
        if code == "cancelled":
            await insist(lambda: self._store.stopped(job.id, claim.fence, claim.nonce, attempt.outcome()), job=job.id)
        elif code == "timeout":
            reason = Reason(
                "timeout",
                f"the job ran longer than {limit:g} s",
                hint="give it a higher `timeout_seconds`, or less to do",
            )
            await self._fail(attempt, reason)
        elif code == "stopping":
            await insist(lambda: self._store.hand_back(job.id, claim.fence, claim.nonce), job=job.id)

    async def _failed(self, attempt: Attempt, error: AttemptFailed) -> None:
        # py4j tells of a connection that broke in the middle of a call by its plain error.
        if isinstance(error.error, (Py4JError, OSError)) and await asyncio.to_thread(self._engine.is_lost):
            return  # not the job's fault: the process ends, the lease runs out, and another runner takes the job
        if is_shutdown(error.error):
            # Someone ended the JVM kindly, as a service manager that signals all processes does.
            log.warning("spark_shut_down", job=attempt.job.id)
            await self._stopped(attempt, "stopping", 0)
            return
        if error.reason.code == "internal":
            trace = "".join(traceback.format_exception(error.error))
            log.error("job_failed", job=attempt.job.id, error=attempt.hide(trace))
        else:
            log.info("job_failed", job=attempt.job.id, **error.reason.to_json())
        keeps = error.reason.code in TOLD_BY_REJECTS and attempt.has_rejects
        await _discard(attempt, keeps_rejects=keeps)
        await self._fail(attempt, error.reason, keeps_rejects=keeps)

    async def _fail(self, attempt: Attempt, reason: Reason, *, keeps_rejects: bool = False) -> None:
        claim, job = attempt.claim, attempt.job
        verdict = await insist(
            lambda: self._store.fail(
                job.id,
                claim.fence,
                claim.nonce,
                reason,
                retryable=reason.code in RETRYABLE,
                kept=keeps_rejects,
                outcome=attempt.outcome(),
            ),
            job=job.id,
        )
        if verdict is Failed.FAILED:
            kept = attempt.name if keeps_rejects else None
            await asyncio.to_thread(sweep, job_folder(self._settings, job.id), keep=kept)
        elif keeps_rejects:
            await _discard(attempt)  # the lease is lost: another attempt tells what became of the job

    # -- others' jobs

    def _take_over(self, claim: Claim) -> None:
        """Completes the publication of a job whose runner died in the middle of it."""

        async def complete() -> None:
            with self._leases.hold_publication(claim):
                await self._publication.complete(claim, job_folder(self._settings, claim.job.id))

        self._spawn(claim.job.id, complete(), None)

    async def _drain(self) -> None:
        """Lets running jobs finish, then hands back those that do not."""
        if self._tasks:
            log.info("stopping", running=len(self._tasks), seconds=self._settings.stop_seconds)
            await asyncio.wait(set(self._tasks), timeout=self._settings.stop_seconds)
        self._leases.stop_all("stopping")
        if self._tasks:
            await asyncio.wait(set(self._tasks))


async def _discard(attempt: Attempt, *, keeps_rejects: bool = False) -> None:
    discarding = asyncio.to_thread(attempt.discard, keeps_rejects=keeps_rejects)
    done, _ = await asyncio.wait([asyncio.ensure_future(discarding)], timeout=_DISCARD_SECONDS)
    for task in done:
        task.result()
