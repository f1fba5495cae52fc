"""Frames that a job keeps at hand, so that several steps read them once."""

from __future__ import annotations

from pyspark import StorageLevel
from pyspark.sql import DataFrame


class KeptFrames:
    """What one attempt keeps in memory and, where that is short, on the disk; it lets go of all when it ends."""

    def __init__(self) -> None:
        self._frames: list[DataFrame] = []

    def keep(self, frame: DataFrame) -> DataFrame:
        """Keeps the rows once they were worked out for the first time."""
        self._frames.append(frame.persist(StorageLevel.MEMORY_AND_DISK))
        return self._frames[-1]

    def checkpoint(self, frame: DataFrame) -> DataFrame:
        """Keeps the rows once they were worked out for the first time, and cuts off the plan that made them.

        Spark has no call that lets go of them: it does so by itself when nothing holds the frame any more.
        """
        return frame.localCheckpoint(eager=False)

    def release(self) -> None:
        """Lets go of all."""
        while self._frames:
            self._frames.pop().unpersist()
