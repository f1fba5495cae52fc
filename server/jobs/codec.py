"""Between a job's record and its Redis hash. A field that holds its default is not stored: a hash stays small."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from server.api_keys import NOBODY
from server.jobs.job import Job, NewJob, Priority, Reason, State, StepProgress, StepState
from server.jobs.protocol import Event, Outcome, Progress


def as_json(value: Any) -> str:
    """Compact JSON in ASCII: a lone surrogate in an error's text must not keep a job from ending."""
    return json.dumps(value, separators=(",", ":"))


def new_fields(job: NewJob) -> list[str]:
    """The hash of a submission: field, value, field, value …. Credentials are not part of it."""
    # The steps' text goes in and out of Redis as it is; no script decodes it.
    fields = {"steps": json.dumps(job.steps, separators=(",", ":"), ensure_ascii=False)}
    if job.options:
        fields["options"] = as_json(job.options)
    if job.name is not None:
        fields["name"] = job.name
    if job.tags:
        fields["tags"] = as_json(job.tags)
    if job.priority is not Priority.NORMAL:
        fields["priority"] = job.priority.value
    if job.timeout_seconds is not None:
        fields["timeout"] = repr(float(job.timeout_seconds))
    if job.max_attempts != 1:
        fields["max_attempts"] = str(job.max_attempts)
    if job.tenant != NOBODY:
        fields["tenant"] = job.tenant
    if job.template is not None:
        fields["template"] = job.template
    return [text for field in fields.items() for text in field]


def record(flat: Sequence[str]) -> dict[str, str]:
    """A hash from the flat list that scripts answer."""
    return dict(zip(flat[::2], flat[1::2], strict=True))


def job_of(job_id: str, fields: Mapping[str, str]) -> Job:
    """The record in a hash."""
    return Job(
        id=job_id,
        steps=json.loads(fields["steps"]),
        state=State(fields["state"]),
        submitted_at=int(fields["submitted"]) // 1000,  # stored in microseconds: they order a burst of jobs
        options=_decoded(fields, "options", {}),
        name=fields.get("name"),
        tags=tuple(_decoded(fields, "tags", ())),
        priority=Priority(fields.get("priority", Priority.NORMAL)),
        timeout_seconds=float(fields["timeout"]) if "timeout" in fields else None,
        max_attempts=int(fields.get("max_attempts", 1)),
        tenant=fields.get("tenant", NOBODY),
        template=fields.get("template"),
        phase=fields.get("phase", ""),
        reason=Reason(**_decoded(fields, "reason", {})) if "reason" in fields else None,
        attempts=int(fields.get("attempts", 0)),
        crashes=int(fields.get("crashes", 0)),
        owner=fields.get("owner"),
        fence=int(fields.get("fence", 0)),
        started_at=_number(fields, "started_at"),
        finished_at=_number(fields, "finished_at"),
        not_before=_number(fields, "not_before"),
        step_progress=tuple(map(_step, _decoded(fields, "progress", ()))),
        stages=tuple(_decoded(fields, "stages", ())),
        rejects=_number(fields, "rejects"),
        result=_decoded(fields, "result", None),
        attempt=fields.get("attempt"),
        cancel_requested=fields.get("cancel") == "1",
    )


def progress_arguments(progress: Progress | Outcome | None) -> dict[str, str]:
    """The scripts' `progress` and `stages`; empty text leaves what was known."""
    return {
        "progress": as_json([step.to_json() for step in progress.step_progress])
        if progress and progress.step_progress
        else "",
        "stages": as_json(progress.stages) if progress and progress.stages else "",
    }


def outcome_arguments(outcome: Outcome | None) -> dict[str, str]:
    """The scripts' `progress`, `stages`, `rejects` and `result`; empty text leaves what was known."""
    rejects = outcome.rejects if outcome else None
    return progress_arguments(outcome) | {
        "rejects": "" if rejects is None else str(rejects),
        "result": as_json(outcome.result) if outcome and outcome.result is not None else "",
    }


def event_of(text: str) -> Event:
    """An event from '<number> <ms> <kind> <JSON>'."""
    number, at, kind, data = text.split(" ", 3)
    return Event(number, int(at), kind, json.loads(data))


def _step(found: Mapping[str, Any]) -> StepProgress:
    counts = (found.get("read"), found.get("rejected"), found.get("warned"))
    return StepProgress(found["function"], StepState(found["state"]), found["milliseconds"], *counts)


def _number(fields: Mapping[str, str], name: str) -> int | None:
    return int(fields[name]) if name in fields else None


def _decoded(fields: Mapping[str, str], name: str, default: Any) -> Any:
    return json.loads(fields[name]) if name in fields else default
