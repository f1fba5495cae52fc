"""Cutting a plan short."""

from __future__ import annotations

from functions.catalog import function
from functions.workspace import Frame


@function
def checkpoint(frame: Frame) -> Frame:
    """Work the rows out once and go on with them alone, without the steps that made them.

    Of use behind very many steps, whose plan would become long, and where a later step must not see other rows than an
    earlier one (as behind `sample`). The rows lie with Spark's executors: a job whose executor is lost fails.

    Example:
        ["load_range", 1000]
        ["checkpoint"]
        ["count"]
    """
    return frame.changed(frame.frame.localCheckpoint(eager=False))
