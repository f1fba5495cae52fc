"""Waiting for jobs to change: one connection, any number of waiters."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from server.ending import end
from server.redis_connection import for_blocking

#: A quiet connection is asked whether it lives after so many seconds; one that is silent as long again is dead.
_QUIET_SECONDS = 15.0
#: Pause before the connection is made anew, seconds.
_RECONNECT_SECONDS = 0.1
#: How long entering waits for the first subscription, seconds; while Redis is away it goes on without.
_START_SECONDS = 2.0


class Watch:
    """A watch over one job. A change is kept until `wait` has told it, also one from before the call."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def ring(self) -> None:
        """The job changed, or may have."""
        self._changed.set()

    async def wait(self, timeout: float) -> bool:  # noqa: ASYNC109  # the time is part of the question
        """Waits for a change since the watch began, or since the last call; False after `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                await self._changed.wait()
        except TimeoutError:
            return False
        self._changed.clear()
        return True


class Changes:
    """Tells waiters when a job changed. An async context manager; one a process is enough.

    A change between reading a job and waiting for it would be missed, so watch first, read then:

        with changes.watch(job_id) as watch:
            job = await store.get(job_id)
            while job is not None and job.state not in ENDED and await watch.wait(30):
                job = await store.get(job_id)

    Changes may be told that turn out to be none: whenever the connection was lost, every waiter wakes.
    """

    def __init__(self, redis: Redis, channel: str) -> None:
        self._redis = for_blocking(redis)
        self._channel = channel
        self._watches: dict[str, set[Watch]] = {}
        self._subscribed = asyncio.Event()
        self._listener: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Changes:
        """Subscribes. Where Redis is away, this goes on trying in the background."""
        self._listener = asyncio.create_task(self._listen())
        with suppress(TimeoutError):
            async with asyncio.timeout(_START_SECONDS):
                await self._subscribed.wait()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends the subscription."""
        if self._listener is not None:
            await end((self._listener,))
        await self._redis.aclose()

    @contextmanager
    def watch(self, job_id: str) -> Iterator[Watch]:
        """Watches a job from here on; what is read inside cannot miss a change."""
        watch = Watch()
        watches = self._watches.setdefault(job_id, set())
        watches.add(watch)
        try:
            yield watch
        finally:
            watches.discard(watch)
            if not watches and self._watches.get(job_id) is watches:
                del self._watches[job_id]

    async def wait(self, job_id: str, timeout: float) -> bool:  # noqa: ASYNC109  # the time is part of the question
        """Waits for a change from this call on, at most `timeout` seconds; whether there was one.

        The watch begins when the call does: start it, then read, then await it. `watch` does the same more plainly.
        """
        with self.watch(job_id) as watch:
            return await watch.wait(timeout)

    async def _listen(self) -> None:
        while True:
            with suppress(RedisError, OSError):
                async with self._redis.pubsub() as pubsub:
                    await pubsub.subscribe(self._channel)
                    await self._relay(pubsub)
            self._subscribed.clear()
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def _relay(self, pubsub: PubSub) -> None:
        """Passes messages on until the connection is dead."""
        asked = False
        while True:
            message = await pubsub.get_message(timeout=_QUIET_SECONDS)
            if message is None:
                if asked:
                    return
                await pubsub.ping()
                asked = True
                continue
            asked = False
            if message["type"] == "message":
                self._ring(self._watches.get(message["data"], ()))
            elif message["type"] == "subscribe":
                # The first of a connection, or of one that redis-py made anew: what happened before is not known.
                self._subscribed.set()
                for watches in list(self._watches.values()):
                    self._ring(watches)

    @staticmethod
    def _ring(watches: set[Watch] | tuple[()]) -> None:
        for watch in tuple(watches):
            watch.ring()
