"""Waiting for the end of a batch."""

from __future__ import annotations

import asyncio

from server.batches.batch import ENDED, Batch
from server.batches.store import BatchStore
from server.waiting import Waiting


async def until_ended(store: BatchStore, waiting: Waiting, batch: Batch, seconds: float | None) -> Batch | None:
    """The batch once it has ended, or after so many seconds (None: however long), or when the server stops."""
    loop = asyncio.get_running_loop()
    deadline = None if seconds is None else loop.time() + seconds
    found: Batch | None = batch
    with waiting.watch(batch.id) as watch:
        while (found := await store.get(batch.id)) is not None and found.state not in ENDED and not waiting.stopping:
            left = 30.0 if deadline is None else min(30.0, deadline - loop.time())
            if left <= 0:
                break
            await watch.wait(left)
    return found
