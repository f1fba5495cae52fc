"""Waiting for the state of a job."""

from __future__ import annotations

import asyncio
from enum import StrEnum

from server.jobs.job import ENDED, Job, State
from server.jobs.store import JobStore
from server.waiting import Waiting


class Until(StrEnum):
    """What may be waited for."""

    #: The state is another than it was; of a job that has ended it never is.
    CHANGED = "CHANGED"
    ENDED = "ENDED"


class JobWaiting:
    """Holds whoever waits for a job until its state is as wanted."""

    def __init__(self, store: JobStore, waiting: Waiting, *, max_seconds: float) -> None:
        self._store = store
        self._waiting = waiting
        #: Longest wait.
        self.max_seconds = max_seconds

    async def wait(self, job: Job, seconds: float, until: Until, *, since: State | None = None) -> Job:
        """The job once its state is as wanted, the time is over or the server stops; at once where it is so already.

        Args:
            job: The job as it is now.
            seconds: Longest wait.
            until: What is wanted.
            since: The state that counts as no change; None: the one that the job has.
        """
        known = since or job.state

        def is_reached(state: State) -> bool:
            return state in ENDED or (until is Until.CHANGED and state is not known)

        if not seconds or is_reached(job.state):
            return job
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        with self._waiting.watch(job.id) as watch:
            # Only the state is read at each change: most changes are of progress.
            while (state := await self._store.state(job.id)) is not None and not is_reached(state):
                if self._waiting.stopping or not await watch.wait(max(0.0, deadline - loop.time())):
                    break
        return await self._store.get(job.id) or job
