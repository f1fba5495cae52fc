"""Fewer partitions."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from functions.catalog import function
from functions.workspace import Frame


@function
def coalesce(frame: Frame, number: Annotated[int, Field(ge=1, le=100_000)]) -> Frame:
    """Put the rows together in at most so many partitions, without moving them all.

    Few partitions mean few tasks for the steps before, too, back to the last one that shuffles; `repartition` does not
    have that cost, but moves every row.

    Args:
        number: How many partitions at most.

    Example:
        ["load_range", 1000]
        ["coalesce", 1]
    """
    return frame.changed(frame.frame.coalesce(number))
