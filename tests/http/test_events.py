from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import httpx
import pytest

from server.jobs.store import JobStore
from tests.http.conftest import assert_problem, claim, finish, submit

STREAM = {"Accept": "text/event-stream"}


async def messages(answer: httpx.Response) -> AsyncGenerator[dict[str, str], None]:
    """The events of a stream, without its comments."""
    message: dict[str, str] = {}
    async for line in answer.aiter_lines():
        name, _, value = line.partition(": ")
        if not line:
            if message.get("event"):
                yield message
            message = {}
        elif name:
            message[name] = value


@asynccontextmanager
async def follow(
    client: httpx.AsyncClient, job_id: str, **headers: str
) -> AsyncIterator[AsyncGenerator[dict[str, str], None]]:
    async with client.stream("GET", f"/jobs/{job_id}/events", headers={**STREAM, **headers}) as answer:
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        async with aclosing(messages(answer)) as told:
            yield told


async def read(client: httpx.AsyncClient, job_id: str, **headers: str) -> list[dict[str, str]]:
    async with follow(client, job_id, **headers) as told:
        return [message async for message in told]


async def test_the_history_is_told_oldest_first_and_from_an_event_on(
    client: httpx.AsyncClient, store: JobStore
) -> None:
    job_id = await submit(client)
    found = await claim(store)
    await store.log(job_id, "info", "half way")
    await finish(store, found)

    answer = (await client.get(f"/jobs/{job_id}/events")).json()
    events = answer["events"]
    states = [event["data"]["state"] for event in events if event["kind"] == "state"]
    assert states == ["QUEUED", "RUNNING", "DONE"]
    logs = [event["data"] for event in events if event["kind"] == "log"]
    assert logs == [{"level": "info", "message": "half way"}]
    assert all(event["at"].endswith("Z") for event in events)
    assert answer["after"] == events[-1]["id"]

    rest = (await client.get(f"/jobs/{job_id}/events", params={"after": events[0]["id"]})).json()
    assert rest["events"] == events[1:]
    page = (await client.get(f"/jobs/{job_id}/events", params={"limit": 2})).json()
    assert page["events"] == events[:2]
    assert page["after"] == events[1]["id"]
    end = (await client.get(f"/jobs/{job_id}/events", params={"after": answer["after"]})).json()
    assert end == {"events": [], "after": answer["after"]}


async def test_a_stream_tells_events_as_they_happen_and_ends_with_the_job(
    client: httpx.AsyncClient, store: JobStore
) -> None:
    job_id = await submit(client)
    async with follow(client, job_id) as told, asyncio.timeout(10):
        seen = [await anext(told)]
        assert json.loads(seen[0]["data"])["data"]["state"] == "QUEUED"
        found = await claim(store)
        while json.loads(seen[-1]["data"])["data"].get("state") != "RUNNING":
            seen.append(await anext(told))
        await store.log(job_id, "info", "line one\nline two ñ")
        seen.append(await anext(told))
        assert json.loads(seen[-1]["data"])["data"]["message"] == "line one\nline two ñ"
        await finish(store, found)
        seen += [message async for message in told]
    assert seen[-1] == {"event": "end", "data": '{"state":"DONE"}'}
    ids = [int(message["id"]) for message in seen[:-1]]
    assert ids == sorted(set(ids))


async def test_a_reader_that_comes_back_goes_on_where_it_was(client: httpx.AsyncClient, store: JobStore) -> None:
    job_id = await submit(client)
    found = await claim(store)
    await finish(store, found)
    whole = await read(client, job_id)
    for place in range(len(whole) - 2):
        rest = await read(client, job_id, **{"Last-Event-ID": whole[place]["id"]})
        assert rest == whole[place + 1 :]


async def test_a_reader_that_has_seen_all_is_told_not_to_come_back(client: httpx.AsyncClient, store: JobStore) -> None:
    job_id = await submit(client)
    await finish(store, await claim(store))
    whole = await read(client, job_id)
    answer = await client.get(f"/jobs/{job_id}/events", headers={**STREAM, "Last-Event-ID": whole[-2]["id"]})
    assert (answer.status_code, answer.content) == (204, b"")


async def test_many_readers_that_leave_do_no_harm(client: httpx.AsyncClient, store: JobStore, server: Any) -> None:
    job_id = await submit(client)

    async def look() -> None:
        async with follow(client, job_id) as told:
            await anext(told)

    await asyncio.gather(*[look() for _ in range(50)])
    found = await claim(store)
    await finish(store, found)
    assert (await read(client, job_id))[-1]["event"] == "end"
    assert "unexpected error" not in server.log_text()


@pytest.mark.parametrize("after", ["x", "-1", "1-", "1" * 16, "ñ", "$", "+", "1.5"])
async def test_an_after_that_is_no_events_id_is_refused(client: httpx.AsyncClient, after: str) -> None:
    job_id = await submit(client)
    for headers in ({}, STREAM):
        answer = await client.get(f"/jobs/{job_id}/events", params={"after": after}, headers=headers)
        assert_problem(answer, 400, "invalid_parameter")
    if after.isascii():
        answer = await client.get(f"/jobs/{job_id}/events", headers={**STREAM, "Last-Event-ID": after})
        assert_problem(answer, 400, "invalid_parameter")
