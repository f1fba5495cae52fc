"""An analysis: the steps of a job, worked out by a runner as far as that goes without reading data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from functions.check import Fault


@dataclass(frozen=True)
class Analysis:
    """What a runner is asked to analyse."""

    id: str
    steps: list[Any]
    #: The name of the key that it came with.
    tenant: str
    #: Credentials in clear, as those of a job; None: it has none.
    secrets: dict[str, Any] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Findings:
    """What an analysis found."""

    #: Every mistake, in the order of the steps.
    faults: tuple[Fault, ...] = ()
    #: For each step what it gives: see `docs/http-api.md`.
    steps: tuple[dict[str, Any], ...] = ()
    warnings: tuple[str, ...] = ()
    #: Spark's physical plan of each step that acts: `{"step", "plan"}`.
    plans: tuple[dict[str, Any], ...] = ()
    #: Bytes of all files that the job would read; of columnar files fewer may be read.
    bytes: int = 0
