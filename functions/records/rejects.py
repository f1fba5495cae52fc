"""Records that a step sets aside instead of failing: counted as the data passes, and readable afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any
from uuid import uuid4

from pyspark.sql import Column, DataFrame, Observation, Row
from pyspark.sql import functions as F

from functions.errors import StepFailed
from functions.records.first_seen import FirstSeen


class TooManyRejects(StepFailed):
    """More records were set aside than the step allows."""

    code = "too_many_rejects"


class ExpectationFailed(StepFailed):
    """The data is not as the step expects it."""

    code = "expectation_failed"


class Fate(Enum):
    """What becomes of records that are not as they should be."""

    #: They are set aside.
    REJECT = "reject"
    #: They go on, and are counted.
    WARN = "warn"
    #: They end the job, once all are counted.
    FAIL = "fail"


@dataclass(frozen=True)
class Tally:
    """How many records a step read, and how many of them it set aside; the others it kept."""

    read: int
    rejected: int
    #: What was kept of the first of those, as the data passed; see `SetAside.first`.
    first: Sequence[Any] = ()


@dataclass(frozen=True)
class SetAside:
    """What one step sets aside."""

    #: Place of the step in the job, from 0.
    step: int
    function: str
    #: Makes the frame of rejected records: the string columns `line` and `reason`, and of an expectation `check`, the
    #: place of the first check that the record does not meet. Late, since most jobs reject nothing.
    records: Callable[[], DataFrame]
    #: Makes the frame of one row that counts them: `read`, `rejected`; for where nothing was watched to its end.
    counts: Callable[[], DataFrame]
    fate: Fate = Fate.REJECT
    #: How many records may be set aside, or from above 0 to below 1 which share of those that are read; None: any.
    most: float | None = None
    #: Each counts the records (`read`, `rejected`) during the first action that reads through it; the same records may
    #: be read in several ways.
    observations: list[Observation] = field(default_factory=list)
    #: Whether the plan that the observations stand in was cut off, so that Spark never tells them.
    is_cut_off: bool = False
    #: Whether a later step may stop reading before the end.
    stops_early: bool = False
    #: Whether a table holds what was left, so that steps may read it several times.
    is_named: bool = False
    #: Whether one plan may read it to its end and also stop early: Spark tells the numbers of one of the two.
    is_read_both_ways: bool = False
    #: Whether a later step puts all rows in an order: Spark reads them once more before, to see how they are spread,
    #: and counts them both times.
    is_sorted: bool = False
    #: For an expectation about all rows together: the fewest and the most that there may be.
    bounds: tuple[int | None, int | None] | None = None
    #: The place of that expectation in the step's `checks`.
    bounds_check: int | None = None
    #: For expectations about each row: makes the frame of one row that counts the records which do not meet a check,
    #: for each check in a column named for its place.
    unmet: Callable[[], DataFrame] | None = None
    #: What is kept of the first records while the data passes; None: nothing.
    first: FirstSeen | None = None

    def watch(self, frame: DataFrame, keep: Column) -> DataFrame:
        """Keeps the rows for which `keep` is true, and counts all and the others as the data passes.

        Where these are not set aside, all rows are kept.
        """
        observation = Observation(f"rejects-{uuid4().hex}")
        self.observations.append(observation)
        if self.first is None:
            watched = frame.observe(observation, *_counts(keep))
        else:
            wide, first, names = self.first.watched(frame, keep)
            watched = wide.observe(observation, *_counts(keep), first).drop(*names)
        return watched.where(keep) if self.fate is Fate.REJECT else watched

    def seen(self, tally: Tally) -> Sequence[Row] | None:
        """What readers are told of the records, as `records` gives it, where all of them were kept; else None."""
        return None if self.first is None else self.first.rows(tally.first, tally.rejected)

    def is_out_of_bounds(self, tally: Tally) -> bool:
        """Whether there are too few or too many rows for an expectation about all of them."""
        least, most = self.bounds or (None, None)
        return (least is not None and tally.read < least) or (most is not None and tally.read > most)

    def counted(self) -> Tally:
        """Counts all records, by reading them."""
        row = self.counts().head()
        return Tally(row["read"], row["rejected"]) if row else Tally(0, 0)

    def check(self, tally: Tally) -> None:
        """Says whether so many may be set aside.

        Raises:
            TooManyRejects: When they are more than `most`.
            ExpectationFailed: When there is one that is to end the job.
        """
        if self.fate is Fate.FAIL and self.is_out_of_bounds(tally):
            least, most = self.bounds or (None, None)
            wanted = " and ".join(
                f"{word} {n}" for word, n in (("at least", least), ("at most", most)) if n is not None
            )
            detail = f"there are {tally.read} rows; expected are {wanted}"
            at = () if self.bounds_check is None else (self.bounds_check,)
            raise ExpectationFailed(detail, argument="checks", at=at)
        if self.fate is Fate.FAIL and tally.rejected:
            raise self._unexpected(tally)
        if self.most is None:
            return
        is_share = 0 < self.most < 1
        allowed = self.most * tally.read if is_share else self.most
        limit = f"{self.most:.6g} of them" if is_share else f"{self.most:.0f}"
        if tally.rejected > allowed:
            raise TooManyRejects(
                f"{tally.rejected} of {tally.read} records were set aside; the step allows {limit}",
                argument="max_rejects",
                hint="GET /jobs/{job_id}/rejects tells which and why; mend them, or allow more",
            )

    def _unexpected(self, tally: Tally) -> ExpectationFailed:
        """What to tell of rows that do not meet checks: how many, the first, and which checks."""
        first = self.records().head()
        example = f"; the first: {first['reason']}, in {first['line'][:_LONGEST_LINE]}" if first else ""
        counted = self.unmet().head() if self.unmet is not None else None
        unmet = {int(place): count for place, count in (counted.asDict() if counted else {}).items() if count}
        counts = ", ".join(f"check {place}: {count} row{'s' if count != 1 else ''}" for place, count in unmet.items())
        which = f" ({counts})" if len(unmet) > 1 else ""
        detail = f"{tally.rejected} of {tally.read} rows are not as expected{which}{example}"
        return ExpectationFailed(detail, argument="checks", at=tuple(unmet)[:1], hint=_MEND_DATA)


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
        told: Callable[[], tuple[Column, Column | str]],
        *,
        records: Callable[[], DataFrame] | None = None,
        most: float | None = None,
        fate: Fate = Fate.REJECT,
        checks: Mapping[int, Column] | None = None,
        first: FirstSeen | None = None,
    ) -> DataFrame:
        """Keeps the rows for which `keep` is true; the others become the job's rejects.

        Args:
            frame: The rows.
            keep: Boolean, never null.
            told: Makes what the reader of the rejects is told: the row as text, and why it was set aside, such as
                "not JSON"; as a column, for each row its own. Late where it is not kept of the first as they pass.
            records: Reads the rejected rows, as the string columns `line` and `reason`, where there is a faster way
                than filtering.
            most: How many records may be set aside, or which share of them; see `SetAside.most`.
            fate: What becomes of them, if they are not to be set aside.
            checks: For an expectation: by the place of each check in the step, a column that is NULL where a row meets
                it.
            first: What is kept of the first of them, as they pass; None: what `told` makes, unless there are `records`.

        Returns:
            The kept rows; all of them, where none are set aside.
        """

        def told_columns() -> list[Column]:
            line, reason = told()
            told_reason = F.lit(reason) if isinstance(reason, str) else reason
            place = [_first_unmet(checks).alias("check")] if checks else []
            return [line.alias("line"), told_reason.alias("reason"), *place]

        def rejected() -> DataFrame:
            # Spark moves a condition below what it looks at, which would work that out anew at each look: a line
            # would be parsed several times. It moves none below what it observes.
            barrier = frame.observe(f"barrier-{uuid4().hex}", F.expr("count(1) AS read"))
            return barrier.where(~keep).select(*told_columns())

        def counts() -> DataFrame:
            return frame.agg(*_counts(keep))

        def unmet() -> DataFrame:
            return frame.agg(*[F.count(wrong).alias(str(place)) for place, wrong in (checks or {}).items()])

        if first is None and records is None and fate is not Fate.WARN:
            line, reason, *place = told_columns()
            kept = F.struct(line, reason, *place)
            first = FirstSeen(kept, F.octet_length(line) + F.octet_length(reason))
        item = SetAside(self.step, self.function, records or rejected, counts, fate, most, first=first)
        self.sets.append(replace(item, unmet=unmet) if checks else item)
        return self.sets[-1].watch(frame, keep)

    def name(self) -> None:
        """Notes that the current rows became a table."""
        self.sets = [replace(item, is_named=True) for item in self.sets]

    def stop_early(self, *, is_cut: bool = True) -> None:
        """Notes that a step reads, or may read, no more rows than it needs.

        Args:
            is_cut: Whether it does, of rows that a later one may take all of.
        """
        self.sets = [
            replace(item, stops_early=True, is_read_both_ways=item.is_read_both_ways or (is_cut and item.is_named))
            for item in self.sets
        ]

    def sort(self) -> None:
        """Notes that a step puts all rows in an order."""
        self.sets = [replace(item, is_sorted=True) for item in self.sets]

    def cut_off(self) -> None:
        """Notes that what was set aside so far can only be counted by reading it: its plan is cut off."""
        self.sets = [replace(item, is_cut_off=True) for item in self.sets]

    def expect_rows(
        self, frame: DataFrame, least: int | None, most: int | None, fate: Fate, *, check: int | None = None
    ) -> DataFrame:
        """Counts the rows, which are to be within bounds.

        Args:
            frame: The rows.
            least: The fewest; None: any.
            most: The most; None: any.
            fate: WARN or FAIL.
            check: The place of this expectation in the step's `checks`.
        """
        self.set_aside(frame, F.lit(True), lambda: (F.lit(""), ""), fate=fate)
        self.sets[-1] = replace(self.sets[-1], bounds=(least, most), bounds_check=check, first=None)
        return self.sets[-1].watch(frame, F.lit(True))

    def fault(self, reason: Column, record: Column | None = None) -> Column:
        """An expression that fails the job where it is worked out, with a reason that names this step.

        Args:
            reason: Why, for each row.
            record: The record as text, whose beginning is told on one line; None: it is not at hand.
        """
        told = [F.lit(f"{FAULT}{self.step}: "), reason]
        if record is not None:
            line = F.regexp_replace(F.make_valid_utf8(record), r"\s+", " ")
            told += [F.lit(", in "), F.left(line, F.lit(_LONGEST_LINE))]
        return F.raise_error(F.concat(*told))


def _first_unmet(checks: Mapping[int, Column]) -> Column:
    """The place of the first check that a row does not meet."""
    return F.coalesce(*[F.when(wrong.isNotNull(), F.lit(place)) for place, wrong in checks.items()])


def _counts(keep: Column) -> tuple[Column, Column]:
    return F.expr("count(1) AS read"), F.count_if(~keep).alias("rejected")


_MEND_DATA = "GET /jobs/{job_id}/rejects tells which and why; mend them, or say `warn` or `quarantine`"

#: Characters of a record that a message shows.
_LONGEST_LINE = 300

#: How the text of an error begins that a step raises for a record; the number of the step follows.
FAULT = "bad record at step "
