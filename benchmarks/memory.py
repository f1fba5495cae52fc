"""Memory of an HTTP worker and of the driver after 1 and after 2,000 jobs.

    python -m benchmarks.memory [JOBS]

Prints resident memory (RSS) of each process, and the driver's heap in use after a collection.
"""

from __future__ import annotations

import gc
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

from benchmarks import events
from benchmarks.direct import Direct
from benchmarks.overhead import Client, job
from benchmarks.system import System


def report(system: System, direct: Direct, jobs: int) -> None:
    """Prints what each process holds."""
    gc.collect()
    jvm = direct.engine.context._jvm
    assert jvm is not None
    jvm.System.gc()
    runtime = jvm.java.lang.Runtime.getRuntime()
    heap = (runtime.totalMemory() - runtime.freeMemory()) / 1e6
    driver = psutil.Process()
    java = next(child for child in driver.children(recursive=True) if "java" in child.name())
    workers = psutil.Process(system.pids["http"]).children() or [psutil.Process(system.pids["http"])]
    redis = psutil.Process(system.pids["redis"])
    print(
        f"after {jobs:5,} jobs: HTTP worker {max(w.memory_info().rss for w in workers) / 1e6:.0f} MB, "
        f"driver (Python) {driver.memory_info().rss / 1e6:.0f} MB, driver (JVM) {java.memory_info().rss / 1e6:.0f} MB "
        f"of which heap in use {heap:.0f} MB, Redis {redis.memory_info().rss / 1e6:.0f} MB",
        flush=True,
    )


def main(jobs: int = 2000) -> None:
    """Measures."""
    with tempfile.TemporaryDirectory() as name, Direct(Path(name)) as direct:
        events.write(100, Path(name, "small.jsonl"))
        with System(Path(name), direct.engine) as system:
            client = Client(system.url)
            job(client)
            report(system, direct, 1)
            done = 1
            for goal in (jobs // 4, jobs // 2, jobs):
                with ThreadPoolExecutor(8) as pool:
                    for future in [pool.submit(job, client) for _ in range(goal - done)]:
                        future.result()
                done = goal
                report(system, direct, done)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
