"""Rows that let a cancelled job's tasks end."""

from __future__ import annotations

from pyspark.sql import DataFrame

#: Of so many rows one asks, a power of 2: each that asks costs some 0.5 µs.
_EVERY = 64


def interruptible(frame: DataFrame) -> DataFrame:
    """The same rows, of a source whose tasks do not see themselves that their job was cancelled.

    Files and shuffled rows ask Spark for each row or batch whether the task is to end. Spark's `RangeExec` asks after
    each thousand numbers, but only in a loop that it has left by then where rows go on one by one, as to a sink or an
    aggregate of text. A cancel interrupts the task's thread, and then `Thread.sleep` raises. The rows are told apart by
    their place, not by values, which may all be alike; that they are keeps Spark from moving the filter elsewhere.
    """
    asks = f"(monotonically_increasing_id() & {_EVERY - 1}) = 0"
    # Whatever text `reflect` makes of a method that gives nothing, the row stays.
    stays = "length(coalesce(reflect('java.lang.Thread', 'sleep', 0L), '')) >= 0"
    return frame.filter(f"NOT ({asks}) OR {stays}")
