"""Any process may be killed at any moment: a job that was acknowledged ends once, with its output whole."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance import long_work
from tests.acceptance.running import Restartable, Speedy, gone
from tests.waiting import wait_until


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


def test_nothing_is_lost_when_everything_is_killed(crashing: Speedy, restartable: Restartable) -> None:
    out = crashing.data / "everything"
    running = long_job(crashing, out)
    crashing.wait_writing(running)
    waiting = crashing.submit(["load_rdd", "README.md"], ["take", 1], name="waits", priority="low")
    processes = crashing.processes()
    crashing.process.kill()
    crashing.process.wait(30)
    wait_until(gone(processes), within=30, what="no process is left")
    speedy = restartable.running()
    assert speedy.wait_ended(running)["state"] == "DONE"
    assert speedy.wait_ended(waiting)["state"] == "DONE"
    done_once(speedy, running)
    long_work.check_output(out)
    assert speedy.leftovers() == []


def test_a_job_whose_driver_is_killed_is_done_once_and_whole(crashing: Speedy) -> None:
    out = crashing.data / "driver"
    job_id = long_job(crashing, out)
    crashing.wait_writing(job_id)
    crashing.driver().kill()
    job = crashing.wait_ended(job_id)
    assert (job["state"], job["crashes"]) == ("DONE", 1), job
    done_once(crashing, job_id)
    long_work.check_output(out)
    assert crashing.leftovers() == []
