"""Claim and list times while 10,000 and 1,000,000 jobs wait.

    python -m benchmarks.queue_depth [DEPTH …]

Each depth fills a fresh Redis (append-only file on, synced each second while it is filled and on every write while it
is measured), then claims 200 jobs, reads 200 pages of 50 jobs on the way through the list, and reads the first page 200
times.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from uuid import uuid4

from benchmarks.figures import percentile, spread
from benchmarks.system import System
from server.jobs.job import NewJob
from server.jobs.store import JobStore

_STEPS = [["load_rdd", "small.jsonl"], ["jsonify"], ["take", 5]]


async def fill(store: JobStore, count: int) -> None:
    """Submits jobs, 200 at a time."""
    redis = store._redis
    await redis.config_set("appendfsync", "everysec")
    for start in range(0, count, 200):
        batch = min(200, count - start)
        await asyncio.gather(*(store.submit(NewJob(steps=_STEPS), capacity=count + 1) for _ in range(batch)))
    await redis.config_set("appendfsync", "always")


async def measure(store: JobStore) -> None:
    """Prints the times."""
    claims, pages, firsts = [], [], []
    for _ in range(200):
        began = time.perf_counter()
        claim = await store.claim("benchmark", uuid4().hex, lease_seconds=3600)
        claims.append((time.perf_counter() - began) * 1000)
        assert claim is not None
    cursor = None
    for _ in range(200):
        began = time.perf_counter()
        _, cursor = await store.list(limit=50, cursor=cursor)
        pages.append((time.perf_counter() - began) * 1000)
    for _ in range(200):
        began = time.perf_counter()
        await store.list(limit=50)
        firsts.append((time.perf_counter() - began) * 1000)
    for name, values in (("claim", claims), ("next page", pages), ("first page", firsts)):
        print(f"  {name:10s} {spread(values, 'ms')}, p99 {percentile(values, 0.99):.2f} ms")


def main(*depths: int) -> None:
    """Measures."""
    for depth in depths or (10_000, 1_000_000):
        with tempfile.TemporaryDirectory() as name, System(Path(name)) as system:
            began = time.perf_counter()
            system.call(fill(system.store, depth))
            memory = system.call(system.store._redis.info("memory"))["used_memory"]
            print(f"{depth:,} queued (filled in {time.perf_counter() - began:.0f} s, {memory / depth:.0f} bytes a job)")
            system.call(measure(system.store))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
