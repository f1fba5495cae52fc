"""Batch keys in Redis: leased, renewed, given back. Every operation is one script, and safe to repeat.

`docs/batch-keys.md` tells the protocol; `lua/` holds its operations, one a file.
"""

from __future__ import annotations

import builtins
import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from server.api_keys import NOBODY
from server.errors import IdempotencyConflict, KeyNotHeld, KeysInUse, ProcessExists, ProcessNotFound
from server.processes.process import (
    BatchKey,
    EndedLease,
    Ending,
    Lease,
    Process,
    ended_lease_of,
    lease_of,
    number,
)
from server.redis_connection import tells_absence
from server.scripts import Call, Scripts

FOLDER = Path(__file__).parent / "lua"
#: Where each name under KEYS lies; `{id}` is the tenant, and what follows it.
KEYS: Mapping[str, str] = {
    "names": "processes:names:{id}",
    "lease": "processes:lease:{id}",
    "answer": "processes:answer:{id}",
    "idempotency": "processes:idempotency:{id}",
}

_IDEMPOTENCY_MS = 24 * 3600 * 1000
#: How long the answer of an operation is kept for its repetition.
_ANSWER_MS = 120_000


@dataclass(frozen=True)
class Once:
    """An Idempotency-Key."""

    key: str
    #: Of the request: a key that comes with another one is refused.
    fingerprint: str


@dataclass(frozen=True)
class Wanted:
    """A key that someone asks for."""

    process_name: str
    machine: str
    tenant: str = NOBODY
    #: The lease ends by itself after so long, unless renewed; None: never.
    lease_seconds: float | None = None
    once: Once | None = None


@dataclass(frozen=True)
class Acquired:
    """What came of asking for a key."""

    #: Of the lease, or of the place in line: ask again with it.
    external_id: str
    #: None: no key was free.
    lease: Lease | None
    #: For one in line: when it may be worth asking again though no one called; seconds.
    ask_again: float = 0


class ProcessStore:
    """All processes of one server.

    Every operation raises StoreUnavailable while Redis does not answer. Times are Redis TIME.
    """

    def __init__(self, redis: Redis, *, prefix: str = "speedy:") -> None:
        """Uses a client made by `redis_connection.connect` (its answers are text).

        Args:
            redis: The client; the caller closes it.
            prefix: What the name of every key begins with.
        """
        self._scripts = Scripts(redis, prefix, FOLDER, KEYS)

    # -- processes

    @tells_absence
    async def create(self, name: str, size: int, *, tenant: str = NOBODY, once: Once | None = None) -> bool:
        """Makes a process; whether it was made now, and not by an earlier request with this Idempotency-Key.

        Raises:
            ProcessExists: When the tenant has one of that name.
            IdempotencyConflict: When the key came with another request.
        """
        arguments = self._named(name, tenant) | {
            "size": size,
            "nonce": uuid.uuid4().hex,
            "fingerprint": once.fingerprint if once else "",
            "keep_ms": _IDEMPOTENCY_MS,
        }
        keys = {"names": self._scripts.key("names", tenant), "idempotency": self._idempotency(once, "create", tenant)}
        answer = await self._scripts.run(Call("create", arguments, keys))
        if answer == "CONFLICT":
            raise IdempotencyConflict
        if answer == "EXISTS":
            raise ProcessExists(f"there is a process `{name}` already")
        return bool(answer == "CREATED")

    @tells_absence
    async def list(
        self, *, tenant: str = NOBODY, limit: int = 10_000, after: str = ""
    ) -> tuple[builtins.list[tuple[str, int]], str | None]:
        """A page of names and sizes, in the order of names, and the name after which the next begins (None: none)."""
        arguments: dict[str, str | int | float] = {"tenant": tenant, "limit": limit, "after": after}
        more, *flat = await self._scripts.run(Call("names", arguments, {"names": self._scripts.key("names", tenant)}))
        found = list(zip(flat[::2], flat[1::2], strict=True))
        return found, found[-1][0] if more else None

    @tells_absence
    async def get(self, name: str, *, tenant: str = NOBODY) -> Process:
        """How a process stands.

        Raises:
            ProcessNotFound: When the tenant has none of that name; so do the operations below.
        """
        return _process(name, await self._run("show", self._named(name, tenant), name))

    @tells_absence
    async def resize(self, name: str, size: int, *, tenant: str = NOBODY, strict: bool = False) -> Process:
        """Changes how many keys a process has. Keys that are to go and are leased go when their leases end.

        Raises:
            KeysInUse: When `strict` and such keys are leased; then nothing changes.
        """
        arguments = self._named(name, tenant) | {"size": size, "strict": int(strict)}
        return _process(name, await self._run("resize", arguments, name))

    @tells_absence
    async def delete(self, name: str, *, tenant: str = NOBODY, force: bool = False) -> Process:
        """Removes a process, its history and checkpoints; gives it as it was. Leases end, and waits.

        Raises:
            KeysInUse: When keys are leased, unless `force`.
        """
        arguments = self._named(name, tenant) | {"force": int(force), "keep_ms": _ANSWER_MS}
        answer = self._scripts.key("answer", f"{tenant}:{uuid.uuid4().hex}")
        return _process(name, await self._run("delete", arguments, name, {"answer": answer}))

    @tells_absence
    async def keys(self, name: str, *, tenant: str = NOBODY) -> builtins.list[BatchKey]:
        """All keys of a process, in order; also those that are to go and are leased."""
        found = await self._run("keys", self._named(name, tenant), name)
        return [
            BatchKey(name, int(key), external_id or None, machine, number(started), number(completed))
            for key, external_id, machine, started, completed in found
        ]

    @tells_absence
    async def history(
        self, name: str, *, tenant: str = NOBODY, limit: int = 50, before: int | None = None
    ) -> tuple[builtins.list[EndedLease], int | None]:
        """Leases that ended, the last first, and where the next page begins (None: this was the last)."""
        arguments = self._named(name, tenant) | {"limit": limit, "before": "" if before is None else before}
        last, more, *found = await self._run("history", arguments, name)
        return [ended_lease_of(json.loads(text)) for text in found], int(last) if more else None

    # -- leases

    @tells_absence
    async def acquire(self, wanted: Wanted, external_id: str, *, wait: bool = False) -> Acquired:
        """Leases the key that was completed longest ago, never completed first.

        Args:
            wanted: What is asked for.
            external_id: A new uuid4; asking again with it gives the same lease, or keeps the place in line.
            wait: Whether to join the line where no key is free. A place that is not asked for in 5 s is lost.

        Raises:
            ProcessNotFound: When the tenant has none of that name.
            IdempotencyConflict: When the key came with another request.
        """
        once = wanted.once
        arguments = self._named(wanted.process_name, wanted.tenant) | {
            "id": external_id,
            "machine": wanted.machine,
            "length": _length(wanted.lease_seconds),
            "wait": int(wait),
            "fingerprint": once.fingerprint if once else "",
            "keep_ms": _IDEMPOTENCY_MS,
        }
        keys = {"idempotency": self._idempotency(once, "acquire", wanted.tenant)}
        answer = await self._scripts.run(Call("acquire", arguments, keys))
        if answer[0] == "CONFLICT":
            raise IdempotencyConflict
        if answer[0] == "UNKNOWN":
            raise _unknown(wanted.process_name)
        if answer[0] == "WAIT":
            return Acquired(answer[1], None, int(answer[2]) / 1e6)
        return _acquired(answer)

    @tells_absence
    async def leave(self, external_id: str, *, tenant: str = NOBODY, accept: bool) -> Acquired:
        """Leaves the line.

        Args:
            external_id: Of the place in line.
            tenant: Whose.
            accept: Whether to take a key that was offered meanwhile; False: no one is there any more to be told of it.
        """
        return _acquired(await self._scripts.run(self._of_lease("leave", external_id, tenant, accept=str(int(accept)))))

    @tells_absence
    async def renew(self, external_id: str, *, tenant: str = NOBODY, lease_seconds: float | None = None) -> Lease:
        """Makes a lease last anew from now: so many seconds, or as long as it was made for.

        Raises:
            KeyNotHeld: When the lease does not hold; so do the operations below.
        """
        length = "" if lease_seconds is None else _length(lease_seconds)
        return await self._held(self._of_lease("renew", external_id, tenant, length=length))

    @tells_absence
    async def checkpoint(self, external_id: str, text: str | None, *, tenant: str = NOBODY) -> Lease:
        """Keeps JSON for the next holder of the key; None: nothing."""
        return await self._held(self._of_lease("checkpoint", external_id, tenant, checkpoint=text or ""))

    @tells_absence
    async def release(
        self, external_id: str, ending: Ending = Ending.COMPLETED, *, tenant: str = NOBODY, nonce: str | None = None
    ) -> Lease:
        """Ends a lease: the key is free, and goes to who waits longest.

        Args:
            external_id: Of the lease.
            ending: Completed, failed or forced.
            tenant: Whose.
            nonce: A new text for each call, as by default. With that of the call that ended it, its answer again.
        """
        call = self._of_lease("release", external_id, tenant, outcome=ending.value, nonce=nonce or uuid.uuid4().hex)
        return await self._held(call)

    async def _held(self, call: Call) -> Lease:
        answer = await self._scripts.run(call)
        if answer is None:
            raise KeyNotHeld(f"no key is held under `{call.arguments['id']}`")
        return lease_of(_record(answer))

    async def _run(
        self,
        script: str,
        arguments: Mapping[str, str | int | float],
        name: str,
        keys: Mapping[str, str] | None = None,
    ) -> builtins.list[Any]:
        names = {"names": self._scripts.key("names", str(arguments["tenant"]))}
        answer = await self._scripts.run(Call(script, arguments, names | dict(keys or {})))
        if answer is None:
            raise _unknown(name)
        if answer and answer[0] == "HELD":
            raise KeysInUse([(int(key), machine) for key, machine in zip(answer[1::2], answer[2::2], strict=True)])
        return list(answer)

    @staticmethod
    def _named(name: str, tenant: str) -> dict[str, str | int | float]:
        return {"tenant": tenant, "name": name}

    def _of_lease(self, script: str, external_id: str, tenant: str, **arguments: str) -> Call:
        key = self._scripts.key("lease", f"{tenant}:{external_id}")
        return Call(script, {"tenant": tenant, "id": external_id, **arguments}, {"lease": key})

    def _idempotency(self, once: Once | None, what: str, tenant: str) -> str:
        # Without one the script must be given a key all the same; it does not look at it.
        digest = hashlib.sha256(once.key.encode(errors="surrogatepass")).hexdigest() if once else ""
        return self._scripts.key("idempotency", f"{what}:{tenant}:{digest}")


def _process(name: str, found: Sequence[Any]) -> Process:
    return Process(name, *(int(count) for count in found))


def _record(flat: Sequence[str]) -> dict[str, str]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def _acquired(answer: Sequence[Any]) -> Acquired:
    lease = lease_of(_record(answer[2])) if answer[0] == "LEASED" else None
    return Acquired(str(answer[1]), lease)


def _length(seconds: float | None) -> str:
    """Microseconds, at least one; 0: without end."""
    return "0" if seconds is None else str(max(1, round(seconds * 1e6)))


def _unknown(name: str) -> ProcessNotFound:
    return ProcessNotFound(f"there is no process `{name[:200]}`")
