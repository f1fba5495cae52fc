from __future__ import annotations

import asyncio
import time
import uuid
from typing import Any

import httpx
import pytest

from server.jobs.job import Reason, StepProgress, StepState
from server.jobs.store import JobStore, Outcome, Progress
from tests.http.conftest import STEPS, StartServer, assert_problem, claim, finish, submit

UNKNOWN = [str(uuid.uuid4()), "no-uuid", "x" * 500, "ñ", "%00", "{}", "*", "%F0%9F"]


async def test_the_status_follows_the_job(client: httpx.AsyncClient, store: JobStore) -> None:
    job_id = await submit(client)
    seen = [(await client.get(f"/jobs/status/{job_id}")).json()]
    found = await claim(store)
    seen.append((await client.get(f"/jobs/status/{job_id}")).json())
    await finish(store, found)
    seen.append((await client.get(f"/jobs/status/{job_id}")).json())
    assert seen == [{"status": "QUEUED"}, {"status": "RUNNING"}, {"status": "DONE"}]


@pytest.mark.parametrize("job_id", UNKNOWN)
async def test_the_status_of_an_unknown_job_is_not_found_with_200(client: httpx.AsyncClient, job_id: str) -> None:
    answer = await client.get(f"/jobs/status/{job_id}")
    assert (answer.status_code, answer.json()) == (200, {"status": "NOT_FOUND"})


@pytest.mark.parametrize("job_id", UNKNOWN)
async def test_an_unknown_job_is_a_404_elsewhere(client: httpx.AsyncClient, job_id: str) -> None:
    for path in ("", "/result", "/rejects", "/events", "?wait=5"):
        assert_problem(await client.get(f"/jobs/{job_id}{path}"), 404, "job_not_found")
    assert_problem(await client.delete(f"/jobs/{job_id}"), 404, "job_not_found")
    stream = await client.get(f"/jobs/{job_id}/events", headers={"Accept": "text/event-stream"})
    assert_problem(stream, 404, "job_not_found")


async def test_the_record_tells_all_about_a_job(client: httpx.AsyncClient, store: JobStore) -> None:
    job_id = await submit(client, options={"name": "x"})
    found = await claim(store)
    steps = (StepProgress("load_rdd", StepState.DONE, 12.5), StepProgress("take", StepState.RUNNING))
    stages = ({"stage": 1, "name": "s", "tasks": 4, "completed": 2, "active": 2, "failed": 0},)
    await store.beat(job_id, found.fence, found.nonce, lease_seconds=60, progress=Progress(steps, stages))
    record = (await client.get(f"/jobs/{job_id}")).json()
    assert record["job_id"] == job_id
    assert record["state"] == "RUNNING"
    assert record["steps"] == STEPS
    assert record["attempts"] == 1
    assert record["progress"] == {
        "steps": [
            {"function": "load_rdd", "state": "DONE", "milliseconds": 12.5},
            {"function": "take", "state": "RUNNING", "milliseconds": None},
        ],
        "stages": list(stages),
    }
    assert record["submitted_at"].endswith("Z")
    assert record["started_at"] is not None
    assert record["finished_at"] is None

    reason = Reason("input_missing", "there is no file", step=0, function="load_rdd", argument="filepath", hint="look")
    await store.fail(job_id, found.fence, found.nonce, reason, retryable=False, outcome=Outcome(rejects=3))
    record = (await client.get(f"/jobs/{job_id}")).json()
    assert (record["state"], record["rejects"]) == ("FAILED", 3)
    assert record["reason"] == {
        "code": "input_missing",
        "detail": "there is no file",
        "step": 0,
        "function": "load_rdd",
        "argument": "filepath",
        "hint": "look",
    }


async def test_jobs_are_listed_newest_first_page_by_page(client: httpx.AsyncClient) -> None:
    ids = [await submit(client) for _ in range(7)]
    read: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await client.get("/jobs", params={"limit": 3, "cursor": cursor})).json()
        read += [job["job_id"] for job in page["jobs"]]
        cursor = page["cursor"]
    assert read == ids[::-1]


async def test_jobs_are_listed_by_state(client: httpx.AsyncClient, store: JobStore) -> None:
    first, second = [await submit(client) for _ in range(2)]
    await claim(store)
    for state, expected in (("QUEUED", [second]), ("running", [first]), ("DONE", [])):
        page = (await client.get("/jobs", params={"state": state})).json()
        assert [job["job_id"] for job in page["jobs"]] == expected
        assert page["cursor"] is None


async def test_a_wait_is_answered_when_the_state_changes(client: httpx.AsyncClient, store: JobStore) -> None:
    job_id = await submit(client)
    questions = [{"wait": "15"}, *[{"wait": "15", "since": "QUEUED"}] * 20]
    waits = [asyncio.create_task(client.get(f"/jobs/{job_id}", params=question)) for question in questions]
    # A shorter wait that came later: when it is answered, the server has had the others for long.
    assert (await client.get(f"/jobs/{job_id}", params={"wait": 0.5})).json()["state"] == "QUEUED"
    assert not any(wait.done() for wait in waits)
    began = time.monotonic()
    await claim(store)
    states = [answer.json()["state"] for answer in await asyncio.gather(*waits)]
    assert states == ["RUNNING"] * 21
    assert time.monotonic() - began < 5


async def test_progress_does_not_end_a_wait(client: httpx.AsyncClient, store: JobStore) -> None:
    job_id = await submit(client)
    found = await claim(store)
    wait = asyncio.create_task(client.get(f"/jobs/{job_id}", params={"wait": 15, "since": "RUNNING"}))
    await client.get(f"/jobs/{job_id}", params={"wait": 0.1})
    await store.log(job_id, "info", "still at it")
    await client.get(f"/jobs/{job_id}", params={"wait": 0.1})
    assert not wait.done()
    await finish(store, found)
    assert (await wait).json()["state"] == "DONE"


async def test_a_wait_since_another_state_is_answered_at_once(client: httpx.AsyncClient, store: JobStore) -> None:
    job_id = await submit(client)
    await claim(store)
    answer = await client.get(f"/jobs/{job_id}", params={"wait": 60, "since": "QUEUED"})
    assert answer.json()["state"] == "RUNNING"
    assert answer.elapsed.total_seconds() < 10


async def test_a_wait_for_an_ended_job_is_answered_at_once(client: httpx.AsyncClient, store: JobStore) -> None:
    job_id = await submit(client)
    await finish(store, await claim(store))
    for since in ({}, {"since": "DONE"}):
        answer = await client.get(f"/jobs/{job_id}", params={"wait": 60, **since})
        assert answer.json()["state"] == "DONE"
        assert answer.elapsed.total_seconds() < 10


async def test_a_wait_ends_when_its_time_is_up(client: httpx.AsyncClient) -> None:
    job_id = await submit(client)
    answer = await client.get(f"/jobs/{job_id}", params={"wait": 0.3})
    assert answer.json()["state"] == "QUEUED"
    assert 0.3 <= answer.elapsed.total_seconds() < 10


async def test_a_wait_until_the_end_passes_over_other_changes(client: httpx.AsyncClient, store: JobStore) -> None:
    job_id = await submit(client)
    wait = asyncio.create_task(client.get(f"/jobs/{job_id}", params={"wait": 15, "until": "ended"}))
    await client.get(f"/jobs/{job_id}", params={"wait": 0.1})
    found = await claim(store)
    await client.get(f"/jobs/{job_id}", params={"wait": 0.1, "until": "ended"})
    assert not wait.done()
    await finish(store, found)
    assert (await wait).json()["state"] == "DONE"


async def test_what_cannot_be_waited_for_is_told(client: httpx.AsyncClient) -> None:
    job_id = await submit(client)
    answer = await client.get(f"/jobs/{job_id}", params={"wait": 60, "until": "endde"})
    assert_problem(answer, 400, "invalid_parameter")
    assert answer.json()["detail"] == "?until must be one of changed, ended"
    assert answer.json()["hint"] == "did you mean `ended`?"


async def test_cancelling_a_queued_job_ends_it(client: httpx.AsyncClient) -> None:
    job_id = await submit(client)
    answer = await client.delete(f"/jobs/{job_id}")
    assert (answer.status_code, answer.json()["state"]) == (200, "CANCELLED")


async def test_cancelling_a_running_job_asks_its_runner(client: httpx.AsyncClient, store: JobStore) -> None:
    job_id = await submit(client)
    found = await claim(store)
    answer = await client.delete(f"/jobs/{job_id}")
    assert answer.status_code == 202
    assert (answer.json()["state"], answer.json()["cancel_requested"]) == ("RUNNING", True)
    assert await store.next_call("a-runner", 5) == job_id
    assert await store.stopped(job_id, found.fence, found.nonce)
    assert (await client.get(f"/jobs/status/{job_id}")).json() == {"status": "CANCELLED"}


async def test_an_ended_job_cannot_be_cancelled(client: httpx.AsyncClient, store: JobStore) -> None:
    job_id = await submit(client)
    await finish(store, await claim(store))
    assert_problem(await client.delete(f"/jobs/{job_id}"), 409, "job_ended")


async def test_a_trailing_slash_makes_no_difference(client: httpx.AsyncClient) -> None:
    assert (await client.get("/jobs/")).status_code == 200
    assert (await client.get("/health/")).status_code == 200


async def test_head_answers_as_get_without_a_body(client: httpx.AsyncClient) -> None:
    job_id = await submit(client)
    for path in ("/health", "/jobs", f"/jobs/{job_id}", f"/jobs/status/{job_id}", "/functions", "/functions/take"):
        head, get = await client.head(path), await client.get(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["Content-Length"] == get.headers["Content-Length"]
        assert head.headers["Content-Type"] == get.headers["Content-Type"]


async def test_options_tells_the_methods(client: httpx.AsyncClient) -> None:
    for path, methods in (
        ("/jobs/submit", {"POST"}),
        ("/jobs", {"GET", "HEAD"}),
        ("/jobs/x", {"GET", "HEAD", "DELETE"}),
        ("/jobs/status/x", {"GET", "HEAD", "PUT"}),
        ("/jobs/pop", {"GET"}),
    ):
        answer = await client.options(path)
        assert answer.status_code == 200
        assert set(answer.headers["Allow"].split(", ")) == methods


async def test_the_address_that_the_server_prints_leads_on(client: httpx.AsyncClient) -> None:
    found = (await client.get("/")).json()
    assert found["name"] == "Speedy Gonzales"
    for path in found["links"].values():
        assert (await client.get(path)).status_code == 200


async def test_health_tells_the_queue(client: httpx.AsyncClient, store: JobStore) -> None:
    for _ in range(3):
        await submit(client)
    await claim(store)
    answer = await client.get("/health")
    assert answer.status_code == 200
    health: dict[str, Any] = answer.json()
    assert (health["status"], health["redis"]) == ("ok", "ok")
    assert (health["queue"]["QUEUED"], health["queue"]["RUNNING"]) == (2, 1)
    assert health["version"]


async def test_a_page_of_another_site_can_change_nothing(client: httpx.AsyncClient, server: Any) -> None:
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        answer = await client.post("/jobs/submit", json={"steps": STEPS}, headers={"Origin": origin})
        assert_problem(answer, 403, "foreign_origin")
    answer = await client.post("/jobs/submit", json={"steps": STEPS}, headers={"Origin": server.url})
    assert answer.status_code == 201


async def test_every_worker_hears_of_changes(start_server: StartServer, store: JobStore) -> None:
    server = start_server(SPEEDY_WORKERS="2")
    limits = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(base_url=server.url, timeout=20, limits=limits) as client:
        job_id = await submit(client)
        question = {"wait": "15", "since": "QUEUED"}
        waits = [asyncio.create_task(client.get(f"/jobs/{job_id}", params=question)) for _ in range(20)]
        await client.get(f"/jobs/{job_id}", params={"wait": 0.3})
        await claim(store)
        async with asyncio.timeout(5):
            states = [answer.json()["state"] for answer in await asyncio.gather(*waits)]
    assert states == ["RUNNING"] * 20
