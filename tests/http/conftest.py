"""The real app under the real gunicorn, with a real Redis; tests play the runner on the store."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.jobs.store import Claim, Finished, JobStore, Outcome, Prepared
from server.redis_connection import connect
from server.secrets import Cipher
from tests.http.batches import ALLOW, Client, Dispatchers
from tests.http.server import PROJECT, Server, ended
from tests.http.webhook import Webhook, running_webhook
from tests.redis_server import running_redis

RUNNER_KEY = "the-outside-runner's-key"
STEPS: list[Any] = [["load_rdd", "README.md"], ["take", 5]]


StartServer = Callable[..., Server]


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_redis(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(scope="session")
def start_server(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    """Starts a server with further settings; all are ended with the session."""
    servers: list[Server] = []

    def start(**settings: str) -> Server:
        folder = tmp_path_factory.mktemp("server")
        (folder / "README.md").write_text("hello\n")
        environment = {
            **os.environ,
            "REDIS_URL": redis_url,
            "SPEEDY_BASE": str(folder),
            "SPEEDY_RUNNER_KEY": RUNNER_KEY,
            "SPEEDY_LOG_FORMAT": "json",
            **settings,
        }
        with socket.create_server(("127.0.0.1", 0), backlog=128) as listener, (folder / "log").open("wb") as log:
            command = [sys.executable, "-m", "gunicorn", "-c", "python:server.gunicorn_conf", "server.asgi:app"]
            process = subprocess.Popen(
                [*command, "--bind", f"fd://{listener.fileno()}"],
                cwd=PROJECT,
                env=environment,
                stdout=log,
                stderr=log,
                pass_fds=(listener.fileno(),),
            )
            port = listener.getsockname()[1]
        server = Server(f"http://127.0.0.1:{port}", process, folder / "log", folder / "data" / ".speedy")
        servers.append(server)
        # The socket listens already, so the first request waits in its queue until the app is up.
        assert httpx.get(server.url + "/functions", timeout=60).status_code in {200, 401}
        return server

    yield start
    for server in servers:
        ended(server.process, signal.SIGTERM)


@pytest.fixture(scope="session")
def server(start_server: StartServer) -> Server:
    return start_server()


@pytest.fixture
async def store(server: Server, redis_url: str) -> AsyncIterator[JobStore]:
    """The server's store, empty."""
    redis = connect(redis_url)
    await redis.flushall()
    store = JobStore(redis, Cipher(_key(server)))
    yield store
    await store.aclose()
    await redis.aclose()


@pytest.fixture
async def client(server: Server, store: JobStore) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the server, whose store is empty."""
    async with httpx.AsyncClient(base_url=server.url, timeout=20) as client:
        yield client


@pytest.fixture(scope="session")
def batch_server(start_server: StartServer) -> Server:
    """A server whose webhooks may be on this machine."""
    return start_server(**ALLOW)


@pytest.fixture
async def webhook() -> AsyncIterator[Webhook]:
    async with running_webhook() as webhook:
        yield webhook


@pytest.fixture
async def no_dispatcher(batch_server: Server, redis_url: str, tmp_path: Path) -> AsyncIterator[Dispatchers]:
    """Starts dispatchers when told to; Redis is empty."""
    redis = connect(redis_url)
    await redis.flushall()
    dispatchers = Dispatchers(batch_server, redis_url, tmp_path)
    yield dispatchers
    dispatchers.end()
    await redis.aclose()


@pytest.fixture
def dispatchers(no_dispatcher: Dispatchers) -> Dispatchers:
    """One dispatcher runs."""
    no_dispatcher.start()
    return no_dispatcher


@pytest.fixture
async def batches(batch_server: Server, no_dispatcher: Dispatchers, webhook: Webhook) -> AsyncIterator[Client]:
    """A client of batches, as the documentation has them."""
    async with httpx.AsyncClient(base_url=batch_server.url, timeout=60) as http:
        yield Client(http, webhook)


async def submit(client: httpx.AsyncClient, **body: Any) -> str:
    """Submits a job; its id."""
    answer = await client.post("/jobs/submit", json={"steps": STEPS, **body})
    assert answer.status_code == 201, answer.text
    job_id: str = answer.json()["job_id"]
    return job_id


async def claim(store: JobStore, nonce: str = "nonce") -> Claim:
    """Plays the runner: takes the next job."""
    found = await store.claim("a-runner", nonce, lease_seconds=60)
    assert found is not None
    return found


async def finish(store: JobStore, found: Claim, outcome: Outcome | None = None) -> None:
    """Plays the runner: the job is DONE."""
    assert await store.prepare(found.job.id, found.fence, found.nonce, "digest") is Prepared.OK
    assert await store.finish(found.job.id, "digest", outcome or Outcome()) is Finished.DONE


def assert_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document that an answer must be."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["status"] == status
    assert document["code"] == code
    assert document["type"] == f"/problems/{code}"
    assert document["title"]
    assert document["detail"]
    for error in document["errors"]:
        assert set(error) <= {"pointer", "detail", "hint"}
        assert error["detail"]
        assert error["pointer"] == "" or error["pointer"].startswith("/")
    return document


def _key(server: Server) -> bytes:
    from pydantic import SecretStr

    from server.secrets import load_or_make_key

    return load_or_make_key(server.state_folder / "secret.key", SecretStr(""))
