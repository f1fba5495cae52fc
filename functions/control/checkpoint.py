"""Keeping rows at hand, and forgetting how they were made."""

from __future__ import annotations

from functions.catalog import function
from functions.kept import KeptFrames
from functions.records.rejects import Rejects
from functions.workspace import Frame


@function
def checkpoint(frame: Frame, *, kept: KeptFrames, rejects: Rejects) -> Frame:
    """Keep the rows once they were worked out, and forget how they were made.

    The rows are the same. As `cache`, but later steps are planned on the kept rows alone: worth it where a long chain
    of steps makes Spark's plan so large that planning takes long. Columns and conditions that later steps ask for are
    no longer looked for in the input. What a step before it groups, sorts or joins may be worked out as soon as the job
    is planned; where a step before it sets records aside, the input is read once more to count them. The rows lie on
    the machines that work on them, not in storage: the job fails if one of them is lost.

    Example:
        ["load_range", 1000]
        ["checkpoint"]
    """
    rejects.cut_off()
    return frame.changed(kept.checkpoint(frame.frame))
