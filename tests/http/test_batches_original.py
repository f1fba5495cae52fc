"""The routes under `/job`, exactly as a client of the original uses them."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from tests.http.batches import Client, Dispatchers
from tests.http.conftest import assert_problem
from tests.http.webhook import Webhook
from tests.waiting import until

MEMBERS = {"id", "inputs", "outputs", "url"}


@pytest.fixture
def job(batches: Client) -> Client:
    batches.root = "/job"
    return batches


def assert_batch(answer: httpx.Response, status: int, batch_id: str | None = None) -> dict[str, object]:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    record: dict[str, object] = answer.json()
    assert set(record) == MEMBERS
    assert batch_id in (None, record["id"])
    return record


async def test_the_whole_life_of_a_batch(job: Client, webhook: Webhook, dispatchers: Dispatchers) -> None:
    made = await job.http.post("/job", json={"url": webhook.url, "secret": "s3", "concurrency": 2, "maxsize": 10})
    record = assert_batch(made, 201)
    batch_id = str(record["id"])
    assert record == {"id": batch_id, "inputs": 0, "outputs": 0, "url": webhook.url}
    assert made.headers["Location"] == f"/job/{batch_id}"
    assert assert_batch(await job.http.get(f"/job/{batch_id}"), 200, batch_id)["outputs"] == 0

    inputs = [{"key": "b", "value": {"of": "b"}}, {"key": "a/ñ?", "value": [1, None]}]
    assert assert_batch(await job.http.put(f"/job/{batch_id}/input", json=inputs), 201, batch_id)["inputs"] == 2
    assert assert_batch(await job.put(batch_id, "c"), 201, batch_id)["inputs"] == 3
    await webhook.until_called(3)  # before it is complete
    assert assert_batch(await job.http.post(f"/job/{batch_id}/complete"), 200, batch_id)["inputs"] == 3

    answer = await job.http.get(f"/job/{batch_id}/output")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.json() == [
        {"key": "a/ñ?", "value": {"did": [1, None]}},
        {"key": "b", "value": {"did": {"of": "b"}}},
        {"key": "c", "value": {"did": "c"}},
    ]
    assert assert_batch(await job.http.get(f"/job/{batch_id}"), 200)["outputs"] == 3

    call = next(call for call in webhook.calls if call.key == "a/ñ?")
    assert call.path == "/hook/a%2F%C3%B1%3F"
    assert call.body == b"[1,null]"
    assert call.headers["Content-Type"] == "application/json"
    assert (call.headers["PMMAP-auth"], call.headers["PMMAP-job"]) == ("s3", batch_id)

    assert_batch(await job.http.delete(f"/job/{batch_id}"), 200, batch_id)
    for method, path in (("GET", ""), ("GET", "/output"), ("POST", "/complete"), ("DELETE", "")):
        assert_problem(await job.http.request(method, f"/job/{batch_id}{path}"), 404, "batch_not_found")
    assert_problem(await job.put(batch_id, "d"), 404, "batch_not_found")


async def test_sending_inputs_blocks_until_there_is_room(
    job: Client, webhook: Webhook, dispatchers: Dispatchers
) -> None:
    webhook.shut()
    batch_id = await job.new(concurrency=1, maxsize=2)
    assert_batch(await job.put(batch_id, "a", "b"), 201)
    await webhook.until_called()
    sending = asyncio.create_task(job.put(batch_id, "c", "d", "e", "f"))
    await job.until_record(batch_id, inputs=3, waiting=2, in_flight=1)

    refused = await job.put(batch_id, "x", Prefer="respond-async")
    assert_problem(refused, 429, "batch_full")
    assert int(refused.headers["Retry-After"]) >= 1
    assert not sending.done()
    assert (await job.get(batch_id))["inputs"] == 3

    webhook.gate.set()
    assert assert_batch(await sending, 201)["inputs"] == 6
    assert webhook.most_in_flight == 1
    assert_batch(await job.put(batch_id, "x", Prefer="wait=5, respond-async"), 201)


async def test_outputs_are_waited_for(job: Client, webhook: Webhook, dispatchers: Dispatchers) -> None:
    webhook.shut()
    batch_id = await job.new()
    await job.put(batch_id, "b", "a")
    reading = asyncio.create_task(job.outputs(batch_id))
    await webhook.until_called(2)
    assert await job.outputs(batch_id, wait=0) == []
    webhook.gate.set()
    await job.until_record(batch_id, outputs=2)
    assert not reading.done()  # more inputs may come
    await job.http.post(f"/job/{batch_id}/complete")
    assert [one["key"] for one in await reading] == ["a", "b"]


async def test_a_reader_that_waits_is_told_when_the_batch_is_removed(
    job: Client, webhook: Webhook, no_dispatcher: Dispatchers
) -> None:
    batch_id = await job.new()
    reading = asyncio.create_task(job.http.get(f"/job/{batch_id}/output"))
    await job.outputs(batch_id, wait=0)
    await job.http.delete(f"/job/{batch_id}")
    assert_problem(await reading, 404, "batch_not_found")


async def test_what_is_done_can_be_followed_and_each_output_is_seen_once(
    job: Client, webhook: Webhook, dispatchers: Dispatchers
) -> None:
    keys = [f"k{number:02}" for number in range(25)]
    batch_id = await job.new(concurrency=3)
    seen: list[str] = []
    following = f"/job/{batch_id}/output?wait=0&cursor="
    for start in range(0, 25, 5):
        await job.put(batch_id, *keys[start : start + 5])
        await job.until_record(batch_id, outputs=start + 5)
        answer = await job.http.get(following)
        assert answer.status_code == 200
        seen += [one["key"] for one in answer.json()]
        following = answer.links["next"]["url"]
    await job.http.post(f"/job/{batch_id}/complete")
    await job.until_record(batch_id, state="DONE")
    last = await job.http.get(following)
    assert last.json() == []
    assert "Link" not in last.headers
    assert sorted(seen) == keys


async def test_a_sender_that_waits_is_told_when_the_batch_is_removed(
    job: Client, webhook: Webhook, no_dispatcher: Dispatchers
) -> None:
    batch_id = await job.new(maxsize=1)
    sending = asyncio.create_task(job.put(batch_id, "a", "b"))
    await job.until_record(batch_id, inputs=1)
    await job.http.delete(f"/job/{batch_id}")
    assert_problem(await sending, 404, "batch_not_found")


async def test_removing_a_batch_stops_its_calls(job: Client, webhook: Webhook, dispatchers: Dispatchers) -> None:
    webhook.shut()
    batch_id = await job.new()
    await job.put(batch_id, "a", "b")
    await webhook.until_called(2)
    assert_batch(await job.http.delete(f"/job/{batch_id}"), 200)
    await until(lambda: sorted(webhook.closed) == ["a", "b"], within=10, what="the calls end")
