"""Lines that a step sets aside instead of failing: counted as the data passes, and readable afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import uuid4

from pyspark.sql import Column, DataFrame, Observation
from pyspark.sql import functions as F


@dataclass(frozen=True)
class SetAside:
    """What one step sets aside."""

    #: Place of the step in the job, from 0.
    step: int
    function: str
    reason: str
    #: Makes the frame of rejected rows: one string column, `line`. Late, since most jobs reject nothing.
    lines: Callable[[], DataFrame]
    #: Each counts the rejected rows (`rejected`) during the first action that reads through it; the same lines may be
    #: read in several ways.
    observations: list[Observation] = field(default_factory=list)

    def watch(self, frame: DataFrame, keep: Column) -> DataFrame:
        """Keeps the rows for which `keep` is true, and counts the others as the data passes."""
        observation = Observation(f"rejects-{uuid4().hex}")
        self.observations.append(observation)
        return frame.observe(observation, F.count_if(~keep).alias("rejected")).where(keep)


class Rejects:
    """Collects what the steps of one job set aside. The executor names the step before it calls each."""

    def __init__(self) -> None:
        self.step = 0
        self.function = ""
        self.sets: list[SetAside] = []

    def set_aside(
        self,
        frame: DataFrame,
        keep: Column,
        line: Column,
        reason: str,
        lines: Callable[[], DataFrame] | None = None,
    ) -> DataFrame:
        """Keeps the rows for which `keep` is true; the others become the job's rejects.

        Args:
            frame: The rows.
            keep: Boolean, never null.
            line: The row as text, for the reader of the rejects.
            reason: Why a row was set aside, such as "not JSON".
            lines: Reads the rejected rows, as one string column `line`, where there is a faster way than filtering.

        Returns:
            The kept rows.
        """

        def rejected() -> DataFrame:
            return frame.where(~keep).select(line.alias("line"))

        self.sets.append(SetAside(self.step, self.function, reason, lines or rejected))
        return self.sets[-1].watch(frame, keep)
