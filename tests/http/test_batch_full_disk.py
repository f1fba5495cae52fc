"""A disk that takes no outputs, or does not give them back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import web

from tests.http.batches import Client, Dispatchers
from tests.http.conftest import assert_problem
from tests.http.webhook import Call, Webhook
from tests.waiting import until, until_told

LARGE = 4 << 20
#: Outputs in Redis stay below this, but for those under way when it is reached: docs/batches.md.
BOUND = 64 << 20
KEYS = [f"k{number:02}" for number in range(40)]
NOT_MOVED = "outputs could not be moved to the disk"


def large(call: Call) -> web.Response:
    return web.json_response(call.key.ljust(LARGE, "."))


async def test_calls_stop_while_the_disk_takes_no_outputs_and_go_on_when_it_does(
    batches: Client, webhook: Webhook, no_dispatcher: Dispatchers
) -> None:
    webhook.answer = large
    batch_id = await batches.filled(*KEYS, concurrency=2)
    # A folder in the place of the file: nobody can write there, root neither.
    place = no_dispatcher.server.state_folder / "batches" / f"{batch_id}.sqlite"
    place.mkdir(parents=True)
    no_dispatcher.start(SPEEDY_WEBHOOK_MAX_RESPONSE_BYTES=str(2 * LARGE))

    async def is_held_up() -> bool:
        record = await batches.get(batch_id)
        return record["outputs"] * LARGE > BOUND and record["in_flight"] == 0

    await until_told(is_held_up, within=60)
    called = len(webhook.calls)
    # Those that passed the bound, and what was under way or begun in the same turn.
    assert BOUND / LARGE <= called <= BOUND / LARGE + 5
    assert_problem(await batches.http.get(f"/batches/{batch_id}/output?wait=0"), 503, "outputs_unavailable")

    # The dispatcher goes on looking, with calls of other batches; there are none of this one.
    looked = no_dispatcher.log_text().count(NOT_MOVED)
    webhook.answer = lambda call: web.json_response(call.key)
    other = await batches.filled("x", "y")
    assert [one["value"] for one in await batches.outputs(other)] == ["x", "y"]
    await until(
        lambda: no_dispatcher.log_text().count(NOT_MOVED) > looked + 1, within=60, what="the disk is tried again"
    )
    assert len(webhook.calls) == called + 2

    place.rmdir()
    outputs = (await batches.http.get(f"/batches/{batch_id}/output")).json()
    assert [one["key"] for one in outputs] == KEYS
    assert all(json.dumps(one["value"]).strip('".') == one["key"] for one in outputs)
    assert sorted(call.key for call in webhook.calls if call.key in KEYS) == KEYS


def take_away(file: Path) -> None:
    file.unlink()


def spoil(file: Path) -> None:
    file.write_bytes(b"this is no database\n" * 500)


@pytest.mark.parametrize("harm", [take_away, spoil])
async def test_outputs_that_cannot_be_read_are_told_as_such_and_their_batch_can_be_removed(
    batches: Client, webhook: Webhook, dispatchers: Dispatchers, harm: Callable[[Path], None]
) -> None:
    batch_id = await batches.filled("a", "b")
    await batches.outputs(batch_id)
    file = dispatchers.server.state_folder / "batches" / f"{batch_id}.sqlite"
    for end in ("-wal", "-shm"):
        file.with_name(file.name + end).unlink(missing_ok=True)
    harm(file)
    for question in ("", "?limit=1", "?wait=0"):
        for accept in ("application/json", "application/x-ndjson"):
            answer = await batches.http.get(f"/batches/{batch_id}/output{question}", headers={"Accept": accept})
            assert_problem(answer, 503, "outputs_unavailable")
    assert (await batches.http.delete(f"/batches/{batch_id}")).status_code == 200
    assert not file.exists()


async def test_a_retry_begins_nothing_where_outputs_cannot_be_read(
    batches: Client, webhook: Webhook, dispatchers: Dispatchers
) -> None:
    webhook.answer = lambda _: web.Response(status=400)
    batch_id = await batches.filled("a", "b")
    await batches.outputs(batch_id)
    file = dispatchers.server.state_folder / "batches" / f"{batch_id}.sqlite"
    kept = file.with_name("kept")
    file.rename(kept)
    spoil(file)
    assert_problem(await batches.http.post(f"/batches/{batch_id}/retry"), 503, "outputs_unavailable")
    assert (await batches.get(batch_id))["state"] == "DONE"
    kept.rename(file)
    webhook.answer = lambda call: web.json_response(call.key)
    assert (await batches.http.post(f"/batches/{batch_id}/retry")).json()["retried"] == 2
    assert [one.get("value") for one in await batches.outputs(batch_id)] == ["a", "b"]
