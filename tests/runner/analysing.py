"""Deep checks of steps by an analyst in this process."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from server.analyses.analysis import Analysis, Findings
from spark_runner.analysis import Analyst


def analysed(analyst: Analyst, *steps: Any) -> Findings:
    return analyst.analyse(Analysis(str(uuid4()), list(steps), "default"), lambda: None)


def faults(analyst: Analyst, *steps: Any) -> list[tuple[str, str, str | None]]:
    return [(fault.pointer, fault.detail, fault.hint) for fault in analysed(analyst, *steps).faults]
