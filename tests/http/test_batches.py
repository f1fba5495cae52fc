"""`/batches`: the whole record, lists, progress, ends."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from aiohttp import web

from tests.http.batches import Client, Dispatchers
from tests.http.conftest import assert_problem
from tests.http.test_events import messages
from tests.http.webhook import Call, Webhook, failing
from tests.waiting import until

STREAM = {"Accept": "text/event-stream"}


async def test_the_record_shows_all_that_was_asked_for_and_how_far_it_is(
    batches: Client, webhook: Webhook, no_dispatcher: Dispatchers
) -> None:
    body = {
        "url": webhook.url,
        "name": "nightly",
        "concurrency": 3,
        "maxsize": 9,
        "max_attempts": 2,
        "timeout_seconds": 1.5,
        "rate_per_second": 50,
        "ramp_up_seconds": 0.5,
        "breaker": {"failures": 7, "cooldown_seconds": 1.5, "give_up_seconds": 60},
        "callback_url": webhook.url,
    }
    made = await batches.http.post("/batches", json={**body, "secret": "s3cret"})
    record = made.json()
    assert made.status_code == 201
    assert made.headers["Location"] == f"/batches/{record['id']}"
    assert {name: record[name] for name in body} == body
    assert record["created_at"].endswith("Z")
    rest = {name: value for name, value in record.items() if name not in (*body, "id", "created_at")}
    assert rest == {
        **dict.fromkeys(("inputs", "outputs", "failed", "waiting", "retrying", "in_flight"), 0),
        **dict.fromkeys(("completed_at", "finished_at", "suspended_until", "callback")),
        "state": "OPEN",
        "tenant": "default",
    }
    await batches.put(record["id"], "a", "b")
    assert (await batches.get(record["id"]))["waiting"] == 2
    head = await batches.http.head(f"/batches/{record['id']}")
    assert (head.status_code, head.content) == (200, b"")


async def test_what_is_not_asked_for_has_defaults(
    batches: Client, webhook: Webhook, no_dispatcher: Dispatchers
) -> None:
    record = await batches.get(await batches.new())
    assert (record["concurrency"], record["maxsize"], record["max_attempts"], record["timeout_seconds"]) == (
        10,
        10_000,
        5,
        30.0,
    )
    assert (record["rate_per_second"], record["ramp_up_seconds"], record["name"]) == (None, 0.0, None)


async def test_lists_are_newest_first_in_pages_and_by_state(
    batches: Client, webhook: Webhook, no_dispatcher: Dispatchers
) -> None:
    ids = [await batches.new(name=f"{number}") for number in range(5)]
    await batches.http.post(f"/batches/{ids[0]}/complete")
    await batches.http.post(f"/batches/{ids[1]}/cancel")
    found: list[str] = []
    cursor = ""
    while cursor is not None:
        page = (await batches.http.get("/batches", params={"limit": 2, "cursor": cursor})).json()
        found += [record["id"] for record in page["batches"]]
        cursor = page["cursor"]
    assert found == ids[::-1]
    for state, expected in (("done", ids[:1]), ("CANCELLED", ids[1:2]), ("OPEN", ids[:1:-1]), ("COMPLETE", [])):
        page = (await batches.http.get("/batches", params={"state": state})).json()
        assert [record["id"] for record in page["batches"]] == expected
    assert set(page) == {"batches", "cursor"}


async def test_lists_may_be_of_one_name_and_state(
    batches: Client, webhook: Webhook, no_dispatcher: Dispatchers
) -> None:
    names = ["nightly", "other", "nightly ñ 😀&=", "nightly"]
    ids = [await batches.new(name=name) for name in names]
    ids.append(await batches.new())
    await batches.http.post(f"/batches/{ids[3]}/complete")

    async def listed(**parameters: Any) -> list[str]:
        found: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            answer = await batches.http.get("/batches", params={"limit": 1, "cursor": cursor, **parameters})
            page = answer.json()
            found += [record["id"] for record in page["batches"]]
            cursor = page["cursor"]
        return found

    assert await listed(name="nightly") == [ids[3], ids[0]]
    assert await listed(name=names[2]) == [ids[2]]
    assert await listed(name="nightly", state="OPEN") == [ids[0]]
    assert await listed(name="night") == []
    assert await listed(name="") == ids[::-1]
    assert_problem(await batches.http.get("/batches?name=a&name=b"), 400, "invalid_parameter")


async def test_a_request_that_is_sent_again_makes_no_second_batch(
    batches: Client, webhook: Webhook, no_dispatcher: Dispatchers
) -> None:
    again = {"Idempotency-Key": "tonight"}
    body = {"url": webhook.url, "secret": "one"}
    first = await batches.http.post("/batches", json=body, headers=again)
    second = await batches.http.post("/batches", json=dict(reversed(body.items())), headers=again)
    assert second.status_code == 201
    assert (second.json()["id"], second.headers["Idempotency-Replayed"]) == (first.json()["id"], "true")
    assert "Idempotency-Replayed" not in first.headers
    other = await batches.http.post("/batches", json={**body, "concurrency": 3}, headers=again)
    assert_problem(other, 422, "idempotency_conflict")
    for bad in ("", "ñ".encode(), "x" * 256):
        answer = await batches.http.post("/batches", json=body, headers={"Idempotency-Key": bad})
        assert_problem(answer, 400, "invalid_parameter")


async def test_inputs_that_are_sent_again_count_once_also_when_they_are_done(
    batches: Client, webhook: Webhook, dispatchers: Dispatchers
) -> None:
    batch_id = await batches.new()
    await batches.put(batch_id, "a", "b")
    await batches.until_record(batch_id, outputs=2)
    await batches.outputs(batch_id, wait=0)  # moves them to the disk
    assert (await batches.put(batch_id, "a", "b", "c")).json()["inputs"] == 3
    for change in ([{"key": "new", "value": 1}, {"key": "a", "value": "another"}], [{"key": "c", "value": None}]):
        for headers in ({}, {"Prefer": "respond-async"}):
            answer = await batches.http.put(f"/batches/{batch_id}/input", json=change, headers=headers)
            (error,) = assert_problem(answer, 422, "key_conflict")["errors"]
            assert error["pointer"] == f"/{len(change) - 1}/key"
    await batches.http.post(f"/batches/{batch_id}/complete")
    assert [one["key"] for one in await batches.outputs(batch_id)] == ["a", "b", "c"]
    assert sorted(webhook.keys()) == ["a", "b", "c"]


async def test_a_complete_batch_takes_no_more_and_says_so(
    batches: Client, webhook: Webhook, no_dispatcher: Dispatchers
) -> None:
    batch_id = await batches.filled("a")
    for _ in range(2):
        assert (await batches.http.post(f"/batches/{batch_id}/complete")).json()["state"] == "COMPLETE"
    assert_problem(await batches.put(batch_id, "b"), 409, "batch_closed")
    assert (await batches.put(batch_id, "a")).status_code == 201  # it was sent again


async def test_failed_inputs_are_called_once_more_on_request(
    batches: Client, webhook: Webhook, dispatchers: Dispatchers
) -> None:
    webhook.answer = failing("b", "c")
    batch_id = await batches.filled("a", "b", "c")
    first = await batches.outputs(batch_id)
    assert [set(one) for one in first] == [{"key", "value"}, {"key", "error"}, {"key", "error"}]
    assert first[1]["error"] == {
        "statusCode": 400,
        "message": f"{webhook.url.removesuffix('/hook')} answered 400 Bad Request",
        "body": '{"key": "b"}',
    }
    assert (await batches.get(batch_id))["failed"] == 2
    webhook.answer = failing("c")
    again = await batches.http.post(f"/batches/{batch_id}/retry")
    assert (again.status_code, again.json()["retried"]) == (200, 2)
    assert ["value" in one for one in await batches.outputs(batch_id)] == [True, True, False]
    record = await batches.until_record(batch_id, state="DONE")
    assert (record["inputs"], record["outputs"], record["failed"]) == (3, 3, 1)
    assert sorted(webhook.keys()) == ["a", "b", "b", "c", "c"]
    assert len({call.headers["Idempotency-Key"] for call in webhook.calls}) == 3


async def test_cancelling_stops_the_calls_that_run_and_keeps_the_outputs(
    batches: Client, webhook: Webhook, dispatchers: Dispatchers
) -> None:
    batch_id = await batches.new(concurrency=2)
    await batches.put(batch_id, "a")
    await batches.until_record(batch_id, outputs=1)
    webhook.shut()
    await batches.put(batch_id, "b", "c", "d")
    await webhook.until_called(3)
    for _ in range(2):
        answer = await batches.http.post(f"/batches/{batch_id}/cancel")
        assert (answer.status_code, answer.json()["state"]) == (200, "CANCELLED")
    await until(lambda: sorted(webhook.closed) == ["b", "c"], within=10, what="the calls end")
    assert [one["key"] for one in await batches.outputs(batch_id)] == ["a"]
    for path in ("complete", "retry"):
        assert_problem(await batches.http.post(f"/batches/{batch_id}/{path}"), 409, "batch_closed")
    assert_problem(await batches.put(batch_id, "e"), 409, "batch_closed")


async def test_a_batch_that_is_done_cannot_be_cancelled(
    batches: Client, webhook: Webhook, no_dispatcher: Dispatchers
) -> None:
    batch_id = await batches.filled()
    assert_problem(await batches.http.post(f"/batches/{batch_id}/cancel"), 409, "batch_closed")


async def test_progress_is_told_as_it_happens_until_the_end(
    batches: Client, webhook: Webhook, dispatchers: Dispatchers
) -> None:
    webhook.shut()
    batch_id = await batches.new()
    told: list[dict[str, Any]] = []

    async def follow() -> None:
        async with batches.http.stream("GET", f"/batches/{batch_id}/events", headers=STREAM) as answer:
            assert answer.headers["Content-Type"].startswith("text/event-stream")
            async for message in messages(answer):
                told.append({"event": message["event"], **json.loads(message["data"])})

    following = asyncio.create_task(follow())
    await until(lambda: told, within=10, what="the stream begins")
    assert told[0]["event"] == "progress"
    assert told[0]["inputs"] == 0
    await batches.put(batch_id, "a", "b")
    await until(lambda: told[-1]["in_flight"] == 2, within=10, what="calls are told")
    webhook.gate.set()
    await until(lambda: told[-1]["outputs"] == 2, within=10, what="outputs are told")
    await batches.http.post(f"/batches/{batch_id}/complete")
    async with asyncio.timeout(10):
        await following
    assert [one["event"] for one in told] == ["progress"] * (len(told) - 1) + ["end"]
    assert told[-1]["state"] == "DONE"
    plain = (await batches.http.get(f"/batches/{batch_id}/events")).json()
    assert {"event": "end", **plain} == told[-1]


async def test_a_stream_of_a_batch_that_is_removed_ends(
    batches: Client, webhook: Webhook, no_dispatcher: Dispatchers
) -> None:
    batch_id = await batches.new()
    async with batches.http.stream("GET", f"/batches/{batch_id}/events", headers=STREAM) as answer, asyncio.timeout(10):
        told = messages(answer)
        await anext(told)
        await batches.http.delete(f"/batches/{batch_id}")
        assert [message async for message in told] == [{"event": "end", "data": '{"state":null}'}]


@pytest.mark.parametrize("end", ["complete", "cancel"])
async def test_a_callback_tells_once_that_the_batch_has_ended(
    batches: Client, webhook: Webhook, dispatchers: Dispatchers, end: str
) -> None:
    statuses = iter((503, 200, 200))

    def answer(call: Call) -> web.Response:
        # The first callback fails, and is made again.
        return web.Response(status=next(statuses) if call.key == "" else 200)

    webhook.answer = answer
    batch_id = await batches.new(secret="s3cret", callback_url=webhook.url)
    await batches.put(batch_id, "a")
    await batches.until_record(batch_id, outputs=1)
    await batches.http.post(f"/batches/{batch_id}/{end}")
    await batches.until_record(batch_id, callback="delivered")
    first, second = (call for call in webhook.calls if call.key == "")
    state = {"complete": "DONE", "cancel": "CANCELLED"}[end]
    expected = {"id": batch_id, "inputs": 1, "outputs": 1, "url": webhook.url, "state": state, "failed": 0}
    assert first.value == second.value == expected
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    assert second.headers["PMMAP-auth"] == "s3cret"


async def test_a_slow_receiver_of_a_callback_holds_up_no_callback_of_another_batch(
    batches: Client, webhook: Webhook, dispatchers: Dispatchers
) -> None:
    received: list[str] = []
    may_answer = asyncio.Event()

    async def answer(call: Call) -> web.Response:
        if call.key == "":
            received.append(call.value["id"])
            if call.value["id"] in slow:
                await may_answer.wait()
        return web.json_response(call.key)

    webhook.answer = answer
    slow = [await batches.new(callback_url=webhook.url) for _ in range(3)]
    for batch_id in slow:
        await batches.http.post(f"/batches/{batch_id}/complete")
    await until(lambda: sorted(received) == sorted(slow), within=20, what="the slow ones are called")
    others = [await batches.filled("a", callback_url=webhook.url) for _ in range(3)]
    for batch_id in others:
        await batches.until_record(batch_id, callback="delivered")
    assert {(await batches.get(batch_id))["callback"] for batch_id in slow} == {"waiting"}
    may_answer.set()
    for batch_id in slow:
        await batches.until_record(batch_id, callback="delivered")
    assert sorted(received) == sorted([*slow, *others])


async def test_unknown_batches(batches: Client, webhook: Webhook, no_dispatcher: Dispatchers) -> None:
    routes = ["GET ", "DELETE ", "POST /complete", "POST /cancel", "POST /retry", "GET /output", "GET /events"]
    for root in ("/batches", "/job"):
        for route in routes:
            method, _, path = route.partition(" ")
            for batch_id in ("unknown", "a%20b", "x" * 65, "..%2F..", "ñ"):
                answer = await batches.http.request(method, f"{root}/{batch_id}{path}")
                if answer.status_code != 404 or answer.json()["code"] not in ("batch_not_found", "not_found"):
                    raise AssertionError((route, batch_id, answer.text))


async def test_head_works_where_get_does(batches: Client, webhook: Webhook, dispatchers: Dispatchers) -> None:
    batch_id = await batches.filled("a")
    await batches.outputs(batch_id)
    for path in ("", f"/{batch_id}", f"/{batch_id}/output", f"/{batch_id}/output?limit=1", f"/{batch_id}/events"):
        answer = await batches.http.head(f"/batches{path}")
        assert (answer.status_code, answer.content) == (200, b""), path
    # The connection is as good as before.
    assert (await batches.get(batch_id))["state"] == "DONE"


async def test_methods_that_a_route_does_not_have(
    batches: Client, webhook: Webhook, no_dispatcher: Dispatchers
) -> None:
    routes = [("GET", "/job"), ("PATCH", "/batches"), ("POST", "/batches/x"), ("POST", "/batches/x/input")]
    for method, path in [*routes, ("GET", "/batches/x/complete"), ("PUT", "/batches/x/output")]:
        answer = await batches.http.request(method, path)
        assert_problem(answer, 405, "method_not_allowed")
        assert answer.headers["Allow"]
