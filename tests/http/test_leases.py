from __future__ import annotations

from typing import Any

import httpx
import pytest

from server.jobs.job import State
from server.jobs.store import JobStore
from tests.http.conftest import RUNNER_KEY, STEPS, assert_problem, submit

KEY = {"Authorization": f"Bearer {RUNNER_KEY}"}


async def pop(client: httpx.AsyncClient, **params: str) -> dict[str, Any]:
    answer = await client.get("/jobs/pop", headers=KEY, params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def put(client: httpx.AsyncClient, found: dict[str, Any], status: str, **more: Any) -> httpx.Response:
    lease = {name: found["lease"][name] for name in ("fence", "nonce")}
    body = {"status": status, "lease": lease, **more}
    return await client.put(f"/jobs/status/{found['job_id']}", json=body, headers=KEY)


async def test_a_pop_leases_the_oldest_job(client: httpx.AsyncClient, store: JobStore) -> None:
    first = await submit(client, options={"timeout_seconds": 60})
    await submit(client)
    found = await pop(client)
    assert found["job_id"] == first
    assert found["steps"] == STEPS
    assert found["options"] == {"timeout_seconds": 60}
    assert found["lease"]["expires_in_seconds"] > 0
    job = await store.get(first)
    assert job is not None
    assert (job.state, job.fence) == (State.RUNNING, found["lease"]["fence"])


async def test_a_retried_pop_gets_the_same_job(client: httpx.AsyncClient) -> None:
    for _ in range(2):
        await submit(client)
    assert await pop(client, nonce="n1") == await pop(client, nonce="n1")
    assert (await pop(client, nonce="n2"))["job_id"] != (await pop(client, nonce="n1"))["job_id"]


async def test_a_pop_without_a_waiting_job_is_gone(client: httpx.AsyncClient) -> None:
    assert_problem(await client.get("/jobs/pop", headers=KEY), 410, "no_job_waiting")


@pytest.mark.parametrize("key", [None, "", "Bearer", "Bearer wrong", f"Basic {RUNNER_KEY}", RUNNER_KEY])
async def test_only_the_key_opens(client: httpx.AsyncClient, store: JobStore, key: str | None) -> None:
    job_id = await submit(client)
    headers = {} if key is None else {"Authorization": key}
    body = {"status": "DONE", "lease": {"fence": 1, "nonce": "n"}}
    for answer in (
        await client.get("/jobs/pop", headers=headers),
        await client.put(f"/jobs/status/{job_id}", json=body, headers=headers),
    ):
        assert_problem(answer, 401, "unauthorized")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert await store.state(job_id) is State.QUEUED


async def test_head_leases_nothing(client: httpx.AsyncClient, store: JobStore) -> None:
    job_id = await submit(client)
    assert (await client.head("/jobs/pop", headers=KEY)).status_code == 405
    assert await store.state(job_id) is State.QUEUED


async def test_running_renews_the_lease_and_tells_of_a_cancel(client: httpx.AsyncClient) -> None:
    await submit(client)
    found = await pop(client)
    answer = await put(client, found, "RUNNING")
    assert answer.json() == {"status": "RUNNING", "cancel": False, "lease": found["lease"]}
    assert (await client.delete(f"/jobs/{found['job_id']}")).status_code == 202
    assert (await put(client, found, "RUNNING")).json()["cancel"] is True
    assert_problem(await put(client, found, "DONE"), 409, "cancel_requested")
    assert (await put(client, found, "CANCELLED")).json() == {"status": "CANCELLED"}
    assert (await client.get(f"/jobs/status/{found['job_id']}")).json() == {"status": "CANCELLED"}


async def test_done_ends_the_job_and_may_be_repeated(client: httpx.AsyncClient) -> None:
    await submit(client)
    found = await pop(client)
    for _ in range(2):
        assert (await put(client, found, "DONE")).json() == {"status": "DONE"}
    assert (await client.get(f"/jobs/status/{found['job_id']}")).json() == {"status": "DONE"}


async def test_failed_ends_the_job_with_the_reason(client: httpx.AsyncClient) -> None:
    await submit(client)
    found = await pop(client)
    reason = {"code": "input_missing", "detail": "no such file", "step": 0, "argument": "filepath"}
    assert (await put(client, found, "FAILED", reason=reason)).json() == {"status": "FAILED"}
    record = (await client.get(f"/jobs/{found['job_id']}")).json()
    assert (record["state"], record["reason"]) == ("FAILED", reason)


async def test_a_failure_that_may_pass_waits_for_another_attempt(client: httpx.AsyncClient) -> None:
    await submit(client, options={"max_attempts": 2})
    found = await pop(client)
    answer = await put(client, found, "FAILED", retryable=True, reason={"detail": "network"})
    assert answer.json() == {"status": "QUEUED"}


async def test_queued_hands_the_job_back(client: httpx.AsyncClient) -> None:
    await submit(client)
    found = await pop(client)
    assert (await put(client, found, "QUEUED")).json() == {"status": "QUEUED"}
    assert (await pop(client))["job_id"] == found["job_id"]


async def test_a_lease_that_is_not_held_changes_nothing(client: httpx.AsyncClient, store: JobStore) -> None:
    await submit(client)
    old = await pop(client)
    await put(client, old, "QUEUED")
    new = await pop(client)
    forged = {**new, "lease": {**new["lease"], "fence": new["lease"]["fence"] + 1}}
    for found in (old, forged):
        for status in ("RUNNING", "DONE", "FAILED", "CANCELLED", "QUEUED"):
            assert_problem(await put(client, found, status), 409, "lease_lost")
    assert await store.state(new["job_id"]) is State.RUNNING
    # Nor does it once the new holder has published, and not finished yet.
    await store.prepare(new["job_id"], new["lease"]["fence"], new["lease"]["nonce"], "digest")
    assert_problem(await put(client, old, "DONE", manifest_digest="digest"), 409, "lease_lost")
    assert await store.state(new["job_id"]) is State.RUNNING


async def test_a_report_on_an_unknown_job_is_a_404(client: httpx.AsyncClient) -> None:
    for job_id in ("00000000-0000-4000-8000-000000000000", "no-id-at-all-ñ"):
        for status in ("RUNNING", "DONE", "FAILED", "CANCELLED", "QUEUED"):
            found = {"job_id": job_id, "lease": {"fence": 1, "nonce": "n"}}
            assert_problem(await put(client, found, status), 404, "job_not_found")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b'{"status": "DONE"}',
        b'{"status": "done", "lease": {"fence": 1, "nonce": "n"}}',
        b'{"status": "DONE", "lease": {"fence": "1", "nonce": "n"}}',
        b'{"status": "DONE", "lease": {"fence": -1, "nonce": "n"}}',
        b'{"status": "DONE", "lease": {"fence": 1, "nonce": "\\u0000"}}',
        b'{"status": "DONE", "lease": {"fence": 1, "nonce": ""}}',
        b'{"status": "DONE", "lease": [1, "n"]}',
        b'{"status": "DONE", "lease": {"fence": 1, "nonce": "n"}, "manifest_digest": 5}',
        b'{"status": "FAILED", "lease": {"fence": 1, "nonce": "n"}, "reason": "x"}',
        b'{"status": "FAILED", "lease": {"fence": 1, "nonce": "n"}, "reason": {"detail": ""}}',
        b'{"status": "FAILED", "lease": {"fence": 1, "nonce": "n"}, "resaon": {}}',
    ],
)
async def test_a_malformed_report_is_refused(client: httpx.AsyncClient, body: bytes) -> None:
    job_id = await submit(client)
    answer = await client.put(f"/jobs/status/{job_id}", content=body, headers=KEY)
    assert answer.status_code in {400, 422}
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("nonce", ["a b", "x" * 65, "ñ", "\0", "a/b"])
async def test_a_bad_nonce_is_refused(client: httpx.AsyncClient, nonce: str) -> None:
    assert_problem(await client.get("/jobs/pop", headers=KEY, params={"nonce": nonce}), 400, "invalid_parameter")
