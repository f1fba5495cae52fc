"""A catalog function's steps, and the same work written by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyspark.sql import Column, DataFrame, Observation, SparkSession
from pyspark.sql import functions as F

#: Rows that are kept of those set aside, as the server does.
MOST_ASIDE = 100_000


@dataclass
class Given:
    """What both ways of a pair begin with."""

    session: SparkSession
    #: Where each input lies, by name.
    paths: dict[str, Path]
    #: The input that is read already; only for pairs that name one.
    rows: DataFrame
    #: The inputs that are tables, by name.
    tables: dict[str, DataFrame]
    #: Where a sink writes: nothing is there.
    target: Path
    #: What the hand-written way sets aside: the counts that the data gives as it passes, and the bad rows as JSON.
    aside: list[tuple[Observation, DataFrame]] = field(default_factory=list)
    #: Frames that it keeps in memory; let go of behind the action.
    kept: list[DataFrame] = field(default_factory=list)

    def url(self, name: str) -> str:
        """An input, for Spark's own readers."""
        return f"file://{self.paths[name]}"

    def good(self, frame: DataFrame, is_bad: Column) -> DataFrame:
        """The rows that are not bad; the others are counted as the data passes, and read once more if there are any."""
        observation = Observation()
        row = F.to_json(F.struct("*"), {"ignoreNullFields": "false"}).alias("row")
        self.aside.append((observation, frame.where(is_bad).select(row).limit(MOST_ASIDE)))
        told = F.count(F.lit(1)).alias("read"), F.count_if(is_bad).alias("rejected")
        return frame.observe(observation, *told).where(~is_bad)

    def finish(self) -> None:
        """Keeps what was set aside, and lets go of what was held for the action."""
        for observation, bad in self.aside:
            if observation.get["rejected"]:
                self.target.with_name("aside").write_text("\n".join(row.row for row in bad.collect()))
        self.aside.clear()
        while self.kept:
            self.kept.pop().unpersist()


#: Gives a frame, which is then written nowhere; or the rows of a result; or writes to `Given.target` and gives None.
Hand = Callable[[Given], DataFrame | list[Any] | None]


@dataclass(frozen=True)
class Pair:
    """One comparison. The last step is of the function, or shows what it did (`use_table`)."""

    function: str
    #: In them `@name` is where an input lies, and `@out` where a sink writes.
    steps: Sequence[Any]
    by_hand: Hand
    #: The input that is the current frame before the first step, and which of its columns; none for sources.
    rows: str = ""
    columns: Sequence[str] = ()
    #: Inputs that are tables before the first step.
    tables: Sequence[str] = ()
    #: What sets it apart from other pairs of the function.
    label: str = ""
    #: The columns that both give alike; all of them unless the function leaves some to chance.
    compared: Sequence[str] | None = None
    #: Reads back what a sink wrote.
    read: Callable[[SparkSession, str], DataFrame] | None = None
    #: What the step does that the hand-written way does not; for the table.
    more: str = ""
    #: Fewer rows than the others, where a function is not made for so many.
    most: int | None = None

    @property
    def name(self) -> str:
        """The function, and what sets the pair apart."""
        return f"{self.function}, {self.label}" if self.label else self.function


def over(rows: str, columns: Sequence[str] = (), tables: Sequence[str] = ()) -> Callable[..., Pair]:
    """Makes pairs of one input: `over("people")("lower", [["lower", "name"]], by_hand)`."""

    def pair(function: str, steps: Sequence[Any], by_hand: Hand, **more: Any) -> Pair:
        return Pair(function, steps, by_hand, rows=rows, columns=columns, tables=tables, **more)

    return pair
