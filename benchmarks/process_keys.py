"""Proof that two workers never hold one batch key, and how many leases a second there are.

    python -m benchmarks.process_keys [LEASES]

50 workers in five processes take, hold and give back 10 keys, LEASES times together (1,000,000 by default), directly on
the store. Whoever got a key enters itself in a register of its own in Redis, by a script that looks at no clock: the
key must have no holder there, and its fence must be above the last one. The register is left first, then the key.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path
from uuid import uuid4

from redis.asyncio import Redis

from server.changes import Changes
from server.processes.line import Line
from server.processes.store import ProcessStore, Wanted
from server.redis_connection import connect
from server.supervisor.children import Child
from server.supervisor.embedded_redis import EmbeddedRedis
from server.waiting import Waiting

_PROCESSES, _WORKERS, _KEYS = 5, 10, 10
_NAME = "proof"
_LONGEST_WAIT = 60.0

# KEYS: holders, fences, count. ARGV: key, who, fence. An entry may be repeated, as the client sends again.
_ENTER = """
local holder = redis.call('HGET', KEYS[1], ARGV[1])
if holder == ARGV[2] then return 'OK' end
if holder then return 'held by ' .. holder end
local last = tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or 0)
if tonumber(ARGV[3]) <= last then return 'fence ' .. ARGV[3] .. ' after ' .. last end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
redis.call('INCR', KEYS[3])
return 'OK'
"""
_LEAVE = "if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then redis.call('HDEL', KEYS[1], ARGV[1]) end return 'OK'"


async def work(redis: Redis, store: ProcessStore, line: Line, leases: int) -> None:
    """One worker: so many leases, one after the other.

    Raises:
        SystemExit: When the register tells of two holders, or of a fence that did not rise.
    """
    enter, leave = redis.register_script(_ENTER), redis.register_script(_LEAVE)
    register = ["proof:holders", "proof:fences", "proof:count"]
    for _ in range(leases):
        lease = None
        while lease is None:
            lease = (await line.acquire(Wanted(_NAME, str(os.getpid())), seconds=_LONGEST_WAIT))[0].lease
        key = lease.batch_key.key
        answer = await enter(register, [key, lease.external_id, lease.fence])
        if answer != "OK":
            raise SystemExit(f"key {key}, lease {lease.external_id}: {answer}")
        await leave(register, [key, lease.external_id])
        await store.release(lease.external_id)


async def workers(url: str, leases: int) -> None:
    """The workers of one process."""
    redis = connect(url)
    store = ProcessStore(redis)
    async with Changes(redis, "speedy:changed") as changes:
        line = Line(store, Waiting(changes))
        shares = [leases // _WORKERS + (number < leases % _WORKERS) for number in range(_WORKERS)]
        async with asyncio.TaskGroup() as group:
            for share in shares:
                group.create_task(work(redis, store, line, share))
    await redis.aclose()


async def prove(url: str, leases: int) -> float:
    """Leases a second, once all held what they should.

    Raises:
        SystemExit: When a worker found otherwise, or a lease is missing.
    """
    redis = connect(url)
    store = ProcessStore(redis)
    await store.create(_NAME, _KEYS)
    shares = [leases // _PROCESSES + (number < leases % _PROCESSES) for number in range(_PROCESSES)]
    command = [sys.executable, "-m", "benchmarks.process_keys", "workers", url]
    began = time.perf_counter()
    children = [
        await asyncio.create_subprocess_exec(*command, str(share), cwd=Path(__file__).parents[1]) for share in shares
    ]
    codes = [await child.wait() for child in children]
    seconds = time.perf_counter() - began
    counted = int(await redis.get("proof:count"))
    standing = await store.get(_NAME)
    await redis.aclose()
    if any(codes) or counted != leases or standing.free != _KEYS:
        raise SystemExit(f"processes ended {codes}; {counted} of {leases} leases; {standing}")
    print(f"{leases:,} leases of {_KEYS} keys by {_PROCESSES * _WORKERS} workers in {_PROCESSES} processes: "
          f"no key had two holders, every fence rose; {seconds:.1f} s, {leases / seconds:,.0f} leases/s")  # fmt: skip
    return leases / seconds


async def main(leases: int = 1_000_000) -> None:
    """Proves on a Redis of its own, its append-only file synced on every write."""
    with tempfile.TemporaryDirectory() as folder:
        redis = EmbeddedRedis(Path(folder) / uuid4().hex)
        child = await Child.start(await redis.prepare(os.environ))
        await redis.wait_ready(child)
        try:
            await prove(redis.url, leases)
        finally:
            await child.stop(10)


if __name__ == "__main__":
    if sys.argv[1:2] == ["workers"]:
        asyncio.run(workers(sys.argv[2], int(sys.argv[3])))
    else:
        asyncio.run(main(*map(int, sys.argv[1:])))
