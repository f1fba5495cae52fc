from __future__ import annotations

from redis.asyncio import Redis

from benchmarks.process_keys import prove


async def test_fifty_workers_of_five_processes_never_hold_one_key_at_once(redis: Redis, redis_url: str) -> None:
    assert await prove(redis_url, 5_000) > 0
