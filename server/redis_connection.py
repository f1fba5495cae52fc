"""Connections to Redis: how long to wait for it, how often to try again, and what to say when it is away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from redis.asyncio import BlockingConnectionPool, ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import ConnectionError as NoAnswer
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as NoAnswerInTime

from server.errors import StoreUnavailable

#: More requests at once than this wait for a connection: Redis serves one at a time anyway.
_CONNECTIONS = 50
#: Waits that block: as many as a process may ever want.
_BLOCKING_CONNECTIONS = 10_000
_CONNECT_SECONDS = 2.0
#: No script takes long; fsync on a slow disk may.
_ANSWER_SECONDS = 10.0
#: An idle connection is tried before it is used again after so many seconds.
_IDLE_SECONDS = 30
#: Together some two seconds: a restart of Redis with few jobs goes unnoticed, a longer absence is told soon.
_RETRIES = 6
_FIRST_PAUSE_SECONDS = 0.02
_LONGEST_PAUSE_SECONDS = 0.8

_P = ParamSpec("_P")
_T = TypeVar("_T")


def connect(url: str) -> Redis:
    """A client of the Redis at a URL (redis://, rediss://, unix://); it connects when it is first used.

    Commands are sent again when the connection breaks: use it only for what is safe to repeat.
    """
    over_tcp = {} if url.startswith("unix:") else {"socket_keepalive": True}
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=_CONNECTIONS,
        timeout=_ANSWER_SECONDS,
        **over_tcp,
        decode_responses=True,
        socket_connect_timeout=_CONNECT_SECONDS,
        socket_timeout=_ANSWER_SECONDS,
        health_check_interval=_IDLE_SECONDS,
        retry=Retry(ExponentialWithJitterBackoff(base=_FIRST_PAUSE_SECONDS, cap=_LONGEST_PAUSE_SECONDS), _RETRIES),
    )
    return Redis.from_pool(pool)


def for_blocking(redis: Redis) -> Redis:
    """A client of the same Redis, with connections of its own, whose answers may take any time."""
    pool = redis.connection_pool
    options: dict[str, Any] = {**pool.connection_kwargs, "socket_timeout": None, "health_check_interval": 0}
    return Redis.from_pool(ConnectionPool(pool.connection_class, _BLOCKING_CONNECTIONS, **options))


def tells_absence(
    operation: Callable[_P, Awaitable[_T]],
) -> Callable[_P, Coroutine[Any, Any, _T]]:
    """Makes an operation raise StoreUnavailable where Redis does not answer, or not as it should."""

    @wraps(operation)
    async def told(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return await operation(*args, **kwargs)
        except (NoAnswer, NoAnswerInTime, OSError) as error:
            raise StoreUnavailable(f"the queue's Redis does not answer: {error}") from error
        except RedisError as error:  # it refuses: no memory, no disk, a replica, …
            raise StoreUnavailable(f"the queue's Redis cannot do this now: {error}") from error

    return told
