"""A job: its record, its states, and the transitions between them. No Redis, no HTTP, no Spark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from server.errors import InvalidTransition


class State(StrEnum):
    """Where a job stands."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


#: Every legal move; the Lua scripts make no other.
TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.RUNNING, State.CANCELLED}),
    # QUEUED again: its runner died or handed it back, or a retry waits.
    State.RUNNING: frozenset({State.DONE, State.FAILED, State.CANCELLED, State.QUEUED}),
    State.DONE: frozenset(),
    State.FAILED: frozenset(),
    State.CANCELLED: frozenset(),
}

#: States that a job never leaves.
ENDED = frozenset(state for state, next_states in TRANSITIONS.items() if not next_states)

#: What clients of the original read for an id that no job has; not a state of any job.
NOT_FOUND = "NOT_FOUND"


def check_transition(old: State, new: State) -> None:
    """Makes sure that a move is legal.

    Raises:
        InvalidTransition: When it is not.
    """
    if new not in TRANSITIONS[old]:
        raise InvalidTransition(f"a job cannot go from {old} to {new}")


class Priority(StrEnum):
    """How soon a job's turn comes. The claim script shares turns 6:3:1 so that no level starves."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class StepState(StrEnum):
    """Where one step of a running or ended job stands."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"


@dataclass(frozen=True)
class Reason:
    """Why a job ended as it did, or waits again."""

    #: Stable code: step_failed, input_missing, destination_exists, disk_full, timeout, runner_lost, cancelled, ….
    code: str
    detail: str
    #: Place of the step at fault in `steps`, from 0.
    step: int | None = None
    function: str | None = None
    #: Name of the step's argument at fault.
    argument: str | None = None
    #: What the reader can do.
    hint: str | None = None
    #: JSON pointer into the record to what is at fault: to the step, its argument, or a member of that.
    pointer: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Without the members that are not known."""
        return {key: value for key, value in vars(self).items() if value is not None}


@dataclass(frozen=True)
class StepProgress:
    """One step's state and time."""

    function: str
    state: StepState = StepState.PENDING
    #: Wall time of the step, milliseconds. A source or transformation only plans; a sink or result runs the plan.
    milliseconds: float | None = None
    #: Records that the step looked at, and how many of them it set aside; None where it sets none aside, and before
    #: all steps ran.
    read: int | None = None
    rejected: int | None = None
    #: Records that were not as expected and went on all the same.
    warned: int | None = None

    def to_json(self) -> dict[str, Any]:
        """As `GET /jobs/{id}` shows it."""
        shown = {"function": self.function, "state": self.state.value, "milliseconds": self.milliseconds}
        if self.read is None:
            return shown
        rejected = self.rejected or 0
        shown |= {"read": self.read, "kept": self.read - rejected, "rejected": rejected}
        return shown if self.warned is None else shown | {"warned": self.warned}


@dataclass(frozen=True)
class NewJob:
    """A checked submission, ready to be filed."""

    steps: list[Any]
    #: Options as given, without secrets.
    options: dict[str, Any] = field(default_factory=dict)
    name: str | None = None
    tags: tuple[str, ...] = ()
    priority: Priority = Priority.NORMAL
    timeout_seconds: float | None = None
    #: Attempts in all; failures that may pass are retried while some are left. Deaths of the runner do not count.
    max_attempts: int = 1
    #: Credentials (`options.s3`, and `options.webhook` as `webhook`), to be stored encrypted; None: the job has none.
    secrets: dict[str, Any] | None = field(default=None, repr=False)
    #: The name of the key that it was submitted with.
    tenant: str = "default"
    #: The version of a template that its steps came from: `name@version`.
    template: str | None = None


@dataclass(frozen=True)
class Job:
    """The record of a job. Times are milliseconds of Redis TIME since 1970; None: not yet."""

    id: str
    steps: list[Any]
    state: State
    submitted_at: int
    options: dict[str, Any] = field(default_factory=dict)
    name: str | None = None
    tags: tuple[str, ...] = ()
    priority: Priority = Priority.NORMAL
    timeout_seconds: float | None = None
    max_attempts: int = 1
    #: The name of the key that it was submitted with.
    tenant: str = "default"
    #: The version of a template that its steps came from: `name@version`.
    template: str | None = None
    #: `committing` once the decision to publish fell; it never goes back. Else empty.
    phase: str = ""
    reason: Reason | None = None
    #: Claims so far.
    attempts: int = 0
    #: Times that a runner died with it.
    crashes: int = 0
    #: Who holds, or last held, its lease.
    owner: str | None = None
    #: Fencing number of the latest claim.
    fence: int = 0
    started_at: int | None = None
    finished_at: int | None = None
    #: When a waiting retry may start.
    not_before: int | None = None
    step_progress: tuple[StepProgress, ...] = ()
    #: Spark's stages: [{"stage", "name", "tasks", "completed", "active", "failed"}].
    stages: tuple[dict[str, Any], ...] = ()
    #: Lines set aside; None until known.
    rejects: int | None = None
    #: What `take`/`collect` gave: {"rows", "bytes", "truncated"}; None: nothing collected.
    result: dict[str, Any] | None = None
    #: `<fence>-<nonce>` of the attempt whose output this is; its folder holds the result and the rejects. Of a FAILED
    #: job: of the attempt whose rejects tell why; None: no rejects were kept.
    attempt: str | None = None
    cancel_requested: bool = False

    def to_json(self) -> dict[str, Any]:
        """What `GET /jobs/{id}` shows; no secret was ever part of the record."""
        return {
            "job_id": self.id,
            "name": self.name,
            "tags": list(self.tags),
            "state": self.state.value,
            "phase": self.phase or None,
            "reason": self.reason.to_json() if self.reason else None,
            "priority": self.priority.value,
            "steps": self.steps,
            "options": self.options,
            "template": self.template,
            "tenant": self.tenant,
            "attempts": self.attempts,
            "max_attempts": self.max_attempts,
            "crashes": self.crashes,
            "timeout_seconds": self.timeout_seconds,
            "submitted_at": rfc3339(self.submitted_at),
            "started_at": rfc3339(self.started_at),
            "finished_at": rfc3339(self.finished_at),
            "not_before": rfc3339(self.not_before),
            "cancel_requested": self.cancel_requested,
            "progress": {
                "steps": [step.to_json() for step in self.step_progress],
                "stages": list(self.stages),
            },
            "rejects": self.rejects,
            # What a job collected that then failed is not kept.
            "result": self.result if self.state is State.DONE else None,
        }


def rfc3339(milliseconds: int | None) -> str | None:
    """A time as RFC 3339 in UTC with milliseconds, such as 2026-01-31T09:30:00.250Z."""
    if milliseconds is None:
        return None
    moment = datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
