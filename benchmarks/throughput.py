"""Small jobs from many clients, against the same functions called directly from as many threads of the same driver.

    python -m benchmarks.throughput [JOBS [CLIENTS [ROUNDS]]]

Rounds alternate. Prints jobs a second both ways and the share that the server reaches of the direct calls.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks import events
from benchmarks.direct import Direct
from benchmarks.figures import spread
from benchmarks.overhead import Client, job, same_work
from benchmarks.system import System


def rate(work: Callable[[], object], jobs: int, clients: int) -> float:
    """Jobs a second."""
    with ThreadPoolExecutor(clients) as pool:
        began = time.perf_counter()
        for done in [pool.submit(work) for _ in range(jobs)]:
            done.result()
        return jobs / (time.perf_counter() - began)


def main(jobs: int = 400, clients: int = 8, rounds: int = 3) -> None:
    """Measures."""
    with tempfile.TemporaryDirectory() as name, Direct(Path(name), slots=clients) as direct:
        folder = Path(name)
        path = folder / "small.jsonl"
        events.write(100, path)
        with System(folder, direct.engine, slots=clients) as system:
            client = Client(system.url)
            over_http: list[float] = []
            directly: list[float] = []
            for done in range(rounds + 1):  # the first round warms up
                theirs = rate(lambda: same_work(direct, path), jobs, clients)
                ours = rate(lambda: job(client), jobs, clients)
                if done:
                    directly.append(theirs)
                    over_http.append(ours)
    print(f"{jobs} jobs, {clients} clients")
    print("called directly:", spread(directly, "jobs/s"))
    print("over HTTP:      ", spread(over_http, "jobs/s"))
    shares = [ours / theirs for ours, theirs in zip(over_http, directly, strict=True)]
    print(f"share:           median {statistics.median(shares):.1%} (min {min(shares):.1%}, max {max(shares):.1%})")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
