"""Runs a pair's steps as an attempt of a job does: check, steps, action, counting of rejects, publication."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from pyspark.sql import DataFrame, SparkSession

from benchmarks.direct import Direct
from benchmarks.peers.inputs import Inputs
from benchmarks.peers.pair import Given, Pair
from functions.catalog import Call, Catalog
from functions.check import Flow
from functions.kept import KeptFrames
from functions.records.rejects import Rejects
from functions.storage.publish import discard, publish
from functions.storage.s3 import S3
from functions.storage.s3_access import Access
from functions.storage.s3_output import Uploads
from functions.storage.staging import Staging
from functions.storage.storage import Storage
from functions.workspace import Dataset, Frame, Lines, Objects, Rows, Tables, Workspace
from spark_runner.executor import run_step
from spark_runner.results import RESULT, Results

#: Does with a frame what is asked of it: writes it nowhere, or looks at its rows.
Action = Callable[[DataFrame], Any]


def nowhere(frame: DataFrame) -> None:
    """Works all rows out, and keeps none."""
    frame.write.format("noop").mode("overwrite").save()


class Machinery:
    """The catalog's steps on inputs that are there already, in a warm driver."""

    def __init__(self, direct: Direct, inputs: Inputs, session: SparkSession) -> None:
        self._engine = direct.engine
        self._settings = direct.settings
        self._catalog: Catalog = direct.catalog
        self._roots = direct.settings.roots()
        self._inputs = inputs
        self._session = session
        #: The steps of each pair that ran, with the places of its inputs and of what it writes.
        self._placed: dict[str, list[Any]] = {}

    def given(self, pair: Pair, target: Path) -> Given:
        """What both ways begin with; the files' schemas are read here, and so count for neither."""
        rows = self._inputs.frame(pair.rows, list(pair.columns)) if pair.rows else self._session.range(1)
        if pair.most is not None:
            rows = rows.limit(pair.most)
        tables = {name: self._inputs.frame(name) for name in pair.tables}
        named = {part[1:] for part in _texts(pair.steps) if part.startswith("@")} - {"out"}
        return Given(self._session, {name: self._inputs.path(name) for name in named}, rows, tables, target)

    def run(self, pair: Pair, given: Given, action: Action = nowhere) -> Any:
        """Runs a pair's steps: what the action gives of a frame, the rows of a result, or None for what was stored."""
        folder = self._settings.state_folder / f"attempt-{uuid4().hex}"
        folder.mkdir(parents=True)
        staging = Staging(self._roots, uuid4().hex, "1-direct", folder, _go_on)
        access = Access()
        uploads = Uploads(access, "direct", 1)
        rejects, kept = Rejects(), KeptFrames()
        collaborators = {
            Storage: Storage(self._session, self._roots, staging, S3(access), uploads),
            Rejects: rejects,
            KeptFrames: kept,
            SparkSession: self._session,
        }
        results = Results(self._engine, self._settings, folder, _go_on)
        try:
            workspace = _begun(pair, given)
            for call in self._calls(pair, given):
                staging.step = rejects.step = call.index
                rejects.function = call.function.name
                workspace = run_step(call, workspace, collaborators)
            made = self._acted(call, workspace, results, folder, action)
            results.reject(rejects)
            if call.function.gives is None:
                publish(staging.seal(), folder, uploads)
            return made
        finally:
            kept.release()
            discard(folder)

    def _calls(self, pair: Pair, given: Given) -> list[Call]:
        """The steps, checked as those of a job are; what stands for the input is left out again."""
        before: list[Any] = [["load_text", "lines"] if pair.rows == "lines" else ["load_range", 1]] if pair.rows else []
        for name in pair.tables:
            before += [["load_range", 1]] * (not before) + [["name_table", name]]
        if pair.name not in self._placed:  # a job's steps name their places already
            places = {f"@{name}": str(path) for name, path in given.paths.items()} | {"@out": str(given.target)}
            self._placed[pair.name] = _placed(list(pair.steps), places)
        steps = [*before, *self._placed[pair.name]]
        return self._catalog.check(steps, Flow(self._roots), max_steps=len(steps))[len(before) :]

    def _acted(self, call: Call, workspace: Workspace, results: Results, folder: Path, action: Action) -> Any:
        if call.function.gives is Dataset and workspace.dataset is not None:
            results.collect(workspace.dataset)
            results.full_actions.append(call.index + 1)
            return (folder / RESULT).read_bytes().splitlines()
        if call.function.gives is None:
            results.full_actions.append(call.index + 1)
            return None
        if workspace.frame is None:
            raise TypeError(f"{call.function.name} gives nothing to look at; end the steps with use_table")
        made = action(_shown(workspace.frame))
        results.full_actions.append(call.index + 1)
        return made


def by_hand(pair: Pair, given: Given, action: Action = nowhere) -> Any:
    """Runs the hand-written way: as `Machinery.run`."""
    made = pair.by_hand(given)
    if isinstance(made, DataFrame):
        made = action(made)
    given.finish()
    return made


def cleared(given: Given) -> None:
    """Takes away what a sink wrote."""
    shutil.rmtree(given.target, ignore_errors=True)


def _begun(pair: Pair, given: Given) -> Workspace:
    rows = (Lines if pair.rows == "lines" else Rows)(given.rows) if pair.rows else None
    tables = Tables({name: Rows(frame) for name, frame in given.tables.items()}) if given.tables else None
    return Workspace(rows, tables)


def _shown(frame: Frame) -> DataFrame:
    """Objects that were split stand in several columns, which no hand-written way has: as JSON both are alike."""
    return frame.frame.select(frame.json().alias("object")) if isinstance(frame, Objects) else frame.frame


def _placed(step: Any, places: dict[str, str]) -> Any:
    if isinstance(step, str):
        return places.get(step, step)
    if isinstance(step, list):
        return [_placed(part, places) for part in step]
    return {name: _placed(part, places) for name, part in step.items()} if isinstance(step, dict) else step


def _texts(step: Any) -> list[str]:
    if isinstance(step, str):
        return [step]
    parts = step.values() if isinstance(step, dict) else step if isinstance(step, list | tuple) else ()
    return [text for part in parts for text in _texts(part)]


def _go_on() -> None:
    """Nothing stops a benchmark."""


def parsed(rows: list[bytes] | list[Any]) -> list[str]:
    """A result's rows, in an order of their own, for comparison."""
    values = [json.loads(row) if isinstance(row, bytes | str) else row for row in rows]
    return sorted(json.dumps(value, sort_keys=True) for value in values)
