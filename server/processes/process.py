"""Processes and their batch keys: the records, and how HTTP shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any


class TimeForm(StrEnum):
    """How times are written: as clients of the original know them, or as RFC 3339 has it."""

    PLAIN = "PLAIN"
    RFC3339 = "RFC3339"

    def show(self, microseconds: int | None) -> str | None:
        """A time in UTC with microseconds: `2018-01-21 03:23:22.061203` or `2018-01-21T03:23:22.061203Z`."""
        if microseconds is None:
            return None
        seconds, rest = divmod(microseconds, 1_000_000)
        moment = datetime.fromtimestamp(seconds, tz=UTC).replace(microsecond=rest, tzinfo=None)
        text = moment.isoformat(" " if self is TimeForm.PLAIN else "T", timespec="microseconds")
        return text if self is TimeForm.PLAIN else f"{text}Z"


class Ending(StrEnum):
    """How a lease ended."""

    #: The holder gave the key back; its share of the work is done.
    COMPLETED = "completed"
    #: The holder gave the key back; its share is not done.
    FAILED = "failed"
    #: It was not renewed in time.
    EXPIRED = "expired"
    #: Someone else ended it.
    FORCED = "forced"


@dataclass(frozen=True)
class Process:
    """A set of numbered keys."""

    name: str
    #: How many keys it has: 0 to size - 1.
    size: int
    #: One above the highest key that there is: larger than `size` while keys that are to go are leased.
    space: int
    free: int = 0
    leased: int = 0
    #: How many wait in line.
    waiting: int = 0

    def to_json(self) -> dict[str, Any]:
        """What is shown of a process that was made, changed or removed."""
        return {"process_name": self.name, "key_set_size": self.size, "key_space_size": self.space}

    def standing(self) -> dict[str, Any]:
        """The same, and who holds how much."""
        return {
            **self.to_json(),
            "keys_free": self.free,
            "keys_leased": self.leased,
            "waiting": self.waiting,
        }


@dataclass(frozen=True)
class BatchKey:
    """One key of a process. Times are microseconds since the epoch, by the clock of Redis."""

    process_name: str
    key: int
    #: Of the lease that holds it; None: it is free.
    external_id: str | None
    #: Who has it, or had it last.
    machine: str | None
    started_at: int | None
    last_completed_at: int | None

    def to_json(self, form: TimeForm) -> dict[str, Any]:
        """The six members that clients of the original know."""
        return {
            "external_id": self.external_id,
            "key": self.key,
            "last_completed_at": form.show(self.last_completed_at),
            "machine": self.machine,
            "process_name": self.process_name,
            "started_at": form.show(self.started_at),
        }


@dataclass(frozen=True)
class Lease:
    """A key in someone's hand."""

    batch_key: BatchKey
    external_id: str
    #: Rises with every lease of the process.
    fence: int
    #: How many keys the process had when the key was leased: what the holder divides its work by.
    size: int
    #: When it ends by itself; None: never.
    expires_at: int | None
    #: JSON that a holder of this key left; None: none did.
    checkpoint: str | None
    #: How it ended; None: it holds.
    ending: Ending | None

    def fields(self, form: TimeForm) -> dict[str, Any]:
        """What is shown of it, but for the checkpoint, which is JSON already."""
        shown = {**self.batch_key.to_json(form), "fence": self.fence, "key_set_size": self.size}
        if self.ending is not None:
            return {**shown, "outcome": self.ending.value}
        return {**shown, "expires_at": form.show(self.expires_at)}


@dataclass(frozen=True)
class EndedLease:
    """A lease in the history."""

    external_id: str
    key: int
    machine: str
    fence: int
    started_at: int
    ended_at: int
    ending: Ending

    def to_json(self, form: TimeForm) -> dict[str, Any]:
        """What the history shows."""
        return {
            "external_id": self.external_id,
            "key": self.key,
            "machine": self.machine,
            "fence": self.fence,
            "started_at": form.show(self.started_at),
            "ended_at": form.show(self.ended_at),
            "outcome": self.ending.value,
        }


def lease_of(fields: Mapping[str, str]) -> Lease:
    """The lease that a script answered."""
    batch_key = BatchKey(
        process_name=fields["process"],
        key=int(fields["key"]),
        external_id=fields["external_id"],
        machine=fields["machine"],
        started_at=int(fields["started"]),
        last_completed_at=number(fields["completed"]),
    )
    return Lease(
        batch_key,
        external_id=fields["external_id"],
        fence=int(fields["fence"]),
        size=int(fields["size"]),
        expires_at=number(fields.get("expires")),
        checkpoint=fields.get("checkpoint") or None,
        ending=Ending(fields["outcome"]) if "outcome" in fields else None,
    )


def ended_lease_of(fields: Mapping[str, str]) -> EndedLease:
    """A lease from the history."""
    return EndedLease(
        external_id=fields["external_id"],
        key=int(fields["key"]),
        machine=fields["machine"],
        fence=int(fields["fence"]),
        started_at=int(fields["started"]),
        ended_at=int(fields["ended"]),
        ending=Ending(fields["outcome"]),
    )


def number(text: str | None) -> int | None:
    """A whole number, or None where there is none."""
    return int(text) if text else None
