"""Waiting for a batch to change, and to end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from server.batches.batch import ENDED, Batch
from server.batches.store import BatchStore
from server.waiting import Waiting

#: A change that follows another within 0.2 s may not be told (`tell` in the scripts): it is looked for then.
_UNTOLD_SECONDS = 0.25
#: Otherwise so often: word of a change may be lost.
_LOOK_SECONDS = 30.0


async def until(
    store: BatchStore,
    waiting: Waiting,
    batch: Batch,
    seconds: float | None,
    is_enough: Callable[[Batch], Awaitable[bool]],
) -> Batch | None:
    """The batch once it is so, or after so many seconds (None: however long), or when the server stops."""
    loop = asyncio.get_running_loop()
    deadline = None if seconds is None else loop.time() + seconds
    found: Batch | None = batch
    is_told = True
    with waiting.watch(batch.id) as watch:
        while (
            (found := await store.get(batch.id, is_used=True)) is not None
            and not await is_enough(found)
            and not waiting.stopping
        ):
            longest = _UNTOLD_SECONDS if is_told else _LOOK_SECONDS
            left = longest if deadline is None else min(longest, deadline - loop.time())
            if left <= 0:
                break
            is_told = await watch.wait(left)
    return found


async def until_ended(store: BatchStore, waiting: Waiting, batch: Batch, seconds: float | None) -> Batch | None:
    """The batch once it has ended, or after so many seconds (None: however long), or when the server stops."""

    async def has_ended(now: Batch) -> bool:
        return now.state in ENDED

    return await until(store, waiting, batch, seconds, has_ended)
