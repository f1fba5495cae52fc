from __future__ import annotations

import re
import uuid
from typing import Any

import httpx

from server.jobs.job import Priority, State
from server.jobs.store import JobStore
from tests.http.conftest import STEPS, submit


async def test_a_submission_is_answered_with_the_id_of_a_queued_job(client: httpx.AsyncClient, store: JobStore) -> None:
    answer = await client.post("/jobs/submit", json={"steps": STEPS})

    assert answer.status_code == 201
    assert list(answer.json()) == ["job_id"]
    job_id = answer.json()["job_id"]
    assert uuid.UUID(job_id).version == 4
    assert answer.headers["Location"] == f"/jobs/{job_id}"
    job = await store.get(job_id)
    assert job is not None
    assert (job.state, job.steps) == (State.QUEUED, STEPS)


async def test_the_body_counts_whatever_its_content_type_says(client: httpx.AsyncClient) -> None:
    raw = b'{"options": {}, "steps": [["load_rdd", "README.md"], ["take", 5]]}'
    for content_type in ("application/x-www-form-urlencoded", "text/plain", "application/octet-stream", "nonsense", ""):
        answer = await client.post("/jobs/submit", content=raw, headers={"Content-Type": content_type})
        assert answer.status_code == 201, (content_type, answer.text)


async def test_options_are_kept_and_shown(client: httpx.AsyncClient, store: JobStore) -> None:
    options = {"name": "nightly ñ", "tags": ["a", "b"], "timeout_seconds": 90, "max_attempts": 3, "priority": "high"}
    job_id = await submit(client, options=options)

    job = await store.get(job_id)
    assert job is not None
    assert (job.name, job.tags, job.timeout_seconds) == ("nightly ñ", ("a", "b"), 90)
    assert (job.max_attempts, job.priority) == (3, Priority.HIGH)
    shown = (await client.get(f"/jobs/{job_id}")).json()
    assert shown["options"] == options
    assert shown["name"] == options["name"]


async def test_steps_may_be_objects(client: httpx.AsyncClient) -> None:
    steps = [{"function": "load_rdd", "filepath": "README.md"}, {"function": "take", "amount": 5}]
    answer = await client.post("/jobs/submit", json={"steps": steps})
    assert answer.status_code == 201


async def test_a_full_queue_refuses_with_retry_after(start_server: Any, store: JobStore) -> None:
    server = start_server(SPEEDY_QUEUE_CAPACITY="2")
    async with httpx.AsyncClient(base_url=server.url) as client:
        for _ in range(2):
            await submit(client)
        answer = await client.post("/jobs/submit", json={"steps": STEPS})
    assert answer.status_code == 429
    assert answer.json()["code"] == "queue_full"
    assert int(answer.headers["Retry-After"]) >= 1


async def test_the_same_key_and_body_give_the_same_job(client: httpx.AsyncClient, store: JobStore) -> None:
    headers = {"Idempotency-Key": "order 17"}
    first = await client.post("/jobs/submit", json={"steps": STEPS, "options": {"name": "x"}}, headers=headers)
    # The same value, written otherwise.
    raw = b'{"options":{"name":"\\u0078"},\n"steps":[["load_rdd","README.md"],["take",5]]}'
    second = await client.post("/jobs/submit", content=raw, headers=headers)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert second.headers["Location"] == first.headers["Location"]
    assert (await store.counts())["QUEUED"] == 1


async def test_the_same_key_with_another_body_is_a_conflict(client: httpx.AsyncClient, store: JobStore) -> None:
    headers = {"Idempotency-Key": "order 18"}
    await client.post("/jobs/submit", json={"steps": STEPS}, headers=headers)
    answer = await client.post("/jobs/submit", json={"steps": STEPS, "options": {"name": "x"}}, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency_conflict"


async def test_validate_answers_with_the_steps_and_queues_nothing(client: httpx.AsyncClient, store: JobStore) -> None:
    answer = await client.post("/jobs/validate", json={"steps": STEPS})
    assert answer.status_code == 200
    assert answer.json() == {
        "valid": True,
        "steps": [
            {"function": "load_rdd", "arguments": {"filepath": "README.md"}},
            {"function": "take", "arguments": {"amount": 5}},
        ],
        "warnings": [],
    }
    assert (await store.list())[0] == []


async def test_validate_and_submit_find_the_same_faults(client: httpx.AsyncClient, store: JobStore) -> None:
    body = {"steps": [["tke", 5], []], "optoins": {}}
    answers = [await client.post(path, json=body) for path in ("/jobs/submit", "/jobs/validate")]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].json() == answers[1].json()


async def test_credentials_are_stored_encrypted_and_shown_nowhere(
    client: httpx.AsyncClient, store: JobStore, server: Any, redis_url: str
) -> None:
    s3 = {
        "aws_access_key_id": "AKIAVERYSECRETID",
        "aws_secret_access_key": "wJalrXUtnFEMI/very/SECRET",
        "aws_session_token": "FwoGZXsecretTOKEN==",
        "region": "eu-west-1",
    }
    headers = {"Authorization": "Bearer the-outside-runner's-key", "Idempotency-Key": "k"}
    webhook = {"secret": "a SECRET of webhooks"}
    body = {"steps": STEPS, "options": {"s3": s3, "webhook": webhook, "name": "with secrets"}}
    answers = [await client.post("/jobs/submit", json=body, headers=headers)]
    answers.append(await client.post("/jobs/submit", json=body, headers=headers))
    job_id = answers[0].json()["job_id"]
    answers.append(await client.post("/jobs/validate", json=body))
    broken = {"steps": STEPS, "options": {"s3": {**s3, "aws_session_token": 5, "regoin": s3["aws_secret_access_key"]}}}
    answers.append(await client.post("/jobs/submit", json=broken))
    answers.append(await client.post("/jobs/submit", json={"steps": STEPS, "options": {"s3": list(s3.values())}}))
    answers.append(await client.get("/jobs"))
    answers.append(await client.get(f"/jobs/{job_id}"))
    for wrong in ({"secret": "SECRET\n"}, {"secret": ["SECRET"]}, {"secret": "SECRET", "no": 1}, "SECRET"):
        refused = await client.post("/jobs/submit", json={"steps": STEPS, "options": {"webhook": wrong}})
        assert refused.status_code == 422
        assert "SECRET" not in refused.text
    answers.append(await client.get(f"/jobs/{job_id}/events"))
    answers.append(await client.get("/jobs/pop", headers=headers))
    answers.append(await client.delete(f"/jobs/{job_id}"))

    assert answers[6].json()["options"] == {"s3": "set", "webhook": "set", "name": "with secrets"}
    assert answers[8].json()["job_id"] == job_id
    shown = "".join(f"{answer.headers}{answer.text}" for answer in answers) + server.log_text()
    for secret in ("AKIAVERYSECRETID", "SECRET", "secretTOKEN", "the-outside-runner"):
        assert secret not in shown


async def test_the_runner_gets_the_credentials_of_the_job(client: httpx.AsyncClient, store: JobStore) -> None:
    s3 = {"aws_access_key_id": "AKIA", "aws_secret_access_key": "abc/def", "region": "eu-west-1"}
    webhook = {"secret": "a word"}
    for options in ({"s3": s3}, {"webhook": webhook}, {"s3": s3, "webhook": webhook}):
        await submit(client, options=options)
    claims = [await store.claim("me", f"nonce {number}", lease_seconds=30) for number in range(3)]
    found = [claim.secrets for claim in claims if claim is not None]
    assert found == [s3, {"webhook": webhook}, {**s3, "webhook": webhook}]


def test_the_version_is_that_of_the_project() -> None:
    from server import VERSION
    from tests.http.conftest import PROJECT

    assert re.search(rf'^version = "{re.escape(VERSION)}"$', (PROJECT / "pyproject.toml").read_text(), re.MULTILINE)
