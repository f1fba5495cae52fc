"""The outputs of all batches: those in Redis, and those on the disk."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import ParamSpec, TypeVar

from functions.storage.batch_outputs import BatchOutputs, delete_drafts
from server.batches.batch import Batch, Input
from server.batches.store import BatchStore
from server.errors import OutputsUnavailable

#: Bytes of all inputs of a batch that have no output.
MOST_HELD_BYTES = 64 << 20
#: Failed inputs that are put back at once, and about how many bytes of them.
_AGAIN_AT_ONCE = 500
_AGAIN_BYTES = 4 << 20
#: A file is made in far less, seconds.
_DRAFT_SECONDS = 86_400


P = ParamSpec("P")
T = TypeVar("T")


class Outputs:
    """Moves outputs to the disk and reads them there. One file a batch, in a folder that all processes share.

    What touches the disk raises OutputsUnavailable where it cannot be read or written.
    """

    def __init__(self, store: BatchStore, folder: Path) -> None:
        self._store = store
        self._folder = folder

    def file(self, batch_id: str) -> BatchOutputs:
        """The file of a batch, which may not be there."""
        return BatchOutputs(self._folder / f"{batch_id}.sqlite")

    async def move(self, batch_id: str) -> None:
        """Moves all outputs of a batch that are in Redis to the disk. Any number of processes may do so at once.

        Of those that come meanwhile some may stay, so that this ends also while calls go on.
        """
        file = self.file(batch_id)
        is_all = False
        cursor = 0
        while not is_all:
            cursor, outputs = await self._store.unmoved(batch_id, cursor)
            is_all = cursor == 0
            if not outputs:
                continue
            await _on_disk(file.add, outputs)
            if not await self._store.moved(batch_id, outputs):
                await _on_disk(file.delete)  # the batch was removed meanwhile
                return

    async def by_key(self, batch_id: str, after: str | None, limit: int) -> list[tuple[str, str]]:
        """Keys and outputs in the order of keys, from the first key after one. Move them before."""
        return await _on_disk(self.file(batch_id).by_key, after, limit)

    async def by_sequence(self, batch_id: str, after: int, limit: int) -> list[tuple[int, str]]:
        """Numbers and outputs in the order in which they came, from the first after one. Move them before."""
        return await _on_disk(self.file(batch_id).by_sequence, after, limit)

    async def digests(self, batch_id: str, keys: Sequence[str]) -> dict[str, str]:
        """The digests of the inputs of those of some keys whose outputs are on the disk."""
        return await _on_disk(self.file(batch_id).digests, keys)

    async def put_back(self, batch_id: str, pause: Callable[[], Awaitable[object]]) -> None:
        """Puts back the failed inputs that a retry is to call once more, until it is over or its batch gone.

        Any number of processes may do so at once.

        Args:
            batch_id: The batch.
            pause: Waits where there is no room for more; for less long than a retry takes to count as dead.

        Raises:
            BatchClosed: When it is cancelled.
        """
        await self.move(batch_id)
        while batch := await self._store.get(batch_id):
            if batch.retry_before is None:
                return
            if await self._put_some_back(batch, batch.retry_before) == 0:
                await pause()

    async def _put_some_back(self, batch: Batch, before: int) -> int | None:
        """How many inputs were put back; 0: there is no room; None: look again whether there are more to put back."""
        file = self.file(batch.id)
        failed = await _on_disk(file.failures, _AGAIN_AT_ONCE, before, _AGAIN_BYTES)
        is_last = len(failed) < _AGAIN_AT_ONCE and sum(len(one.input) for one in failed) < _AGAIN_BYTES
        inputs = [Input(one.key, one.input) for one in failed]
        added = await self._store.requeue(
            batch.id, inputs, before=before, moves=batch.moves, is_last=is_last, most_bytes=MOST_HELD_BYTES
        )
        if added is None or added.is_outdated or not failed:
            return None
        await _on_disk(file.remove, failed[: added.taken])
        return added.taken

    async def delete(self, batch_id: str) -> None:
        """Removes what is on the disk of a batch."""
        await _on_disk(self.file(batch_id).delete)

    async def sweep(self) -> None:
        """Removes the files of batches that are gone, and old drafts: a process died before it had removed them.

        One that cannot be removed is told when all others are.
        """
        stays: OutputsUnavailable | None = None
        await _on_disk(delete_drafts, self._folder, older_than=_DRAFT_SECONDS)
        for batch_id in await _on_disk(self._names):
            if await self._store.get(batch_id) is None:
                try:
                    await self.delete(batch_id)
                except OutputsUnavailable as error:
                    stays = error
        if stays is not None:
            raise stays

    def _names(self) -> list[str]:
        if not self._folder.exists():
            return []
        return [path.stem for path in self._folder.glob("*.sqlite")]


async def _on_disk(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Does work with a file, in a thread.

    Raises:
        OutputsUnavailable: When the disk cannot be read or written.
    """
    try:
        return await asyncio.to_thread(work, *args, **kwargs)
    except (OSError, sqlite3.Error) as error:
        raise OutputsUnavailable from error
