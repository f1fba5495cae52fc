"""The last part of a job's way: the decision to commit, the output in place, DONE."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import structlog

from functions.errors import DestinationExists, StepFailed
from functions.storage.manifest import Manifest
from functions.storage.publish import discard, publish, read_manifest, sweep
from functions.storage.s3_output import Uploads
from server.errors import StoreUnavailable
from server.jobs.job import Job, Reason
from server.jobs.store import Claim, Failed, JobStore, Outcome, Prepared
from server.settings import Settings
from spark_runner.s3_access import uploads_of

log = structlog.get_logger()

#: Pause before an operation is repeated whose answer was lost, seconds.
_AGAIN_SECONDS = 0.5

T = TypeVar("T")


class Publication:
    """Publishes what attempts staged."""

    def __init__(self, store: JobStore, settings: Settings) -> None:
        self._store = store
        self._settings = settings

    async def commit(self, claim: Claim, manifest: Manifest, outcome: Outcome, folder: Path) -> Prepared:
        """Decides, publishes and finishes.

        Returns:
            OK when the job has ended by this (DONE, or FAILED because its output could not be brought into
            place); CANCEL or LOST when the store refused the decision, and nothing was published.
        """
        job, digest = claim.job, manifest.digest
        if not manifest.outputs:
            return await insist(
                lambda: self._store.commit(job.id, claim.fence, claim.nonce, digest, outcome), job=job.id
            )
        prepared = await insist(
            # The outcome goes with the decision: a runner that takes over would not know it.
            lambda: self._store.prepare(job.id, claim.fence, claim.nonce, digest, outcome),
            job=job.id,
        )
        if prepared is Prepared.OK:
            await self._publish(claim, manifest, outcome, folder)
        return prepared

    async def complete(self, claim: Claim, job_folder: Path) -> None:
        """Completes the publication of an attempt whose runner died after its decision."""
        folder = job_folder / (claim.job.attempt or "")
        manifest = await asyncio.to_thread(read_manifest, folder)
        if manifest is None:
            if claim.digest == Manifest(claim.job.id, claim.job.attempt or "").digest:
                await insist(lambda: self._store.finish(claim.job.id, claim.digest, Outcome()), job=claim.job.id)
                return
            reason = Reason(
                "storage_failed",
                "the runner died while it published, and its staged output is gone",
                hint="submit the job again",
            )
            await self._give_up(claim, reason, folder)
            return
        log.info("completing_publication", job=claim.job.id, attempt=claim.job.attempt)
        await self._publish(claim, manifest, Outcome(), folder)
        await asyncio.to_thread(sweep, job_folder, keep=claim.job.attempt)

    async def _publish(self, claim: Claim, manifest: Manifest, outcome: Outcome, folder: Path) -> None:
        uploads: Uploads | None = None
        try:
            uploads = uploads_of(claim, self._settings, manifest)
            problems = await asyncio.to_thread(publish, manifest, folder, uploads)
        except (StepFailed, OSError) as error:
            if await self._give_up(claim, _reason_of(error, _step_of(manifest, claim.job)), folder) and uploads:
                await asyncio.to_thread(uploads.discard, manifest.outputs)
            return
        for problem in problems:
            log.warning("not_tidied_up", job=claim.job.id, detail=problem)
            await insist(partial(self._store.log, claim.job.id, "warning", problem), job=claim.job.id)
        await insist(lambda: self._store.finish(claim.job.id, manifest.digest, outcome), job=claim.job.id)

    async def _give_up(self, claim: Claim, reason: Reason, folder: Path) -> bool:
        """Whether the job has ended FAILED by this."""
        verdict = await insist(
            lambda: self._store.fail(claim.job.id, claim.fence, claim.nonce, reason, retryable=False),
            job=claim.job.id,
        )
        if verdict is Failed.FAILED:  # else another runner has the folder, or the job is DONE and its result lies there
            await asyncio.to_thread(discard, folder)
        return verdict is Failed.FAILED


async def insist(operation: Callable[[], Awaitable[T]], *, job: str) -> T:
    """Repeats a store operation until it was answered; every one of them is safe to repeat."""
    while True:
        try:
            return await operation()
        except StoreUnavailable as error:
            log.warning("store_unavailable", job=job, detail=error.detail)
            await asyncio.sleep(_AGAIN_SECONDS)


def _reason_of(error: StepFailed | OSError, step: int | None) -> Reason:
    """The reason for what kept output from its place; its code is one of those that a committing job may fail with."""
    pointer = f"/steps/{step}" if step is not None else None
    if isinstance(error, StepFailed):
        code = error.code if isinstance(error, DestinationExists) else "storage_failed"
        return Reason(code, error.detail, step, argument=error.argument, hint=error.hint, pointer=pointer)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        detail = "the disk was full when the output was to be brought into place"
        hint = "free some space, or choose another destination, and submit again"
        return Reason("disk_full", detail, step, hint=hint, pointer=pointer)
    detail = f"the output could not be brought into place: {error.strerror or type(error).__name__}"
    hint = "make sure that the server may write there, and submit again"
    return Reason("storage_failed", detail, step, hint=hint, pointer=pointer)


def _step_of(manifest: Manifest, job: Job) -> int | None:
    steps = {output.step for output in manifest.outputs}
    return steps.pop() if len(steps) == 1 and job.steps else None
