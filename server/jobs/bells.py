"""Waiting without polling: for work to claim, and for a runner's calls."""

from __future__ import annotations

import asyncio

from redis.asyncio import Redis

from server.redis_connection import for_blocking
from server.scripts import Scripts

#: An answer later than asked for by so much means that the connection is dead; seconds.
_GRACE_SECONDS = 5.0


class Bells:
    """Blocks on Redis lists, on connections of its own."""

    def __init__(self, redis: Redis, scripts: Scripts, prefix: str) -> None:
        self._redis = redis
        self._blocking = for_blocking(redis)
        self._scripts = scripts
        self._prefix = prefix

    async def wait_for_work(self, seconds: float) -> None:
        """Waits for a ring of the doorbell, or until a retry falls due, at most so many seconds."""
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.time()
        pipeline.zrange(self._scripts.key("delayed"), 0, 0, withscores=True)
        (now, micros), first = await pipeline.execute()
        if first:
            seconds = min(seconds, first[0][1] / 1000 - now - micros / 1e6)
        if seconds > 0:
            await self._pop(self._scripts.key("wake"), seconds)

    async def next_call(self, owner: str, seconds: float) -> str | None:
        """The id of a job that this runner is to stop; None when none came in time."""
        return await self._pop(f"{self._prefix}runner:{owner}:calls", seconds)

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._blocking.aclose()

    async def _pop(self, key: str, seconds: float) -> str | None:
        # Redis takes 0 for ever.
        async with asyncio.timeout(seconds + _GRACE_SECONDS):
            found = await self._blocking.blpop([key], timeout=max(seconds, 0.001))
        return str(found[1]) if found else None
