"""One attempt of one job, from its steps to staged output; runs in a worker thread and blocks."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from py4j.protocol import Py4JError
from pyspark.sql import SparkSession

from functions.batches import Batches
from functions.catalog import Call, Catalog, Function, StepFaults
from functions.check import Flow
from functions.kept import KeptFrames
from functions.records.rejects import Fate, Rejects, SetAside, Tally
from functions.storage.manifest import Manifest
from functions.storage.publish import discard
from functions.storage.roots import Roots
from functions.storage.s3 import S3
from functions.storage.s3_access import Access
from functions.storage.s3_output import Uploads
from functions.storage.s3_places import places
from functions.storage.staging import Staging
from functions.storage.storage import Storage, Work
from functions.workspace import Dataset, Workspace
from server.batches.destinations import read_url
from server.jobs.job import Job, Reason, StepProgress, StepState
from server.jobs.store import Claim, Outcome
from server.limits import Limits
from server.settings import Settings
from spark_runner.batches import BatchService, JobBatches, webhook_options
from spark_runner.engine import Engine
from spark_runner.executor import Observer, execute
from spark_runner.reasons import Stopped, as_named, reason_of
from spark_runner.results import REJECTS, Results
from spark_runner.s3_access import access_for_steps, check_rules, s3_options


class AttemptFailed(Exception):
    """The attempt ended without output; `reason` says why."""

    def __init__(self, error: BaseException, reason: Reason) -> None:
        super().__init__(reason.detail)
        self.error = error
        self.reason = reason


class Attempt:
    """The work under one lease. `run` is called in a worker thread; `tell_to_stop` from any other."""

    def __init__(
        self,
        claim: Claim,
        engine: Engine,
        catalog: Catalog,
        settings: Settings,
        roots: Roots,
        *,
        limits: Limits,
        batches: BatchService,
    ) -> None:
        self.claim = claim
        self.job: Job = claim.job
        self._engine = engine
        self._catalog = catalog
        self._settings = settings
        self._roots = roots
        self._rules = limits.s3_rules(claim.job.tenant)
        self._batches = JobBatches(batches, claim, self.check)
        self._stopped: str | None = None
        self._lock = threading.Lock()
        self._started = 0.0
        self._call: Call | None = None
        self._calls: list[Call] = []
        self._planned: list[tuple[Call, Work]] = []
        self._result: dict[str, Any] | None = None
        self._rejected: int | None = None
        self._stages: tuple[dict[str, Any], ...] = ()
        self._access = Access(s3_options(claim))
        self._uploads: Uploads | None = None
        self._staging: Staging | None = None
        self.name = f"{claim.fence}-{claim.nonce}"
        #: Names its Spark work; another attempt of the same job may run in the same driver, after a lost lease.
        self.group = f"{claim.job.id}/{claim.fence}"
        #: The attempt's own folder.
        self.folder: Path = job_folder(settings, claim.job.id) / self.name
        self.steps: tuple[StepProgress, ...] = tuple(StepProgress(_function_name(step)) for step in claim.job.steps)

    def tell_to_stop(self, code: str) -> None:
        """Tells the work to stop; the first code counts. Spark's own work is cancelled apart from this."""
        with self._lock:
            self._stopped = self._stopped or code

    def check(self) -> None:
        """Goes on, or raises.

        Raises:
            Stopped: When the attempt was told to stop.
        """
        if self._stopped is not None:
            raise Stopped(self._stopped)

    def outcome(self) -> Outcome:
        """What is known of the work so far."""
        return Outcome(
            step_progress=self.steps,
            stages=self._stages,
            rejects=self._rejected,
            result=self._result,
        )

    def run(self, pool: str) -> Manifest:
        """Runs the steps and seals what they wrote.

        Raises:
            AttemptFailed: With the reason.
            Stopped: When it was told to stop.
        """
        try:
            return self._run(pool)
        except (Stopped, AttemptFailed):
            raise
        except BaseException as error:
            self._fail_step()
            self._stages = self._last_stages()
            # Spark work that was cancelled fails in many ways; why it was cancelled is what counts.
            self.check()
            reason = reason_of(error, self._call, self._calls)
            detail = as_named(self.hide(reason.detail), self._settings.base_folder)
            raise AttemptFailed(error, replace(reason, detail=detail)) from error

    def hide(self, text: str) -> str:
        """A text without the job's credentials."""
        secret = webhook_options(self.claim).get("secret")
        text = self._access.hide(text)
        return text.replace(secret, "***") if secret else text

    @property
    def has_rejects(self) -> bool:
        """Whether all that the steps set aside is counted and written, none included."""
        return self._rejected is not None

    def discard(self, *, keeps_rejects: bool = False) -> None:
        """Removes what the attempt wrote, here and on S3; its rejects only if they are not to be kept."""
        if self._uploads is not None and self._staging is not None:
            self._uploads.discard(self._staging.outputs)
        discard(self.folder, keep_file=REJECTS if keeps_rejects else None)

    def _run(self, pool: str) -> Manifest:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._calls = self._checked()
        check_rules(self.claim, self._rules)
        staging = Staging(self._roots, self.job.id, self.name, self.folder, self.check)
        rejects = Rejects()
        results = Results(self._engine, self._settings, self.folder, self.check)
        self._access = access_for_steps(self.claim, self._settings, places(self._calls))
        self._uploads = Uploads(self._access, self.job.id, self.claim.fence, self.check)
        self._staging = staging
        self._sweep_earlier(self._uploads)
        s3 = S3(self._access, by_spark=self._settings.s3_connector == "s3a", check=self.check)
        kept = KeptFrames()
        with self._engine.job(self.group, pool) as session:
            collaborators = {
                Storage: Storage(session, self._roots, staging, s3, self._uploads, act=self._plan),
                Rejects: rejects,
                Batches: self._batches,
                KeptFrames: kept,
                SparkSession: session,
            }
            try:
                # All steps are planned before the first one acts: a mistake in the last is found before any work.
                execute(self._calls, collaborators, self._observer(staging, rejects, results))
                self._act(results)
            finally:
                kept.release()
            self._call = None
            self._reject(rejects, results)
            self.check()
            self._stages = self._engine.stages(self.group)
            return staging.seal()

    def _observer(self, staging: Staging, rejects: Rejects, results: Results) -> Observer:
        def observe(call: Call, workspace: Workspace | None) -> None:
            self.check()
            if workspace is None:
                staging.step = rejects.step = self._batches.step = call.index
                rejects.function = call.function.name
                self._begin(call)
                return
            if call.function.gives is Dataset and workspace.dataset is not None:
                self._plan(partial(self._collect, call, workspace.dataset, results))
            elif _maps(call.function):
                results.streaming_actions.append(call.index)
            if self._planned and self._planned[-1][0] is call:
                self._set_step(call.index, StepState.PENDING, None)
            else:
                self._end(call)

        return observe

    def _plan(self, work: Work) -> None:
        """Keeps the work of the current step until all steps are planned."""
        if self._call is not None:
            self._planned.append((self._call, work))

    def _act(self, results: Results) -> None:
        """Runs the plans of sinks and results, in the order of their steps."""
        for call, work in self._planned:
            self.check()
            self._begin(call)
            work()
            if call.function.gives is None:
                results.full_actions.append(call.index)
            self._end(call)

    def _collect(self, call: Call, dataset: Dataset, results: Results) -> None:
        self._result = results.collect(dataset)
        if results.streams(dataset):
            actions = results.streaming_actions
        else:
            actions = results.full_actions if dataset.amount is None else results.partial_actions
        actions.append(call.index)

    def _reject(self, rejects: Rejects, results: Results) -> None:
        """Counts what was set aside, and says whether it was too much.

        Raises:
            TooManyRejects: When it was.
            ExpectationFailed: When there are records that are to end the job.
        """
        if not rejects.sets:
            self._rejected = 0
            return
        tallies = results.reject(rejects)
        for item, tally in tallies:
            self._count(item, tally)
        # Known before the job fails for them: they tell which records it was.
        self._rejected = sum(tally.rejected for item, tally in tallies if item.fate is not Fate.WARN)
        for item, tally in tallies:
            self._call = next(call for call in self._calls if call.index == item.step)
            item.check(tally)
        self._call = None

    def _count(self, item: SetAside, tally: Tally) -> None:
        step = self.steps[item.step]
        if item.fate is Fate.REJECT:
            step = replace(step, rejected=(step.rejected or 0) + tally.rejected)
        else:
            step = replace(step, warned=(step.warned or 0) + tally.rejected + int(item.is_out_of_bounds(tally)))
        step = replace(step, read=max(step.read or 0, tally.read))
        self.steps = (*self.steps[: item.step], step, *self.steps[item.step + 1 :])

    def _sweep_earlier(self, uploads: Uploads) -> None:
        """Ends what attempts of this job left whose runners died: their batches, and what lies on S3."""
        if self.job.attempts > 1:
            steps = [call.index for call in self._calls if _maps(call.function)]
            self._batches.sweep(self.folder.parent, steps)
            for path in {place.path for place in places(self._calls) if place.is_written}:
                self.check()
                uploads.sweep(path)

    def _last_stages(self) -> tuple[dict[str, Any], ...]:
        """The stages of a failed attempt, if Spark can still be asked."""
        try:
            return self._engine.stages(self.group)
        except (Py4JError, OSError):
            return ()

    def _checked(self) -> list[Call]:
        """The steps, checked again: the catalog may have changed since the job was filed."""
        try:
            return self._catalog.check(
                self.job.steps, Flow(self._roots, self._rules.lists, read_url), max_steps=len(self.job.steps)
            )
        except StepFaults as error:
            fault = error.faults[0]
            place = fault.pointer.split("/")
            step = int(place[2]) if len(place) > 2 else None
            reason = Reason(
                fault.code, f"{fault.pointer}: {fault.detail}", step, hint=fault.hint, pointer=fault.pointer
            )
            raise AttemptFailed(error, reason) from error

    def _begin(self, call: Call) -> None:
        self._call = call
        self._started = time.perf_counter()
        self._set_step(call.index, StepState.RUNNING, None)

    def _end(self, call: Call) -> None:
        self._set_step(call.index, StepState.DONE, round((time.perf_counter() - self._started) * 1000, 3))

    def _fail_step(self) -> None:
        if self._call is not None:
            spent = round((time.perf_counter() - self._started) * 1000, 3)
            self._set_step(self._call.index, StepState.FAILED, spent)

    def _set_step(self, index: int, state: StepState, milliseconds: float | None) -> None:
        step = replace(self.steps[index], state=state, milliseconds=milliseconds)
        self.steps = (*self.steps[:index], step, *self.steps[index + 1 :])


def job_folder(settings: Settings, job_id: str) -> Path:
    """Where a job's attempts keep their results, rejects and manifests."""
    return settings.state_folder / "jobs" / job_id


def _maps(function: Function) -> bool:
    """Whether a function reads all rows at once, into a batch of the job's own."""
    return bool(function.takes) and Batches in function.collaborators.values()


def _function_name(step: object) -> str:
    name = step[0] if isinstance(step, list) and step else step.get("function") if isinstance(step, dict) else None
    return str(name)
