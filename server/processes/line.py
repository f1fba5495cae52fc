"""Waiting in line for a key. Redis knows the order; a request that waits shows there that it still does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import uuid4

from server.processes.store import Acquired, ProcessStore, Wanted
from server.waiting import Waiting

#: A place in line is lost when it is not asked for in 5 s; seconds between two shows of life.
_SHOW_SECONDS = 1.0

_T = TypeVar("_T")


class Line:
    """Acquires keys, and waits for them, for the requests of one server process."""

    def __init__(self, store: ProcessStore, waiting: Waiting) -> None:
        self._store = store
        self._waiting = waiting

    async def acquire(self, wanted: Wanted, *, seconds: float) -> tuple[Acquired, bool]:
        """A key, waiting for it up to so many seconds; and whether an earlier request with the same key got it.

        One that is cancelled leaves the line, and gives back what it was given meanwhile.

        Raises:
            ProcessNotFound: When there is no such process, or no more.
            IdempotencyConflict: When the Idempotency-Key came with another request.
        """
        external_id = str(uuid4())
        try:
            acquired = await _whole(lambda: self._store.acquire(wanted, external_id, wait=seconds > 0))
            if acquired.lease is None and seconds > 0:
                acquired = await self._stand(wanted, acquired, external_id, seconds)
        except asyncio.CancelledError:
            await self.give_back(external_id, wanted.tenant)
            raise
        return acquired, acquired.external_id != external_id

    async def give_back(self, external_id: str, tenant: str) -> None:
        """Ends a place in line, or a lease that no one was told of."""
        await _whole(lambda: self._store.leave(external_id, tenant=tenant, accept=False))

    async def _stand(self, wanted: Wanted, acquired: Acquired, own_id: str, seconds: float) -> Acquired:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        ticket = acquired.external_id
        with self._waiting.watch(ticket) as watch:
            while not self._waiting.stopping:
                # Asking again inside the watch misses no call; it also shows that we still wait.
                acquired = await _whole(lambda: self._store.acquire(wanted, ticket, wait=True))
                left = deadline - loop.time()
                if acquired.lease is not None:
                    return acquired
                if left <= 0:
                    break
                await watch.wait(min(left, acquired.ask_again, _SHOW_SECONDS))
        if ticket == own_id:
            return await _whole(lambda: self._store.leave(ticket, tenant=wanted.tenant, accept=True))
        # Another request waits with the same Idempotency-Key: the place in line stays.
        return await _whole(lambda: self._store.acquire(wanted, ticket))


async def _whole(operation: Callable[[], Awaitable[_T]]) -> _T:
    """An operation that is cancelled only once Redis has answered: what it did can then be undone for sure."""
    task = asyncio.ensure_future(operation())
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        task.exception()  # whoever asked is gone: no one is to be told of it
        raise
