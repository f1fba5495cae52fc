"""A disk that takes no outputs holds up further calls of their batch, and of no other."""

from __future__ import annotations

import json

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
