"""Fewer partitions, without moving rows between machines."""

from __future__ import annotations

from functions.catalog import function
from functions.partitions import PartitionCount
from functions.workspace import Frame


@function
def coalesce(frame: Frame, number: PartitionCount) -> Frame:
    """Put rows into fewer partitions by joining neighbouring ones; they are never made more.

    The rows are the same. Nothing is moved around, so it costs nothing by itself, but what comes before it in the same
    stage runs in so few tasks, too; `repartition` keeps that part parallel. What is stored behind it is so many files.

    Args:
        number: The most partitions, from 1 to 10,000.

    Example:
        ["load_range", 1000]
        ["coalesce", 1]
    """
    return frame.changed(frame.frame.coalesce(number))
