"""Keeping rows at hand."""

from __future__ import annotations

from functions.catalog import function
from functions.kept import KeptFrames
from functions.workspace import Frame


@function
def cache(frame: Frame, *, kept: KeptFrames) -> Frame:
    """Keep the rows at hand once they were worked out, for several later steps to use.

    The rows are the same. The first step that needs them works them out; they are kept in memory and, where that is
    short, on the disk, until the job ends. Worth it where more than one sink, result or table is made of them and they
    are costly to make; else it only costs.

    Example:
        ["load_range", 1000]
        ["cache"]
    """
    return frame.changed(kept.keep(frame.frame))
