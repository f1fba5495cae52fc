"""Keeping rows at hand."""

from __future__ import annotations

from functions.catalog import function
from functions.kept import KeptFrames
from functions.workspace import Frame


@function
def cache(frame: Frame, *, kept: KeptFrames) -> Frame:
    """Keep the rows at hand once they were worked out for the first time.

    Of use where several later steps read the same rows. They lie in memory, where that is short on the disk, and are
    let go when the job ends.

    Example:
        ["load_range", 1000]
        ["cache"]
        ["count"]
    """
    return frame.changed(kept.keep(frame.frame))
