"""The outputs of all batches: those in Redis, and those on the disk."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from functions.storage.batch_outputs import BatchOutputs, Output, delete_drafts
from server.batches.batch import Input
from server.batches.store import BatchStore
from server.errors import OutputsUnavailable

#: Bytes of all inputs of a batch that have no output.
MOST_HELD_BYTES = 64 << 20
#: Failed inputs that are put back at once, and about how many bytes of them.
_AGAIN_AT_ONCE = 500
_AGAIN_BYTES = 4 << 20
#: A file is made in far less, seconds.
_DRAFT_SECONDS = 86_400


@dataclass(frozen=True)
class PutBack:
    """Failed inputs that wait again."""

    taken: int
    #: There are more of them.
    has_more: bool


class Outputs:
    """Moves outputs to the disk and reads them there. One file a batch, in a folder that all processes share."""

    def __init__(self, store: BatchStore, folder: Path) -> None:
        self._store = store
        self._folder = folder

    def file(self, batch_id: str) -> BatchOutputs:
        """The file of a batch, which may not be there."""
        return BatchOutputs(self._folder / f"{batch_id}.sqlite")

    async def move(self, batch_id: str) -> None:
        """Moves all outputs of a batch that are in Redis to the disk. Any number of processes may do so at once.

        Raises:
            OutputsUnavailable: When the disk cannot be written.
        """
        file = self.file(batch_id)
        while outputs := await self._store.unmoved(batch_id):
            try:
                await asyncio.to_thread(file.add, outputs)
            except (OSError, sqlite3.Error) as error:
                raise OutputsUnavailable from error
            if not await self._store.moved(batch_id, outputs):
                await asyncio.to_thread(file.delete)  # the batch was removed meanwhile
                return

    async def by_key(self, batch_id: str, after: str | None, limit: int) -> list[tuple[str, str]]:
        """Keys and outputs in the order of keys, from the first key after one. Move them before."""
        return await asyncio.to_thread(self.file(batch_id).by_key, after, limit)

    async def by_sequence(self, batch_id: str, after: int, limit: int) -> list[tuple[int, str]]:
        """Numbers and outputs in the order in which they came, from the first after one. Move them before."""
        return await asyncio.to_thread(self.file(batch_id).by_sequence, after, limit)

    async def digests(self, batch_id: str, keys: Sequence[str]) -> dict[str, str]:
        """The digests of the inputs of those of some keys whose outputs are on the disk."""
        return await asyncio.to_thread(self.file(batch_id).digests, keys)

    async def retry(self, batch_id: str, before: int) -> PutBack | None:
        """Puts some failed inputs back, as many as there is room for.

        Args:
            batch_id: The batch.
            before: Outputs with this number and later ones are left: they are the retry's own.

        Returns:
            None when there is no such batch.

        Raises:
            BatchClosed: When it is cancelled.
        """
        file = self.file(batch_id)
        while batch := await self._store.get(batch_id):
            failed: list[Output] = await asyncio.to_thread(file.failures, _AGAIN_AT_ONCE, before, _AGAIN_BYTES)
            inputs = [Input(one.key, one.input) for one in failed]
            added = await self._store.requeue(batch_id, inputs, moves=batch.moves, most_bytes=MOST_HELD_BYTES)
            if added is None:
                return None
            if added.is_outdated:
                continue
            if added.taken:
                await asyncio.to_thread(file.remove, failed[: added.taken])
            is_full = len(failed) == _AGAIN_AT_ONCE or sum(len(one.input) for one in failed) >= _AGAIN_BYTES
            return PutBack(added.taken, has_more=added.taken < len(failed) or is_full)
        return None

    async def delete(self, batch_id: str) -> None:
        """Removes what is on the disk of a batch."""
        await asyncio.to_thread(self.file(batch_id).delete)

    async def sweep(self) -> None:
        """Removes the files of batches that are gone, and old drafts: a process died before it had removed them."""
        await asyncio.to_thread(delete_drafts, self._folder, older_than=_DRAFT_SECONDS)
        for batch_id in await asyncio.to_thread(self._names):
            if await self._store.get(batch_id) is None:
                await self.delete(batch_id)

    def _names(self) -> list[str]:
        if not self._folder.exists():
            return []
        return [path.stem for path in self._folder.glob("*.sqlite")]
