"""Many short lists of steps behind the same rows: planned one by one, read together in one action."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import reduce
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from functions.catalog import Catalog, StepFaults
from functions.check import Fault, Flow
from functions.errors import StepFailed
from functions.kept import KeptFrames
from functions.records.rejects import Rejects
from functions.storage.roots import Roots
from functions.workspace import Rows, Tables, Workspace
from spark_runner.executor import run_step
from tests.functions.running_steps import Steps


@dataclass
class Outcome:
    """What a branch gave: its columns, its rows as JSON has them, and the reasons of what it set aside."""

    columns: list[str]
    rows: list[dict[str, Any]]
    reasons: list[str]

    def by_key(self, key: str) -> dict[Any, dict[str, Any]]:
        """The rows by the value of a column that no two of them share."""
        found = {row[key]: row for row in self.rows}
        assert len(found) == len(self.rows)
        return found


class Branches:
    """Runs steps behind others, which are planned once."""

    def __init__(self, catalog: Catalog, spark: SparkSession, steps: Steps, base: list[Any]) -> None:
        self.kept = KeptFrames()
        self._catalog = catalog
        self._spark = spark
        self._roots: Roots = steps.roots
        self._base = base
        self._workspace = steps.run(base)

    def planned(self, *branch: Any) -> tuple[Workspace, Rejects]:
        """What steps give behind the base; nothing but plans."""
        calls = self._catalog.check([*self._base, *branch], Flow(self._roots))[len(self._base) :]
        workspace, rejects = self._workspace, Rejects()
        collaborators = {Rejects: rejects, KeptFrames: self.kept, SparkSession: self._spark}
        for call in calls:
            workspace = run_step(call, workspace, collaborators)
        return workspace, rejects

    def refused(self, *branch: Any) -> StepFailed | Fault:
        """Why the last step is refused before anything runs: the one mistake."""
        with pytest.raises((StepFailed, StepFaults)) as caught:
            self.planned(*branch)
        error = caught.value
        if isinstance(error, StepFaults):
            (fault,) = error.faults
            return fault
        assert isinstance(error, StepFailed)
        assert not error.more
        return error

    def collected(self, branches: dict[str, list[Any]]) -> dict[str, Outcome]:
        """What branches give, by name, all read in one action."""
        found: dict[str, Outcome] = {}
        parts: list[DataFrame] = []
        for name, branch in branches.items():
            workspace, rejects = self.planned(*branch)
            frame = workspace.frame
            assert isinstance(frame, Rows), name
            found[name] = Outcome(list(frame.columns), [], [])
            parts.append(_labelled(frame.frame, frame.json(), name, "row"))
            for aside in rejects.sets:
                parts.append(_labelled(aside.records(), F.col("reason"), name, "reason"))
        for row in reduce(DataFrame.union, parts).collect():
            if row.what == "row":
                found[row.branch].rows.append(json.loads(row.text))
            else:
                found[row.branch].reasons.append(row.text)
        return found

    def tables(self, *branch: Any) -> Tables:
        """The tables that there are behind some steps."""
        return self.planned(*branch)[0].tables or Tables()


def _labelled(frame: DataFrame, text: Any, branch: str, what: str) -> DataFrame:
    return frame.select(F.lit(branch).alias("branch"), F.lit(what).alias("what"), text.alias("text"))
