"""Any process may be killed at any moment: a job that was acknowledged ends once, with its output whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance import long_work
from tests.acceptance.running import Speedy, gone, serving
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def crashing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Speedy]:
    """A running system whose processes are killed."""
    with serving(tmp_path_factory.mktemp("crashing") / "data") as running:
        long_work.write_input(running.data / "long.jsonl")
        yield running


def long_job(speedy: Speedy, out: Path) -> str:
    return speedy.submit(*long_work.steps(speedy.data / "long.jsonl", out))


def done_once(speedy: Speedy, job_id: str) -> None:
    events = speedy.http.get(f"/jobs/{job_id}/events").json()["events"]
    states = [event["data"]["state"] for event in events if event["kind"] == "state"]
    assert states.count("DONE") == 1
    assert states[-1] == "DONE"


def test_a_job_whose_runner_is_killed_is_done_once_and_whole(crashing: Speedy) -> None:
    out = crashing.data / "runner"
    job_id = long_job(crashing, out)
    crashing.wait_writing(job_id)
    driver = crashing.driver()
    old = crashing.kill("runner")
    wait_until(gone([driver]), within=10, what="its JVM is gone too")
    assert not out.exists()
    job = crashing.wait_ended(job_id)
    assert (job["state"], job["attempts"], job["crashes"]) == ("DONE", 2, 1), job
    assert crashing.wait_child("runner", other_than=old)
    done_once(crashing, job_id)
    long_work.check_output(out)
    assert crashing.leftovers() == []


def test_a_job_is_done_although_redis_is_killed_in_the_middle(crashing: Speedy) -> None:
    out = crashing.data / "redis"
    job_id = long_job(crashing, out)
    crashing.wait_writing(job_id)
    old = crashing.kill("redis")
    crashing.wait_child("redis", other_than=old)
    job = crashing.wait_ended(job_id)
    assert (job["state"], job["attempts"], job["crashes"]) == ("DONE", 1, 0), job
    done_once(crashing, job_id)
    long_work.check_output(out)
    assert crashing.leftovers() == []


def test_requests_wait_while_a_killed_http_server_comes_back(crashing: Speedy) -> None:
    workers = crashing.wait_child("http").children()
    old = crashing.kill("http")
    wait_until(gone(workers), within=10, what="its workers are gone too")
    crashing.connect()  # a connection that was open is broken; a new one waits
    job = crashing.run(["load_rdd", "README.md"], ["take", 1])
    assert job["state"] == "DONE"
    assert crashing.wait_child("http", other_than=old)


def test_nothing_is_lost_when_everything_is_killed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    long_work.write_input(data / "long.jsonl")
    out = data / "out"
    with serving(data) as speedy:
        running = long_job(speedy, out)
        speedy.wait_writing(running)
        waiting = speedy.submit(["load_rdd", "README.md"], ["take", 1], name="waits", priority="low")
        processes = speedy.processes()
        speedy.process.kill()
        wait_until(gone(processes), within=30, what="no process is left")
    with serving(data) as speedy:
        assert speedy.wait_ended(running)["state"] == "DONE"
        assert speedy.wait_ended(waiting)["state"] == "DONE"
        done_once(speedy, running)
        long_work.check_output(out)
        assert speedy.leftovers() == []


def test_a_job_whose_driver_is_killed_is_done_once_and_whole(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    long_work.write_input(data / "long.jsonl")
    with serving(data) as speedy:
        job_id = long_job(speedy, data / "out")
        speedy.wait_writing(job_id)
        speedy.driver().kill()
        job = speedy.wait_ended(job_id)
        assert (job["state"], job["crashes"]) == ("DONE", 1), job
        done_once(speedy, job_id)
        long_work.check_output(data / "out")
        assert speedy.leftovers() == []
