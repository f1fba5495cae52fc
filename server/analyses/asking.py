"""Asking a runner for an analysis, and waiting for its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import uuid4

from functions.check import Fault, in_order
from server.analyses.analysis import Analysis, Findings
from server.analyses.store import AnalysisStore
from server.errors import InvalidRequest, NoRunner, QueueFull
from server.jobs.submission import Submission
from server.waiting import Waiting

#: How often an answer is looked for whose news was lost, seconds.
_LOOK_SECONDS = 2.0


class Asking:
    """Analyses for the requests of one server process."""

    def __init__(self, store: AnalysisStore, waiting: Waiting, *, max_seconds: float) -> None:
        """Asks nothing yet.

        Args:
            store: Where analyses are kept.
            waiting: Tells when one was answered.
            max_seconds: How long to wait for a runner.
        """
        self._store = store
        self._waiting = waiting
        self._max_seconds = max_seconds

    async def analyse(self, submission: Submission, wrong: Sequence[Fault] = ()) -> Findings:
        """What a runner finds.

        Args:
            submission: The job.
            wrong: Mistakes of its steps that are known already, which are told beside those found.

        Raises:
            InvalidRequest: With every mistake that it finds.
            NoRunner: When none answers in time.
            QueueFull: When too many wait.
        """
        job = submission.job
        analysis = Analysis(str(uuid4()), job.steps, job.tenant, job.secrets)
        try:
            findings = await self._answer(analysis)
        except (NoRunner, QueueFull):
            if wrong:
                raise InvalidRequest(list(wrong)) from None
            raise
        if faults := in_order([*wrong, *findings.faults]):
            place = submission.place_fault
            raise InvalidRequest([place(fault) if place else fault for fault in faults])
        return findings

    async def _answer(self, analysis: Analysis) -> Findings:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._max_seconds
        with self._waiting.watch(analysis.id) as watch:
            await self._store.file(analysis, keep_seconds=2 * self._max_seconds)
            while not self._waiting.stopping:
                found = await self._store.findings(analysis.id)
                left = deadline - loop.time()
                if found is not None:
                    return found
                if left <= 0:
                    break
                await watch.wait(min(left, _LOOK_SECONDS))
        raise NoRunner
