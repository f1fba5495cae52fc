"""A real Redis or Valkey for tests, set up as durably as in production."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from server.supervisor.embedded_redis import find_binary
from tests.waiting import wait_until


@contextmanager
def running_redis(folder: Path) -> Iterator[str]:
    """A server with its files in `folder`; gives its URL, and ends the server with the block."""
    address = folder / "redis.sock"
    url = f"unix://{address}"
    options = {"port": "0", "unixsocket": str(address), "dir": str(folder), "save": "",
               "appendonly": "yes", "appendfsync": "always"}  # fmt: skip
    command = [str(find_binary()), *(word for name, value in options.items() for word in (f"--{name}", value))]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        with Redis.from_url(url) as redis:
            wait_until(lambda: answers(redis), within=30, what="Redis answers")
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


def answers(redis: Redis) -> bool:
    """Whether a Redis is up."""
    try:
        return bool(redis.ping())
    except (RedisError, OSError):
        return False
