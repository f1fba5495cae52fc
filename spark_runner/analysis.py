"""Works a job's steps out as far as that goes without reading data: schemas, mistakes, plans.

The steps are called as a job would call them, and give plans; nothing acts on these. A step at fault does not hide the
mistakes of later ones where what follows does not hang on it: see `_Course`.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from functions.batches import Batches, Webhook
from functions.catalog import Call, Catalog, Function
from functions.check import Fault, Flow, in_order
from functions.errors import StepFailed
from functions.kept import KeptFrames
from functions.names import named
from functions.records.rejects import Rejects
from functions.storage.batch_outputs import BatchOutputs
from functions.storage.reading.sample import LargeInputs
from functions.storage.s3 import S3
from functions.storage.s3_access import Access
from functions.storage.s3_output import Uploads
from functions.storage.s3_places import places
from functions.storage.staging import Staging
from functions.storage.storage import Storage
from functions.workspace import Dataset, Frame, Lines, Objects, Rows, Tables, Workspace
from server.analyses.analysis import Analysis, Findings
from server.batches.destinations import Destinations, url_check
from server.jobs.job import Job, State
from server.jobs.protocol import Claim
from server.limits import Limits
from server.settings import Settings
from spark_runner.batches import BatchService
from spark_runner.engine import Engine, is_forbidden
from spark_runner.executor import run_step
from spark_runner.reasons import as_named, reason_of
from spark_runner.s3_access import access_for_steps, check_rules

_LONGEST_PLAN = 20_000
#: Of a larger input only so many bytes are there to be read: enough to see columns in, and read within a second.
_SAMPLE_BYTES = 16 << 20
#: Behind a mistake in one of these groups, or functions, what the columns are is not known: the step need not name
#: those that it makes.
_MAKES_COLUMNS = frozenset({"sources", "frames", "tables", "relations", "own"})
MAKES_UNNAMED = frozenset({"explode", "flatten_struct", "word_count"})
#: What a message lists beside what it is about.
_LISTED = re.compile(r" \((columns|fields|tables) here: .*")


class Analyst:
    """Analyses jobs, each in a thread of the caller's."""

    def __init__(
        self,
        engine: Engine,
        catalog: Catalog,
        settings: Settings,
        batches: BatchService | None = None,
        *,
        sample_bytes: int = _SAMPLE_BYTES,
    ) -> None:
        """Analyses nothing yet.

        Args:
            engine: Plans the steps.
            catalog: The functions.
            settings: The settings.
            batches: Knows which batches there are; None: any may be named.
            sample_bytes: Of a larger input only so many are there for steps that find their columns in the data.
        """
        self._engine = engine
        self._batches = batches
        self._catalog = catalog
        self._settings = settings
        self._sample_bytes = sample_bytes
        self._roots = settings.roots()
        self._limits = Limits(settings)
        self._check_url = url_check(Destinations.of(settings.webhook_allow))

    def analyse(self, analysis: Analysis, check: Callable[[], None]) -> Findings:
        """What can be known of a job before it runs.

        Args:
            analysis: The job.
            check: Called often; raises when the time is up.

        Raises:
            Stopped: When `check` said so.

        The warnings are those that only a deep check gives: whoever asks has had the others from the submission's.
        """
        rules = self._limits.s3_rules(analysis.tenant)
        flow = Flow(self._roots, rules.lists, self._check_url)
        calls, faults = self._catalog.checked(analysis.steps, flow, max_steps=max(1, len(analysis.steps)))
        if not calls:
            return Findings(tuple(faults))
        claim = _as_claim(analysis)
        check_rules(claim, rules)
        access = access_for_steps(claim, self._settings, places(calls))
        try:
            looks = _Looks(self._engine, whole_group(analysis.id), self._sample_bytes, reads_beginning=False)
            findings = self._worked_out(analysis, calls, access, looks, check)
        except _LookedAtLargeInput:
            looks = _Looks(self._engine, sample_group(analysis.id), self._sample_bytes, reads_beginning=True)
            findings = self._worked_out(analysis, calls, access, looks, check)
        mistakes = in_order([*faults, *findings.faults])
        findings = replace(findings, faults=tuple(mistakes), warnings=tuple(looks.warnings))
        return _told(findings, lambda text: as_named(access.hide(text), self._settings.base_folder))

    def _worked_out(
        self, analysis: Analysis, calls: list[Call], access: Access, looks: _Looks, check: Callable[[], None]
    ) -> Findings:
        with (
            tempfile.TemporaryDirectory(prefix="analysis-", dir=self._settings.state_folder) as folder,
            self._engine.job(looks.group, "analyses") as session,
        ):
            staging = Staging(self._roots, analysis.id, "0-analysis", Path(folder), check)
            uploads = Uploads(access, analysis.id, 0, check)
            s3 = S3(access, by_spark=self._settings.s3_connector == "s3a", check=check)
            storage = Storage(session, self._roots, staging, s3, uploads, act=lambda _: None, large_inputs=looks)
            collaborators: dict[type, Any] = {
                Storage: storage,
                Rejects: Rejects(),
                Batches: _NoBatches(Path(folder), self._batches, analysis.tenant),
                KeptFrames: _NothingKept(),
                SparkSession: session,
            }
            course = _Course(self._engine, self._catalog, collaborators, check, looks)
            course.run(calls, analysis.steps)
            return course.findings(storage.listed_bytes)


def whole_group(analysis_id: str) -> str:
    """What Spark work of an analysis belongs to as long as no large input is read."""
    return f"analysis/{analysis_id}"


def sample_group(analysis_id: str) -> str:
    """What Spark work of an analysis belongs to that reads the beginnings of large inputs."""
    return f"analysis/{analysis_id}/beginnings"


class _LookedAtLargeInput(Exception):
    """A step was about to read a large input, to find its columns."""


class _Looks(LargeInputs):
    """Which steps look at data, once there is a large input.

    At first large inputs are planned as in a job, and nothing may be read any more. Where a step would, all is planned
    anew with their beginnings in their place, and the steps that read are told.
    """

    def __init__(self, engine: Engine, group: str, most_bytes: int, *, reads_beginning: bool) -> None:
        super().__init__(most_bytes, reads_beginning=reads_beginning)
        self.group = group
        self._engine = engine
        self._seen: frozenset[int] = frozenset()
        self._met = self._known = 0
        self.warnings: list[str] = []

    def meet(self, path: str) -> None:
        if not self.paths:
            if self.reads_beginning:
                self._seen = self._engine.has_run(self.group)
            else:
                self._engine.forbid(self.group)
        super().meet(path)
        self._met += 1

    def note(self, call: Call, error: Exception | None) -> None:
        """Notes what a step did, which has just been called.

        Raises:
            _LookedAtLargeInput: When it failed because nothing was to be read.
        """
        if not self.paths:
            return
        if not self.reads_beginning:
            if is_forbidden(error):
                raise _LookedAtLargeInput
            return
        found = self._engine.has_run(self.group)
        is_of_them = bool(call.function.takes) or self._met > self._known
        if found - self._seen and is_of_them:
            self.warnings.append(
                f"step {call.index} (`{call.function.name}`) finds its columns in the data, of which this check looked"
                f" only at the beginning (of {named(self.paths)}): there may be more columns, of other types, and"
                " mistakes told of it and of later steps may come of that; a schema, or values, in the step settles it"
            )
        self._seen, self._known = found, self._met


class _Course:
    """The steps one after the other, going on behind mistakes.

    Behind a mistake in a step that makes columns the frame is not known, and steps that take it are passed over, until
    another frame takes its place. Behind a mistake in any other step the frame stays as it was; of later mistakes those
    are not told that name what the step at fault named: they may come of it. A step that the catalog's own check
    found at fault is passed over in the same way.
    """

    def __init__(
        self,
        engine: Engine,
        catalog: Catalog,
        collaborators: dict[type, Any],
        check: Callable[[], None],
        looks: _Looks,
    ) -> None:
        self._engine = engine
        self._catalog = catalog
        self._looks = looks
        self._collaborators = collaborators
        self._check = check
        self._workspace = Workspace()
        self._is_frame_known = True
        self._named: list[str] = []
        self._faults: list[Fault] = []
        self._steps: list[dict[str, Any]] = []
        self._plans: list[dict[str, Any]] = []

    def run(self, calls: list[Call], steps: Sequence[Any]) -> None:
        """Works the steps out; those that have no call were found at fault."""
        good = {call.index: call for call in calls}
        for index, step in enumerate(steps):
            self._check()
            call = good.get(index)
            if call is None:
                self._pass_over(step)
                continue
            self._steps.append({"function": call.function.name})
            if call.function.frame_taken and not (self._is_frame_known and self._workspace.frame):
                self._steps[-1]["unknown"] = True
                self._named += _texts(call.arguments.values())
                continue
            try:
                self._workspace = run_step(call, self._workspace, self._collaborators)
                self._steps[-1] |= _shown(call, self._workspace)
                self._plan(call)
            except Exception as error:  # noqa: BLE001 - whatever Spark raises is told as the step's mistake
                self._check()
                self._looks.note(call, error)
                self._note(call, calls, error)
                continue
            self._looks.note(call, None)
            if _gives_frame(call.function):
                self._is_frame_known = True

    def findings(self, listed_bytes: int) -> Findings:
        return Findings(tuple(self._faults), tuple(self._steps), (), tuple(self._plans), listed_bytes)

    def _pass_over(self, step: Any) -> None:
        name = step.get("function") if isinstance(step, dict) else step[0] if isinstance(step, list) and step else None
        meant = self._catalog.meant(name) if isinstance(name, str) else None
        self._named += _texts(step.values() if isinstance(step, dict) else step[1:] if isinstance(step, list) else ())
        self._named += _texts(parameter.default for parameter in (meant.parameters if meant else ()))
        if meant is None or _makes_columns(meant):
            self._is_frame_known = False

    def _plan(self, call: Call) -> None:
        found = _acted_on(call, self._workspace)
        if found is not None:
            self._plans.append({"step": call.index, "plan": self._engine.plan(found)[:_LONGEST_PLAN]})

    def _note(self, call: Call, calls: list[Call], error: Exception) -> None:
        for one in [error, *(error.more if isinstance(error, StepFailed) else ())]:
            reason = reason_of(one, call, calls)
            detail = reason.detail.removeprefix(f"step {call.index} (`{call.function.name}`): ")
            about = _LISTED.sub("", detail)
            if not any(f"`{name}`" in about for name in self._named if name):
                self._faults.append(Fault(reason.pointer or call.pointer(), detail, reason.hint, reason.code))
        self._named += _texts(call.arguments.values())
        if _makes_columns(call.function):
            self._is_frame_known = False


def _gives_frame(function: Function) -> bool:
    return function.gives is not None and issubclass(function.gives, Frame)


def _makes_columns(function: Function) -> bool:
    return _gives_frame(function) and (function.group in _MAKES_COLUMNS or function.name in MAKES_UNNAMED)


def _acted_on(call: Call, workspace: Workspace) -> DataFrame | None:
    """The plan that a step of a job would run."""
    if call.function.gives is Dataset and workspace.dataset is not None:
        return workspace.dataset.rows
    if call.function.gives is None and call.function.frame_taken and workspace.frame is not None:
        return workspace.frame.frame
    return None


def _shown(call: Call, workspace: Workspace) -> dict[str, Any]:
    """What a step gave."""
    gives = call.function.gives
    if gives is not None and issubclass(gives, Frame) and workspace.frame is not None:
        return _frame(workspace.frame)
    if gives is Tables and workspace.tables is not None:
        tables = workspace.tables.tables
        return {"gives": "tables", "tables": {name: _table(table) for name, table in tables.items()}}
    return {"gives": "dataset" if gives is Dataset else None}


def _frame(frame: Frame) -> dict[str, Any]:
    match frame:
        case Lines():
            return {"gives": "lines", "columns": _columns(frame)}
        case Rows():
            return {"gives": "rows", "columns": _columns(frame)}
        case Objects():
            return {"gives": "objects"}
    return {"gives": "a frame"}


def _table(table: Any) -> Any:
    if isinstance(table, Rows):
        return {"columns": _columns(table)}
    return {"fields": list(table.fields)}


def _columns(rows: Rows) -> list[dict[str, Any]]:
    return [
        {"name": field.name, "type": field.dataType.simpleString(), "nullable": field.nullable}
        for field in rows.frame.schema
    ]


def _texts(arguments: Iterable[Any]) -> Iterator[str]:
    """All texts inside a step's arguments."""
    waiting: list[Any] = list(arguments)
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            waiting += [*item, *item.values()]
        elif isinstance(item, list | tuple):
            waiting += item
        elif hasattr(item, "__dict__"):
            waiting += vars(item).values()


def _as_claim(analysis: Analysis) -> Claim:
    job = Job(analysis.id, analysis.steps, State.RUNNING, 0, tenant=analysis.tenant)
    return Claim(job, 0, "analysis", analysis.secrets, committing=False)


def _told(findings: Findings, hide: Callable[[str], str]) -> Findings:
    """Without what nobody is to see: Spark's words may hold secrets of a step, and where the server's folders lie."""
    faults = [
        replace(fault, detail=hide(fault.detail), hint=hide(fault.hint) if fault.hint else None)
        for fault in findings.faults
    ]
    plans = [{**plan, "plan": hide(plan["plan"])} for plan in findings.plans]
    warnings = tuple(map(hide, findings.warnings))
    return replace(findings, faults=tuple(faults), warnings=warnings, plans=tuple(plans))


class _NothingKept(KeptFrames):
    """An analysis keeps no rows: none are worked out."""

    def keep(self, frame: DataFrame) -> DataFrame:
        return frame

    def checkpoint(self, frame: DataFrame) -> DataFrame:
        # Spark would run what stands before, up to the last shuffle.
        return frame


class _NoBatches:
    """An analysis waits for no batch, and calls no webhook."""

    def __init__(self, folder: Path, service: BatchService | None, tenant: str) -> None:
        self._nothing = BatchOutputs(folder / "none")
        self._service = service
        self._tenant = tenant

    def outputs(self, batch_id: str) -> BatchOutputs:
        if self._service is not None:
            looked = self._service.batch(batch_id, self._tenant)
            asyncio.run_coroutine_threadsafe(looked, self._service.loop).result()
        return self._nothing

    def map(self, inputs: Iterable[tuple[str, str]], webhook: Webhook) -> BatchOutputs:
        if self._service is not None:
            asyncio.run_coroutine_threadsafe(self._service.check_url(webhook.url), self._service.loop).result()
        return self._nothing
