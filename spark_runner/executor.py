"""Folds the steps of one job over a workspace."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from functions.catalog import Call
from functions.workspace import Dataset, Frame, Tables, Workspace

#: Told before (None) and after (the workspace) each step.
Observer = Callable[[Call, Workspace | None], None]


def execute(calls: Sequence[Call], collaborators: Mapping[type, Any], observe: Observer) -> Workspace:
    """Runs the steps in order.

    Args:
        calls: The checked steps.
        collaborators: What functions ask for by keyword-only parameters, by type.
        observe: Called before and after each step; what it raises ends the job.

    Returns:
        What the steps produced.

    Raises:
        StepFailed: When a step cannot be done; Spark's own errors pass through unchanged.
    """
    workspace = Workspace()
    for call in calls:
        observe(call, None)
        workspace = run_step(call, workspace, collaborators)
        observe(call, workspace)
    return workspace


def run_step(call: Call, workspace: Workspace, collaborators: Mapping[type, Any]) -> Workspace:
    """Runs one step; see `execute`. A function may also ask for the tables, whether or not there are any."""
    given = {**collaborators, Tables: workspace.tables or Tables()}
    made = call.function.call(
        *_taken(call, workspace),
        **call.arguments,
        **{name: given[kind] for name, kind in call.function.collaborators.items()},
    )
    return _with(workspace, made, call)


def _taken(call: Call, workspace: Workspace) -> tuple[Any, ...]:
    """What the step takes; the check at submission made sure that it is there."""
    return tuple((workspace.tables or Tables()) if kind is Tables else workspace.frame for kind in call.function.takes)


def _with(workspace: Workspace, given: object, call: Call) -> Workspace:
    match given:
        case Frame():
            return replace(workspace, frame=given)
        case Tables() if Tables not in call.function.takes and workspace.tables is not None:
            # Tables made of the frame stand beside those that exist; a step that takes tables gives all that are left.
            return replace(workspace, tables=Tables({**workspace.tables.tables, **given.tables}))
        case Tables():
            return replace(workspace, tables=given)
        case Dataset():
            return replace(workspace, dataset=given)
        case _:
            return workspace
