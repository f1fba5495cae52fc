"""The process tree with a real Redis and stand-ins for the HTTP server and the runner."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import psutil
import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff

from server.settings import Settings
from server.supervisor.children import Program
from server.supervisor.tree import IDLE_EXIT, CannotListen, NotStarted, Tree, listen
from tests.waiting import until

HTTP = """
import os, signal, socket, sys
signal.signal(signal.SIGTERM, lambda *_: (open("ends", "a").write("http\\n"), sys.exit(0)))
server = socket.socket(fileno=int(sys.argv[1]))
while True:
    connection, _ = server.accept()
    connection.recv(1000)
    connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n")
    connection.close()
"""

RUNNER = """
import os, signal, sys
signal.signal(signal.SIGTERM, lambda *_: (open("ends", "a").write("runner\\n"), sys.exit(0)))
open("starts", "a").write(os.environ["REDIS_URL"] + "\\n")
while True: signal.pause()
"""


class Work:
    """Stands for the queue: an event says that a job waits."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.there = asyncio.Event()

    async def wait(self, redis_url: str) -> None:
        self.asked.set()
        await self.there.wait()


def fake(name: str, code: str, folder: Path, *arguments: str, pass_fds: tuple[int, ...] = ()) -> object:
    def make(environ: Mapping[str, str]) -> Program:
        return Program(name, (sys.executable, "-c", code, *arguments), folder, environ, pass_fds=pass_fds)

    return make


@asynccontextmanager
async def tree_of(
    folder: Path, *, http: str = HTTP, runner: str = RUNNER, work: Work | None = None
) -> AsyncIterator[Tree]:
    settings = Settings(data=folder / "data", redis_url="")
    listener = listen("127.0.0.1", 0)
    tree = Tree(
        settings,
        listener,
        environ=dict(os.environ),
        http=fake("http", http, folder, str(listener.fileno()), pass_fds=(listener.fileno(),)),  # type: ignore[arg-type]
        runner=fake("runner", runner, folder),  # type: ignore[arg-type]
        wait_for_work=(work or Work()).wait,
    )
    try:
        await tree.start()
        yield tree
    finally:
        await tree.stop()


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


async def test_it_stops_in_order_and_leaves_no_process(tmp_path: Path) -> None:
    async with tree_of(tmp_path) as tree:
        await until(lambda: lines(tmp_path / "starts"), within=20, what="the runner is up")
        pids = tree.pids()
        assert pids.keys() == {"redis", "http", "runner"}
        assert lines(tmp_path / "starts") == [tree.redis_url]
    assert lines(tmp_path / "ends") == ["http", "runner"]
    assert not any(psutil.pid_exists(pid) for pid in pids.values())


@pytest.mark.parametrize("name", ["redis", "http", "runner"])
async def test_a_child_that_dies_is_started_again(tmp_path: Path, name: str) -> None:
    async with tree_of(tmp_path) as tree:
        await until(lambda: "runner" in tree.pids(), within=20, what="the runner is up")
        old = tree.pids()[name]
        os.kill(old, signal.SIGKILL)
        await until(lambda: tree.pids().get(name, old) != old, within=20, what=f"{name} is back")


async def test_jobs_queued_before_redis_was_killed_are_there_after(tmp_path: Path) -> None:
    async with tree_of(tmp_path) as tree:
        async with Redis.from_url(tree.redis_url) as redis:
            await redis.rpush("jobs", "one")
        old = tree.pids()["redis"]
        os.kill(old, signal.SIGKILL)
        await until(lambda: tree.pids().get("redis", old) != old, within=20, what="redis is back")
        patient = Retry(ConstantBackoff(0.05), retries=400)
        async with Redis.from_url(tree.redis_url, retry=patient) as redis:
            assert await redis.lrange("jobs", 0, -1) == [b"one"]


async def test_an_idle_runner_is_started_only_when_work_is_there(tmp_path: Path) -> None:
    work = Work()
    code = f"open('starts', 'a').write('x\\n'); raise SystemExit({IDLE_EXIT})"
    async with tree_of(tmp_path, runner=code, work=work), asyncio.timeout(20):
        await work.asked.wait()
        assert len(lines(tmp_path / "starts")) == 1
        work.asked.clear()
        work.there.set()
        await work.asked.wait()
        assert len(lines(tmp_path / "starts")) == 2


async def test_an_http_server_that_never_answers_ends_the_start(tmp_path: Path) -> None:
    with pytest.raises(NotStarted, match="HTTP server"):
        async with asyncio.timeout(30), tree_of(tmp_path, http="raise SystemExit(3)"):
            pass


async def test_a_stop_during_the_start_leaves_no_process(tmp_path: Path) -> None:
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    start = asyncio.ensure_future(partial(_enter, tree_of(tmp_path, http="import signal; signal.pause()"))())
    redis = tmp_path / "data" / ".speedy" / "redis" / "redis.conf"
    await until(redis.exists, within=20, what="the start is on its way")
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    left = {child.pid for child in psutil.Process().children(recursive=True)} - before
    assert left == set()


async def _enter(tree: object) -> None:
    async with tree:  # type: ignore[attr-defined]
        pass


def test_a_taken_port_is_said_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=f"127.0.0.1:{port}") as caught:
            listen("127.0.0.1", port)
    assert "SPEEDY_PORT" in (caught.value.hint or "")
