"""The outputs of batches over HTTP: as lines, in pages, as one array, and followed."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from typing import Any

import httpx
import pytest

from tests.http.batches import Client, Dispatchers
from tests.http.conftest import assert_problem
from tests.http.webhook import Webhook, failing

LINES = {"Accept": "application/x-ndjson"}


async def test_outputs_are_read_as_lines_in_pages_and_as_one_array(
    batches: Client, webhook: Webhook, dispatchers: Dispatchers
) -> None:
    keys = [f"k{number:04}" for number in range(2500)]
    batch_id = await batches.filled(*keys, concurrency=50)
    whole = await batches.outputs(batch_id)
    assert [one["key"] for one in whole] == keys
    lines = await batches.http.get(f"/batches/{batch_id}/output", headers=LINES)
    assert lines.headers["Content-Type"] == "application/x-ndjson"
    assert [json.loads(line) for line in lines.text.splitlines()] == whole
    found: list[Any] = []
    following = f"/batches/{batch_id}/output?limit=1000"
    while following:
        page = await batches.http.get(following)
        found += page.json()
        following = page.links["next"]["url"] if "next" in page.links else ""
    assert found == whole
    page = await batches.http.get(f"/batches/{batch_id}/output?limit=2", headers=LINES)
    assert [json.loads(line) for line in page.text.splitlines()] == whole[:2]
    empty = await batches.filled()
    assert await batches.outputs(empty) == []
    assert (await batches.http.get(f"/batches/{empty}/output", headers=LINES)).content == b""


async def test_who_follows_the_outputs_is_answered_as_soon_as_there_is_one_behind_the_cursor(
    batches: Client, webhook: Webhook, dispatchers: Dispatchers
) -> None:
    batch_id = await batches.new(maxsize=5, concurrency=5)
    page = await batches.http.get(f"/batches/{batch_id}/output?wait=0&limit=2")
    assert page.json() == []

    async def following(page: httpx.Response) -> httpx.Response:
        """The next page, of a reader who waits for it longer than this test may take."""
        link = page.links["next"]["url"].replace("wait=0&", "wait=300&")
        assert "wait=300" in link
        async with asyncio.timeout(30):
            return await batches.http.get(link)

    webhook.answer = failing("b", "c")
    keys: list[str] = []
    for key in "abc":
        reading = asyncio.create_task(following(page))
        await batches.put(batch_id, key)
        page = await reading
        keys += [one["key"] for one in page.json()]
    assert keys == ["a", "b", "c"]
    # What is called once more comes once more; its place before stays empty.
    webhook.answer = failing()
    reading = asyncio.create_task(following(page))
    await batches.http.post(f"/batches/{batch_id}/retry")
    page = await reading
    await batches.until_record(batch_id, outputs=3)
    await batches.http.post(f"/batches/{batch_id}/complete")
    rest = page.json()
    while "next" in page.links:
        page = await following(page)
        rest += page.json()
    assert sorted(one["key"] for one in rest) == ["b", "c"]
    assert page.json() == []
    # A reader without a cursor, or without `wait`, waits as before.
    assert (await batches.http.get(f"/batches/{batch_id}/output?wait=300")).json() == await batches.outputs(batch_id)


async def test_who_follows_the_outputs_waits_as_long_as_told_when_there_are_none(
    batches: Client, webhook: Webhook, no_dispatcher: Dispatchers
) -> None:
    batch_id = await batches.new()
    page = await batches.http.get(f"/batches/{batch_id}/output?wait=0.3")
    begun = time.monotonic()
    page = await batches.http.get(page.links["next"]["url"])
    assert time.monotonic() - begun > 0.3
    assert page.json() == []
    assert "wait=0.3&" in page.links["next"]["url"]
    # The end of the batch is an answer, too.
    reading = asyncio.create_task(batches.http.get(page.links["next"]["url"].replace("wait=0.3", "wait=300")))
    await batches.http.post(f"/batches/{batch_id}/complete")
    async with asyncio.timeout(30):
        page = await reading
    assert (page.json(), page.links) == ([], {})


def packed(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        *("x", "ñ", "=" * 500, "AAAA", "\0"),
        *(packed(text) for text in ("{}", '["key"]', '["key",1]', '["sequence","1"]', '["else",1]', "[" * 2500)),
        *(packed(text) for text in ('["sequence",1e3]', '["sequence",99999999999999999999]', '["sequence",true]')),
        *(packed(text) for text in ('["key","\\ud800"]', '["sequence",-1]', '["key",null]', "null", "1" * 2500)),
    ],
)
async def test_a_cursor_that_the_outputs_did_not_give_is_refused(
    batches: Client, webhook: Webhook, no_dispatcher: Dispatchers, cursor: str
) -> None:
    batch_id = await batches.filled()
    answer = await batches.http.get(f"/batches/{batch_id}/output", params={"cursor": cursor})
    assert_problem(answer, 400, "invalid_parameter")
