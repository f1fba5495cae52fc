"""gunicorn's own ASGI worker against uvicorn's worker class: requests/s and p99, in turn, on the same app and Redis.

    pip install uvicorn==0.54.0 httptools==0.9.0
    python -m benchmarks.http_worker server.worker.Worker uvicorn.workers.UvicornWorker

The load comes from one process over plain sockets; each worker class is measured several times, alternating.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import psutil
import uvloop
from redis import Redis
from redis.exceptions import RedisError

from server.supervisor.embedded_redis import find_binary
from tests.waiting import wait_until

PROJECT = Path(__file__).resolve().parents[1]
BODY = json.dumps({"steps": [["load_rdd", "README.md"], ["take", 5]]}).encode()


class Connection(asyncio.Protocol):
    """Sends one request after the other and notes how long each answer took, seconds."""

    def __init__(self, request: bytes, until: float, times: list[float]) -> None:
        self._request = request
        self._until = until
        self._times = times
        self._answer = b""
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Sends the first request."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass
        self._send()

    def _send(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Notes the time of an answer once it is whole, and sends the next request."""
        self._answer += data
        head, gap, body = self._answer.partition(b"\r\n\r\n")
        if not gap:
            return
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        if len(body) < length:
            return
        assert head.startswith(b"HTTP/1.1 20"), head
        self._answer = b""
        now = time.perf_counter()
        self._times.append(now - self._sent)
        if now < self._until:
            self._send()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Notes the end."""
        if exc:
            self.ended.set_exception(exc)
        else:
            self.ended.set_result(None)


async def load(server: Server, request: bytes, connections: int, seconds: float) -> tuple[float, float, float]:
    """Requests/s, p99 in milliseconds, and the server's CPU time a request in microseconds."""
    times: list[float] = []
    loop = asyncio.get_running_loop()
    cpu = server.cpu_seconds()
    began = time.perf_counter()
    made = [
        (await loop.create_connection(lambda: Connection(request, began + seconds, times), "127.0.0.1", server.port))[1]
        for _ in range(connections)
    ]
    await asyncio.gather(*[connection.ended for connection in made])
    took = time.perf_counter() - began
    spent = server.cpu_seconds() - cpu
    return len(times) / took, statistics.quantiles(times, n=100)[98] * 1000, spent / len(times) * 1e6


@dataclass
class Server:
    """A gunicorn with one worker."""

    process: subprocess.Popen[bytes]
    port: int

    def cpu_seconds(self) -> float:
        """CPU time that the worker took so far."""
        workers = psutil.Process(self.process.pid).children()
        return sum(sum(worker.cpu_times()[:2]) for worker in workers)

    def wait_ready(self) -> None:
        """Returns once it answers; until then the request waits in the socket's queue."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=60) as answer:
            assert answer.status == 200


def start_redis(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """A Redis with every write on disk before it is acknowledged."""
    address = f"{folder}/redis.sock"
    options = ["--port", "0", "--unixsocket", address, "--dir", str(folder), "--save", "", "--loglevel", "warning"]
    durable = ["--appendonly", "yes", "--appendfsync", "always"]
    process = subprocess.Popen([str(find_binary()), *options, *durable], stdout=subprocess.DEVNULL)
    with Redis.from_url(f"unix://{address}") as redis:
        wait_until(lambda: answers(redis), within=20, what="Redis answers")
    return process, f"unix://{address}"


def answers(redis: Redis) -> bool:
    """Whether Redis is up."""
    try:
        return bool(redis.ping())
    except RedisError:
        return False


def start_server(worker: str, folder: Path, redis_url: str) -> Server:
    """The server with a worker class."""
    (folder / "README.md").write_text("x")
    environment = {**os.environ, "REDIS_URL": redis_url, "SPEEDY_BASE": str(folder)}
    command = [sys.executable, "-m", "gunicorn", "-c", "python:server.gunicorn_conf", "server.asgi:app"]
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        process = subprocess.Popen(
            [*command, "--bind", f"fd://{listener.fileno()}", "--worker-class", worker],
            cwd=PROJECT,
            env=environment,
            pass_fds=(listener.fileno(),),
        )
        port = listener.getsockname()[1]
    return Server(process, port)


def main() -> None:
    """Measures, and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workers", nargs="+")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="speedy-") as name, ExitStack() as ends:
        folder = Path(name)
        redis, redis_url = start_redis(folder)
        ends.callback(end, redis)
        servers = []
        for worker in arguments.workers:
            servers.append(start_server(worker, folder, redis_url))
            ends.callback(end, servers[-1].process)
            servers[-1].wait_ready()
        measure(arguments, servers)


def end(process: subprocess.Popen[bytes]) -> None:
    """Ends a process that we started."""
    process.send_signal(signal.SIGTERM)
    process.wait()


def measure(arguments: argparse.Namespace, servers: list[Server]) -> None:
    """Loads each server in turn."""
    submit = b"POST /jobs/submit HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
    status = b"GET /jobs/status/00000000-0000-4000-8000-000000000000 HTTP/1.1\r\nHost: x\r\n\r\n"
    print("| request | connections | worker | requests/s | p99 ms | CPU µs a request |\n|---|---|---|---|---|---|")
    for title, request in (("status", status), ("submit", submit)):
        for connections in (1, 8, 64):
            found: list[list[tuple[float, float, float]]] = [[] for _ in servers]
            for _ in range(arguments.rounds):
                for place, server in enumerate(servers):
                    found[place].append(uvloop.run(load(server, request, connections, arguments.seconds)))
            for worker, figures in zip(arguments.workers, found, strict=True):
                rate, p99, cpu = (statistics.median(figure) for figure in zip(*figures, strict=True))
                print(f"| {title} | {connections} | {worker} | {rate:,.0f} | {p99:.2f} | {cpu:.0f} |", flush=True)


if __name__ == "__main__":
    main()
