"""Batches in Redis: filed, filled, called, ended. Every operation is one script, and safe to repeat.

`docs/batches.md` tells the protocol; `lua/` holds its operations, one a file. Outputs stay in Redis for a short time
only: `server/batches/outputs.py` moves them to the disk.
"""

from __future__ import annotations

import builtins
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from server.batches.batch import Batch, Input, NewBatch, State
from server.batches.codec import batch_of, new_fields
from server.batches.dispatching import BatchDispatching
from server.batches.scripts import batch_scripts
from server.changes import Changes
from server.errors import BatchClosed, IdempotencyConflict
from server.idempotency import KEPT_MS, Idempotency, place_of
from server.pages import Pages
from server.redis_connection import tells_absence
from server.scripts import Call
from server.secrets import Cipher

#: The changes of all batches come through it; `ACTIVE` in the place of an id says that there is work, or a callback.
CHANNEL = "batches:changed"
ACTIVE = "active"


@dataclass(frozen=True)
class Created:
    """A filed batch."""

    batch_id: str
    #: The Idempotency-Key was known: the batch had been filed before.
    replayed: bool


@dataclass(frozen=True)
class Added:
    """What became of some inputs."""

    #: How many of them, from the first on, were taken, or were there already.
    taken: int = 0
    #: Keys that stand for another value already; then none was taken.
    conflicts: tuple[str, ...] = ()
    #: Outputs went to the disk since `moves` was read: look for the keys there again.
    is_outdated: bool = False


class BatchStore(BatchDispatching):
    """All batches of one server.

    Every operation raises StoreUnavailable while Redis does not answer. Times are Redis TIME, milliseconds.
    """

    def __init__(self, redis: Redis, cipher: Cipher, *, prefix: str = "speedy:") -> None:
        """Uses a client made by `redis_connection.connect` (its answers are text).

        Args:
            redis: The client; the caller closes it.
            cipher: Encrypts secrets.
            prefix: What the name of every key begins with.
        """
        self._redis = redis
        self._cipher = cipher
        self._prefix = prefix
        self._scripts = batch_scripts(redis, prefix)
        self._pages = Pages(self._scripts, cipher, records="batch")

    @tells_absence
    async def create(
        self, batch: NewBatch, *, batch_id: str | None = None, idempotency: Idempotency | None = None
    ) -> Created:
        """Files a batch.

        Args:
            batch: A checked request.
            batch_id: Its id; a new one by default. An id that is filed already is not filed again.
            idempotency: The same key with the same fingerprint, within 24 hours, gives the batch filed first.

        Raises:
            IdempotencyConflict: When the key came with another fingerprint.
        """
        batch_id = batch_id or str(uuid.uuid4())
        secret = "" if batch.secret is None else self._cipher.encrypt(batch_id, {"secret": batch.secret})
        arguments: dict[str, str | int] = {
            "id": batch_id,
            "fingerprint": idempotency.fingerprint if idempotency else "",
            "keep_ms": KEPT_MS,
            "ciphertext": secret,
        }
        keys = {"idempotency": place_of(idempotency, f"{self._prefix}batches:")}
        answer = await self._scripts.run(Call("create", arguments, keys, new_fields(batch)))
        if answer[0] == "CONFLICT":
            raise IdempotencyConflict
        return Created(answer[1], replayed=answer[0] == "REPLAYED")

    @tells_absence
    async def get(self, batch_id: str, *, is_used: bool = False) -> Batch | None:
        """The record of a batch; None: there is none.

        Args:
            batch_id: The batch.
            is_used: It is read for somebody who is interested in it: it stays open.
        """
        found = await self._scripts.run(Call("read", {"id": batch_id, "is_used": int(is_used)}))
        return self._batch(batch_id, found) if found is not None else None

    @tells_absence
    async def list(
        self,
        *,
        state: State | None = None,
        name: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
        tenant: str | None = None,
    ) -> tuple[builtins.list[Batch], str | None]:
        """A page of batches, newest first, and the cursor of the next page (None: this was the last).

        Args:
            state: Only batches in this state; all by default.
            name: Only batches of this name; a page may then be short, or empty, although more follow.
            limit: Most batches of the page.
            cursor: Where the page before ended; from the newest by default.
            tenant: Only this one's batches; a page may then be short, or empty, although more follow.

        Raises:
            ValueError: When the cursor is none that this method gave.
        """
        rows, following = await self._pages.page(state, limit=limit, cursor=cursor, tenant=tenant, name=name)
        found = await self._scripts.run_many([Call("read", {"id": batch_id, "is_used": 0}) for batch_id, _ in rows])
        ids = [batch_id for batch_id, _ in rows]
        return [self._batch(batch_id, one) for batch_id, one in zip(ids, found, strict=True) if one], following

    @tells_absence
    async def add(
        self, batch_id: str, inputs: Sequence[Input], *, moves: int, is_whole: bool, most_bytes: int
    ) -> Added | None:
        """Takes inputs, as many as there is room for; None: there is no such batch.

        Args:
            batch_id: The batch.
            inputs: The inputs; none of their keys is on the disk.
            moves: The batch's, from before the disk was asked.
            is_whole: Take all or none.
            most_bytes: Of all inputs that have no output.

        Raises:
            BatchClosed: When some are new, and no more are taken.
        """
        arguments: dict[str, str | int] = {
            "id": batch_id,
            "moves": moves,
            "all": int(is_whole),
            "most_bytes": most_bytes,
        }
        rest = [text for one in inputs for text in (one.key, one.value)]
        answer = await self._scripts.run(Call("add", arguments, rest=rest))
        if answer is None:
            return None
        kind, *more = answer
        if kind == "CLOSED":
            raise BatchClosed(f"the batch is {more[0]}: it takes no more inputs")
        if kind == "MOVED":
            return Added(is_outdated=True)
        return Added(more[0], tuple(more[1:])) if kind == "OK" else Added()

    @tells_absence
    async def complete(self, batch_id: str, *, unused_ms: int = 0) -> State | None:
        """Notes that no more inputs will come; the state then. None: there is no such batch.

        Args:
            batch_id: The batch.
            unused_ms: Leave it open unless nobody used it for so long.
        """
        state = await self._scripts.run(Call("complete", {"id": batch_id, "unused_ms": unused_ms}))
        return State(state) if state else None

    @tells_absence
    async def cancel(self, batch_id: str) -> tuple[State, State] | None:
        """Ends a batch at once: the state before, and the state. None: there is no such batch."""
        states = await self._scripts.run(Call("cancel", {"id": batch_id}))
        return (State(states[0]), State(states[1])) if states else None

    @tells_absence
    async def delete(self, batch_id: str) -> bool:
        """Removes all of a batch but what is on the disk; whether there was one."""
        return bool(await self._scripts.run(Call("delete", {"id": batch_id})))

    @tells_absence
    async def retry(self, batch_id: str, nonce: str) -> int | None:
        """Begins to put all failed inputs back, for `requeue` to do; or joins the retry that is under way.

        Args:
            batch_id: The batch.
            nonce: Of this call: repeated, it begins nothing more.

        Returns:
            How many are put back; None when there is no such batch.

        Raises:
            BatchClosed: When it is cancelled.
        """
        count: int | None = await self._scripts.run(Call("retry", {"id": batch_id, "nonce": nonce}))
        if count == -1:
            raise BatchClosed("the batch is CANCELLED")
        return count

    @tells_absence
    async def requeue(
        self, batch_id: str, inputs: Sequence[Input], *, before: int, moves: int, is_last: bool, most_bytes: int
    ) -> Added | None:
        """Puts failed inputs back, as many as there is room for; those that wait already count as taken.

        Args:
            batch_id: The batch.
            inputs: Their outputs are on the disk.
            before: The `retry_before` of the batch.
            moves: The batch's, from before the disk was asked.
            is_last: There are no others to put back: the retry is over once these are.
            most_bytes: Of all inputs that have no output.

        Returns:
            None when there is no such batch.

        Raises:
            BatchClosed: When it is cancelled.
        """
        rest = [text for one in inputs for text in (one.key, one.value)]
        arguments: dict[str, str | int] = {
            "id": batch_id,
            "before": before,
            "moves": moves,
            "is_last": int(is_last),
            "most_bytes": most_bytes,
        }
        count: int | None = await self._scripts.run(Call("requeue", arguments, rest=rest))
        if count == -1:
            raise BatchClosed("the batch is CANCELLED")
        if count == -2:
            return Added(is_outdated=True)
        return None if count is None else Added(count)

    @tells_absence
    async def old(self, *, keep_ms: int, limit: int = 100) -> builtins.list[str]:
        """Ids of batches that ended longer ago than `keep_ms`, the longest ended first."""
        found: builtins.list[str] = await self._scripts.run(Call("old", {"keep_ms": keep_ms, "limit": limit}))
        return found

    @tells_absence
    async def unused(self, *, unused_ms: int, limit: int = 100) -> builtins.list[str]:
        """Ids of open batches that got no input, call or reading for `unused_ms`, to a minute; the longest first."""
        found: builtins.list[str] = await self._scripts.run(Call("unused", {"unused_ms": unused_ms, "limit": limit}))
        return found

    def changes(self) -> Changes:
        """Tells waiters when batches change; an async context manager, one a process."""
        return Changes(self._redis, f"{self._prefix}{CHANNEL}")

    def _batch(self, batch_id: str, found: Any) -> Batch:
        waiting, retrying, in_flight, flat = found
        return batch_of(batch_id, dict(zip(flat[::2], flat[1::2], strict=True)), (waiting, retrying, in_flight))
