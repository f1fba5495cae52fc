"""A batch: inputs mapped over a webhook. Its record, its states, and the transitions between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from server.api_keys import NOBODY
from server.jobs.job import rfc3339


class State(StrEnum):
    """Where a batch stands."""

    #: Takes inputs; those it has are called.
    OPEN = "OPEN"
    #: No more inputs will come.
    COMPLETE = "COMPLETE"
    #: Every input has its output.
    DONE = "DONE"
    CANCELLED = "CANCELLED"


#: Every legal move; the Lua scripts make no other.
TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.OPEN: frozenset({State.COMPLETE, State.CANCELLED}),
    State.COMPLETE: frozenset({State.DONE, State.CANCELLED}),
    # COMPLETE again: its failed inputs are called once more.
    State.DONE: frozenset({State.COMPLETE}),
    State.CANCELLED: frozenset(),
}

#: States in which no call is made.
ENDED = frozenset({State.DONE, State.CANCELLED})


@dataclass(frozen=True)
class Breaker:
    """When calls to a webhook that fails are suspended."""

    #: Failed calls in a row, over all processes, after which calls are suspended.
    failures: int = 20
    #: Seconds until one call tries it again; each vain try doubles the next pause, up to a minute.
    cooldown_seconds: float = 2.0
    #: Seconds of nothing but failures after which the inputs that wait fail, too.
    give_up_seconds: float = 120.0


@dataclass(frozen=True)
class Options:
    """What whoever made the batch asked for."""

    url: str
    #: Most calls at once, over all processes.
    concurrency: int = 10
    #: Most inputs held waiting.
    maxsize: int = 10_000
    name: str | None = None
    #: Calls of one input in all; deaths of a dispatcher do not count.
    max_attempts: int = 5
    #: Longest call, seconds.
    timeout_seconds: float = 30.0
    #: Most calls begun in a second, over all processes; None: as many as come.
    rate_per_second: float | None = None
    #: Seconds in which the concurrency grows from 1 to its whole.
    ramp_up_seconds: float = 0.0
    breaker: Breaker = field(default_factory=Breaker)
    #: Called once when the batch has ended.
    callback_url: str | None = None


@dataclass(frozen=True)
class NewBatch:
    """A checked request for a batch."""

    options: Options
    #: Shown to the webhook; to be stored encrypted.
    secret: str | None = field(default=None, repr=False)
    tenant: str = NOBODY


@dataclass(frozen=True)
class Input:
    """What one call is made of."""

    key: str
    #: JSON, in one line.
    value: str


@dataclass(frozen=True)
class Counts:
    """How far a batch is."""

    #: Inputs received.
    inputs: int = 0
    #: Outputs received, failures among them.
    outputs: int = 0
    failed: int = 0
    #: Waiting for their first call, and for their next.
    waiting: int = 0
    retrying: int = 0
    in_flight: int = 0

    def to_json(self) -> dict[str, int]:
        """As `GET /batches/{id}` shows them."""
        return dict(vars(self))


@dataclass(frozen=True)
class Batch:
    """The record of a batch. Times are milliseconds of Redis TIME since 1970; None: not yet."""

    id: str
    state: State
    options: Options
    created_at: int
    counts: Counts = Counts()
    tenant: str = NOBODY
    completed_at: int | None = None
    finished_at: int | None = None
    #: Until when calls are suspended, as the webhook fails; None: they are not.
    suspended_until: int | None = None
    #: What became of the call to `callback_url`: waiting, delivered or failed; None: there is none to make.
    callback: str | None = None
    #: How often outputs were moved to the disk.
    moves: int = 0
    #: Number of the latest output; later ones have greater numbers.
    sequence: int = 0
    #: A retry is under way: what failed with smaller numbers is put back; None: there is none.
    retry_before: int | None = None

    def to_original(self) -> dict[str, Any]:
        """What clients of the original read."""
        return {
            "id": self.id,
            "inputs": self.counts.inputs,
            "outputs": self.counts.outputs,
            "url": self.options.url,
        }

    def to_json(self) -> dict[str, Any]:
        """What `GET /batches/{id}` shows; the secret was never part of the record."""
        options = self.options
        return {
            **self.to_original(),
            "name": options.name,
            "state": self.state.value,
            **{name: count for name, count in self.counts.to_json().items() if name not in ("inputs", "outputs")},
            "concurrency": options.concurrency,
            "maxsize": options.maxsize,
            "max_attempts": options.max_attempts,
            "timeout_seconds": options.timeout_seconds,
            "rate_per_second": options.rate_per_second,
            "ramp_up_seconds": options.ramp_up_seconds,
            "breaker": dict(vars(options.breaker)),
            "suspended_until": rfc3339(self.suspended_until),
            "callback_url": options.callback_url,
            "callback": self.callback,
            "tenant": self.tenant,
            "created_at": rfc3339(self.created_at),
            "completed_at": rfc3339(self.completed_at),
            "finished_at": rfc3339(self.finished_at),
        }
