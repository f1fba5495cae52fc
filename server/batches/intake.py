"""Filling a batch: waits for room, and tells keys that stand for something else."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence

from functions.check import Fault
from server.batches.batch import Batch, Input
from server.batches.outputs import MOST_HELD_BYTES, Outputs
from server.batches.store import BatchStore
from server.changes import Watch
from server.errors import BatchFull, BatchNotFound, InvalidRequest, KeyConflict, ServerStopping
from server.waiting import Waiting

#: Between two looks for room, seconds: word of it may be lost.
_LOOK_SECONDS = 5.0


class Intake:
    """Takes inputs for batches."""

    def __init__(self, store: BatchStore, outputs: Outputs, waiting: Waiting) -> None:
        self._store = store
        self._outputs = outputs
        self._waiting = waiting

    async def take(self, batch: Batch, inputs: Sequence[Input], *, waits: bool) -> None:
        """Takes inputs; those that are there already, with the same value, count as taken.

        Args:
            batch: The batch.
            inputs: The inputs, with a key each.
            waits: Wait until there was room for all of them; else take all or none.

        Raises:
            BatchFull: When there is no room and it is not to wait.
            InvalidRequest: When it is not to wait, and there will never be room for so many.
            BatchClosed: When no more inputs are taken.
            BatchNotFound: When it was removed meanwhile.
            KeyConflict: When keys stand for other values already; none of the inputs was taken unless it had to wait.
            ServerStopping: When the server stops while it waits; some inputs may have been taken.
        """
        if not waits and len(inputs) > batch.options.maxsize:
            what = f"holds {len(inputs)} inputs, which never fit: the batch's maxsize is {batch.options.maxsize}"
            hint = "send fewer in a request, or leave out `Prefer: respond-async` to wait for room"
            raise InvalidRequest([Fault("", what, hint)], "nothing was taken")
        places = {one.key: place for place, one in enumerate(inputs)}
        left = list(inputs)
        conflicts: list[str] = []
        with self._waiting.watch(batch.id) as watch:
            moves, left, conflicts = await self._look(batch, left)
            while left and not conflicts:
                added = await self._store.add(
                    batch.id, left, moves=moves, is_whole=not waits, most_bytes=MOST_HELD_BYTES
                )
                if added is None:
                    raise BatchNotFound(f"there is no batch `{batch.id}` any more")
                if added.is_outdated:
                    moves, left, conflicts = await self._look(batch, left)
                    continue
                conflicts += added.conflicts
                left = left[added.taken :]
                if left and not conflicts:
                    if not waits:
                        raise BatchFull
                    await self._pause(watch)
        if conflicts:
            raise KeyConflict(
                [Fault(f"/{places[key]}/key", "stands for another value in this batch already") for key in conflicts]
            )

    async def retry(self, batch: Batch) -> int:
        """Puts the failed inputs of a batch back; how many.

        One that comes while another is under way helps it and tells its number. Dispatchers go on with what is broken
        off.

        Raises:
            BatchClosed: When it is cancelled.
            BatchNotFound: When it was removed meanwhile.
            OutputsUnavailable: When the disk cannot be read or written.
            ServerStopping: When the server stops while it waits for room.
        """
        await self._outputs.move(batch.id)
        await self._outputs.by_key(batch.id, None, 1)  # where outputs cannot be read nothing is begun
        count = await self._store.retry(batch.id, uuid.uuid4().hex)
        if count is None:
            raise BatchNotFound(f"there is no batch `{batch.id}` any more")
        with self._waiting.watch(batch.id) as watch:
            await self._outputs.put_back(batch.id, lambda: self._pause(watch))
        return count

    async def _look(self, batch: Batch, inputs: list[Input]) -> tuple[int, list[Input], list[str]]:
        """How often outputs went to the disk, the inputs whose keys are not there, and keys of another value."""
        now = await self._store.get(batch.id)
        if now is None:
            raise BatchNotFound(f"there is no batch `{batch.id}` any more")
        known = await self._outputs.digests(batch.id, [one.key for one in inputs]) if now.moves else {}
        conflicts = [one.key for one in inputs if one.key in known and known[one.key] != _digest(one.value)]
        return now.moves, [one for one in inputs if one.key not in known], conflicts

    async def _pause(self, watch: Watch) -> None:
        if self._waiting.stopping:
            raise ServerStopping
        await watch.wait(_LOOK_SECONDS)


def _digest(value: str) -> str:
    return hashlib.sha1(value.encode(), usedforsecurity=False).hexdigest()
