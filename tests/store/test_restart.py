"""A server that is killed, and started again on its own file."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis as plain_redis

from server.jobs.job import Reason, State
from server.jobs.store import Beat, Finished, JobStore, Outcome
from server.redis_connection import connect
from server.secrets import Cipher
from server.supervisor.embedded_redis import find_binary
from tests.store.conftest import KEY, LEASE, Hand
from tests.waiting import wait_until


class Server:
    """A durable Redis that can be killed."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "redis.sock"
        self.url = f"unix://{self._socket}"
        self._command = [str(find_binary()), "--port", "0", "--unixsocket", str(self._socket), "--dir", str(folder),
                         "--save", "", "--appendonly", "yes", "--appendfsync", "always"]  # fmt: skip

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        wait_until(self._answers, within=30, what="Redis answers")

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._socket.unlink()

    def _answers(self) -> bool:
        try:
            with plain_redis.Redis.from_url(self.url) as client:
                return bool(client.ping())
        except plain_redis.RedisError:
            return False


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    server.start()
    yield server
    server.kill()


async def test_what_was_acknowledged_outlives_a_kill(server: Server) -> None:
    redis = connect(server.url)
    store = JobStore(redis, Cipher(KEY))
    hand = Hand(store, redis)
    expected = {await hand.done(): State.DONE}
    failed = await hand.running()
    await store.fail(failed.job.id, failed.fence, failed.nonce, Reason("timeout", ""), retryable=False)
    retry = await hand.running(max_attempts=2)
    await store.fail(retry.job.id, retry.fence, retry.nonce, Reason("timeout", ""), retryable=True)
    running, committing = await hand.running(secrets={"key": "value"}), await hand.committing()
    cancelled = await hand.submit()
    await store.cancel(cancelled)
    expected |= {failed.job.id: State.FAILED, retry.job.id: State.QUEUED, running.job.id: State.RUNNING}
    expected |= {committing.job.id: State.RUNNING, cancelled: State.CANCELLED}
    for _ in range(50):
        expected[await hand.submit()] = State.QUEUED
    before = {job_id: await hand.get(job_id) for job_id in expected}

    server.kill()
    server.start()

    assert {job_id: await hand.get(job_id) for job_id in expected} == before
    assert {job_id: job.state for job_id, job in before.items()} == expected
    assert (await store.check()).repaired == []
    assert await store.beat(running.job.id, running.fence, running.nonce, lease_seconds=LEASE) is Beat.OK
    again = await store.claim("runner-1", running.nonce, lease_seconds=LEASE)
    assert again == running
    assert await store.finish(committing.job.id, "digest", Outcome()) is Finished.DONE
    assert (await hand.claim()).fence > committing.fence
    await store.aclose()
    await redis.aclose()


async def test_leases_get_their_full_length_once_more(server: Server) -> None:
    redis = connect(server.url)
    store = JobStore(redis, Cipher(KEY))
    hand = Hand(store, redis)
    claim = await hand.running()
    await hand.reap()  # the project has seen this server run
    server.kill()
    server.start()
    await hand.expire(claim.job.id)
    for _ in range(3):
        assert (await store.reap("runner-2", lease_seconds=LEASE)).requeued == []
    assert (await hand.reap()).requeued == [claim.job.id], "one lease later"
    await store.aclose()
    await redis.aclose()


@pytest.mark.parametrize("kills", [3])
async def test_no_acknowledged_submission_is_lost_while_the_server_dies_again_and_again(
    server: Server, kills: int
) -> None:
    redis = connect(server.url)
    store = JobStore(redis, Cipher(KEY))
    hand = Hand(store, redis)
    acknowledged: list[str] = []
    stop = asyncio.Event()

    async def submit() -> None:
        while not stop.is_set():
            acknowledged.append(await hand.submit())

    clients = [asyncio.create_task(submit()) for _ in range(8)]
    for _ in range(kills):
        reached = len(acknowledged) + 100
        while len(acknowledged) < reached:
            await asyncio.wait(clients, timeout=0.01)
        server.kill()
        await asyncio.to_thread(server.start)
    stop.set()
    await asyncio.gather(*clients)
    assert len(set(acknowledged)) == len(acknowledged)
    assert (await store.counts())["QUEUED"] == len(acknowledged)
    assert (await store.check()).repaired == []
    for job_id in acknowledged:
        assert await store.state(job_id) is State.QUEUED
    await store.aclose()
    await redis.aclose()
