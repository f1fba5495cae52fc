"""What the store's operations take and answer; `docs/job-protocol.md` tells how they fit together."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from server.jobs.job import Job, StepProgress


@dataclass(frozen=True)
class Submitted:
    """A filed job."""

    job_id: str
    #: The Idempotency-Key was known: the job had been filed before.
    replayed: bool


@dataclass(frozen=True)
class Event:
    """Something that happened to a job."""

    #: Its number in the job's history, from 1; what `after` takes.
    id: str
    #: Milliseconds of Redis TIME.
    at: int
    #: state, step, log, attempt, cancel.
    kind: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Claim:
    """A job under a lease. `fence` and `nonce` prove the lease to every later call."""

    job: Job
    #: Fencing number: a later claim of the same job has a greater one.
    fence: int
    nonce: str
    #: Credentials in clear; None: the job has none.
    secrets: dict[str, Any] | None = field(repr=False)
    #: The decision to publish fell already: complete the publication of `job.attempt`, run nothing.
    committing: bool
    #: What `prepare` recorded, for `finish`; empty before.
    digest: str = ""


@dataclass(frozen=True)
class Progress:
    """How far a running job is."""

    step_progress: tuple[StepProgress, ...] = ()
    stages: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What an attempt leaves in the record. Members left out keep what was known."""

    step_progress: tuple[StepProgress, ...] = ()
    stages: tuple[dict[str, Any], ...] = ()
    #: Lines set aside.
    rejects: int | None = None
    #: {"rows", "bytes", "truncated"}.
    result: dict[str, Any] | None = None


@dataclass(frozen=True)
class Heartbeat:
    """One job's part of `beat_many`."""

    job_id: str
    fence: int
    nonce: str
    progress: Progress | None = None


class Beat(StrEnum):
    """The answer to a heartbeat."""

    OK = "OK"
    #: Stop the work, then call `stopped`.
    CANCEL = "CANCEL"
    #: Someone else has the job, or it ended: stop the work and tell no one.
    LOST = "LOST"


class Prepared(StrEnum):
    """The answer to `prepare` and `commit`."""

    OK = "OK"
    #: The job is to be cancelled: publish nothing, call `stopped`.
    CANCEL = "CANCEL"
    #: Publish nothing.
    LOST = "LOST"


class Finished(StrEnum):
    """The answer to `finish`."""

    DONE = "DONE"
    #: It was DONE before, with the same digest.
    ALREADY = "ALREADY"
    #: Nothing was prepared, or with another digest.
    REFUSED = "REFUSED"


class Failed(StrEnum):
    """The answer to `fail`."""

    FAILED = "FAILED"
    #: It waits for another attempt.
    DELAYED = "DELAYED"
    LOST = "LOST"


class Cancelled(StrEnum):
    """The answer to `cancel`."""

    #: It is CANCELLED, now or since before.
    CANCELLED = "CANCELLED"
    #: Its runner was told to stop.
    REQUESTED = "REQUESTED"
    #: It is DONE or FAILED, or its output is being published.
    ENDED = "ENDED"
    MISSING = "MISSING"


@dataclass(frozen=True)
class Reaped:
    """What `reap` did with the jobs whose leases had expired."""

    requeued: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    #: They were to be cancelled anyway.
    cancelled: list[str] = field(default_factory=list)
    #: Now the caller's: complete their publication.
    takeovers: list[Claim] = field(default_factory=list)


@dataclass(frozen=True)
class CheckReport:
    """What `check` found out of place and put right, a sentence each."""

    repaired: list[str] = field(default_factory=list)
