"""When an idle runner is needed again."""

from __future__ import annotations

import asyncio

from server.errors import StoreUnavailable
from server.jobs.store import JobStore
from server.redis_connection import connect
from server.secrets import Cipher

_WAIT_SECONDS = 60.0
_RETRY_SECONDS = 1.0


async def wait_for_work(redis_url: str) -> None:
    """Returns once a job is queued, runs under a lease that someone must watch, or waits for a retry that is due.

    It blocks on the doorbell that each submission rings. While Redis is away it tries again each second.
    """
    redis = connect(redis_url)
    store = JobStore(redis, Cipher(bytes(32)))  # counts only; it reads no secret
    loop = asyncio.get_running_loop()
    try:
        while True:
            try:
                counts = await store.counts()
                if counts.get("queued") or counts.get("running"):
                    return
                asked = loop.time()
                await store.wait_for_work(_WAIT_SECONDS)
                if loop.time() - asked < _WAIT_SECONDS:
                    return
            except StoreUnavailable:
                await asyncio.sleep(_RETRY_SECONDS)
    finally:
        await store.aclose()
        await redis.aclose()
