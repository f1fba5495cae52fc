"""The job of `benchmarks/json_tables.py` with its input on S3 (moto's server on this machine) against the local disk.

    python -m benchmarks.s3_local [COUNT [RUNS]]

The rows are compared first; runs alternate. The server is a process of its own, shares the cores, and answers from
memory: the figure says what the way over HTTP costs, not how fast Amazon's S3 is. The input is a folder of objects of
some 14 MB, since that server copies a whole object for each range that is asked of it.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3

from benchmarks import events
from benchmarks.direct import Direct
from benchmarks.figures import ratio, spread
from benchmarks.json_tables import compare, steps
from functions.storage.parts import divide

_OBJECTS = 32
_KEYS = {"aws_access_key_id": "AKIABENCHMARK", "aws_secret_access_key": "benchmark"}


@contextmanager
def s3_server() -> Iterator[str]:
    """A server in a process of its own; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def main(count: int = 1_000_000, runs: int = 3) -> None:
    """Measures."""
    with tempfile.TemporaryDirectory() as place, s3_server() as endpoint:
        # The machine's own chain: the job brings no keys.
        os.environ |= {name.upper(): value for name, value in _KEYS.items()}
        folder = Path(place)
        source = folder / "in"
        source.mkdir()
        events.write(count, folder / "events.jsonl")
        divide(folder / "events.jsonl", [source / f"part-{place:05d}" for place in range(_OBJECTS)], lambda: None)
        size = sum(file.stat().st_size for file in source.iterdir())
        print(f"{count:,} events, {size / 1e6:.0f} MB in {_OBJECTS} files")
        client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
        client.create_bucket(Bucket="events")
        for file in source.iterdir():
            client.upload_file(str(file), "events", f"in/{file.name}")
        with Direct(folder, s3_endpoint_url=endpoint) as direct:
            inputs = {"disk": str(source), "S3": "s3://events/in"}
            times: dict[str, list[float]] = {name: [] for name in inputs}
            for run in range(runs + 2):  # the first two rounds warm up, and the first is compared
                targets = {name: folder / f"out-{name}" for name in inputs}
                for name, path in inputs.items():
                    began = time.perf_counter()
                    direct.run(steps(path, targets[name]))
                    if run >= 2:
                        times[name].append(time.perf_counter() - began)
                if run == 0:
                    compare(targets)
                for target in targets.values():
                    shutil.rmtree(target)
        for name, seconds in times.items():
            print(f"{name:5s}", spread(seconds, "s"))
        print("S3 / disk:", ratio(times["S3"], times["disk"]))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
