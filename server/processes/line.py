"""Waiting in line for a key. Redis knows the order; a request that waits shows there that it still does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import uuid4

from server.changes import Watch
from server.processes.store import Acquired, ProcessStore, Wanted
from server.waiting import Waiting

#: A place in line is lost when it is not asked for in 5 s; seconds between two shows of life: one
#: may be late, or lost.
_SHOW_SECONDS = 2.0

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
            if seconds > 0:
                acquired = await self._wait(wanted, external_id, asyncio.get_running_loop().time() + seconds)
            else:
                acquired = await _whole(lambda: self._store.acquire(wanted, external_id))
        except asyncio.CancelledError:
            await self.give_back(external_id, wanted.tenant)
            raise
        return acquired, acquired.external_id != external_id

    async def give_back(self, external_id: str, tenant: str) -> None:
        """Ends a place in line, or a lease that no one was told of."""
        await _whole(lambda: self._store.leave(external_id, tenant=tenant, accept=False))

    async def _wait(self, wanted: Wanted, own_id: str, deadline: float) -> Acquired:
        # The watch begins before the first asking, so that no call is missed and asking once is enough.
        with self._waiting.watch(own_id) as watch:
            acquired = await _whole(lambda: self._store.acquire(wanted, own_id, wait=True))
            if acquired.external_id == own_id:
                acquired = await self._stand(wanted, acquired, watch, deadline)
                if acquired.lease is not None:
                    return acquired
                return await _whole(lambda: self._store.leave(own_id, tenant=wanted.tenant, accept=True))
        # Another request waits with the same Idempotency-Key, or has its key.
        ticket = acquired.external_id
        with self._waiting.watch(ticket) as watch:
            watch.ring()  # it may have been called before this watch began
            acquired = await self._stand(wanted, acquired, watch, deadline)
        if acquired.lease is not None:
            return acquired
        # Its place in line stays.
        return await _whole(lambda: self._store.acquire(wanted, ticket))

    async def _stand(self, wanted: Wanted, acquired: Acquired, watch: Watch, deadline: float) -> Acquired:
        """Stands in line until a key is got, the time is over or the server stops."""
        loop = asyncio.get_running_loop()
        ticket = acquired.external_id
        while acquired.lease is None and not self._waiting.stopping and (left := deadline - loop.time()) > 0:
            await watch.wait(min(left, acquired.ask_again, _SHOW_SECONDS))
            # Asking again also shows that we still wait.
            acquired = await _whole(lambda: self._store.acquire(wanted, ticket, wait=True))
        return acquired


async def _whole(operation: Callable[[], Awaitable[_T]]) -> _T:
    """An operation that is cancelled only once Redis has answered: what it did can then be undone for sure."""
    task = asyncio.ensure_future(operation())
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        task.exception()  # whoever asked is gone: no one is to be told of it
        raise
