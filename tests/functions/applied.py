"""One step by itself: its arguments are checked as those of a job are, and then it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from functions.catalog import Function, StepFaults
from functions.check import Flow
from functions.errors import StepFailed
from functions.records.rejects import Rejects
from functions.steps import arguments_of
from functions.storage.roots import Roots
from functions.workspace import Frame

FLOW = Flow(Roots.of(Path(), [], []))


def applied(function: Function, frame: Frame, *arguments: Any, rejects: Rejects | None = None, **named: Any) -> Any:
    """What a step gives: its arguments stand in order, or have names."""
    checked = arguments_of(function, named or list(arguments), "/steps/1", FLOW)
    collaborators = {name: rejects or Rejects() for name in function.collaborators}
    return function.call(frame, **checked, **collaborators)


def failure(function: Function, frame: Frame, *arguments: Any, **named: Any) -> tuple[str, str | None, str | None]:
    """Why a step fails before anything runs: what, the argument at fault, what to do."""
    with pytest.raises(StepFailed) as caught:
        applied(function, frame, *arguments, **named)
    return caught.value.detail, caught.value.argument, caught.value.hint


def refusals(function: Function, *arguments: Any, **named: Any) -> list[tuple[str, str]]:
    """Why a step is refused at submission: where and what."""
    with pytest.raises(StepFaults) as caught:
        arguments_of(function, named or list(arguments), "", FLOW)
    return [(fault.pointer, fault.detail) for fault in caught.value.faults]
