"""Ends: of the server while requests wait, and of Redis under the server."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from redis import Redis as PlainRedis

from server.jobs.store import JobStore
from server.supervisor.embedded_redis import find_binary
from tests.http.conftest import STEPS, Server, StartServer, assert_problem, submit
from tests.redis_server import answers
from tests.waiting import wait_until


async def test_a_stopping_server_answers_its_waits_at_once(start_server: StartServer, store: JobStore) -> None:
    server = start_server()
    async with httpx.AsyncClient(base_url=server.url, timeout=20) as client:
        job_id = await submit(client)
        waits = [asyncio.create_task(client.get(f"/jobs/{job_id}", params={"wait": 60})) for _ in range(10)]
        stream = asyncio.create_task(client.get(f"/jobs/{job_id}/events", headers={"Accept": "text/event-stream"}))
        await client.get(f"/jobs/{job_id}", params={"wait": 0.5})
        server.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(5):
            told = await asyncio.gather(*waits)
            streamed = await stream
    assert [(answer.status_code, answer.json()["state"]) for answer in told] == [(200, "QUEUED")] * 10
    assert '"QUEUED"' in streamed.text
    assert "event: end" not in streamed.text  # so the reader comes back
    code = await asyncio.to_thread(server.process.wait, 10)
    assert code == 0
    assert "Traceback" not in server.log_text()


async def test_clients_that_leave_their_waits_do_no_harm(
    client: httpx.AsyncClient, server: Server, store: JobStore
) -> None:
    job_id = await submit(client)
    for _ in range(3):
        waits = [asyncio.create_task(client.get(f"/jobs/{job_id}", params={"wait": 60})) for _ in range(30)]
        await client.get(f"/jobs/{job_id}", params={"wait": 0.1})
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
    assert (await client.get(f"/jobs/{job_id}")).status_code == 200
    assert "Traceback" not in server.log_text()


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[OwnRedis]:
    redis = OwnRedis(tmp_path)
    redis.start()
    yield redis
    redis.stop()


class OwnRedis:
    """A Redis that a test may end and start again."""

    def __init__(self, folder: Path) -> None:
        self.url = f"unix://{folder}/redis.sock"
        self._command = [
            *(str(find_binary()), "--port", "0", "--unixsocket", f"{folder}/redis.sock", "--dir", str(folder)),
            *("--appendonly", "yes", "--appendfsync", "always", "--loglevel", "warning"),
        ]

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        with PlainRedis.from_url(self.url) as redis:
            wait_until(lambda: answers(redis), within=20, what="Redis answers")

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


async def test_without_redis_the_server_says_so_and_recovers(start_server: StartServer, own_redis: OwnRedis) -> None:
    server = start_server(REDIS_URL=own_redis.url)
    async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
        job_id = await submit(client)
        wait = asyncio.create_task(client.get(f"/jobs/{job_id}", params={"wait": 60}))
        await client.get(f"/jobs/{job_id}", params={"wait": 0.3})
        own_redis.stop()
        refusals = await asyncio.gather(
            client.get("/health"),
            client.post("/jobs/submit", json={"steps": STEPS}),
            client.get(f"/jobs/status/{job_id}"),
            client.get("/jobs"),
            client.delete(f"/jobs/{job_id}"),
        )
        for answer in refusals:
            problem = assert_problem(answer, 503, "store_unavailable")
            assert int(answer.headers["Retry-After"]) >= 1
            assert "redis.sock" not in problem["detail"]
        assert_problem(await client.post("/jobs/submit", json={"steps": []}), 422, "invalid_request")
        assert (await client.get("/functions")).status_code == 200

        own_redis.start()
        assert (await client.get("/health")).status_code == 200
        assert (await client.get(f"/jobs/status/{job_id}")).json() == {"status": "QUEUED"}
        # The wait went on, or was told that Redis is away; it was not left hanging.
        wait_again = asyncio.create_task(client.get(f"/jobs/{job_id}", params={"wait": 60}))
        await client.get(f"/jobs/{job_id}", params={"wait": 0.3})
        assert (await client.delete(f"/jobs/{job_id}")).status_code == 200
        async with asyncio.timeout(10):
            assert (await wait_again).json()["state"] == "CANCELLED"
            assert (await wait).status_code in {200, 503}
    assert "Traceback" not in server.log_text()


async def test_a_server_that_starts_before_redis_works_once_it_is_there(
    start_server: StartServer, own_redis: OwnRedis
) -> None:
    own_redis.stop()
    server = start_server(REDIS_URL=own_redis.url)
    async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
        assert_problem(await client.get("/health"), 503, "store_unavailable")
        own_redis.start()
        assert (await client.get("/health")).status_code == 200
        await submit(client)
