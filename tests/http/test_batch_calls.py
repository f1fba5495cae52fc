"""The calls of a webhook: what is sent, what its answers come to, and what becomes of them when a dispatcher dies."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import signal
import time
from typing import Any

import pytest
from aiohttp import web

from server.redis_connection import connect
from tests.http.batches import Client, Dispatchers
from tests.http.conftest import assert_problem
from tests.http.server import ended
from tests.http.webhook import Call, Webhook
from tests.waiting import until

KEYS = [f"k{number:03}" for number in range(40)]


def signature(key: bytes, call: Call) -> str:
    signed = f"{call.headers['webhook-id']}.{call.headers['webhook-timestamp']}.".encode() + call.body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


@pytest.mark.parametrize("secret", ["a plain secret", "whsec_" + base64.b64encode(b"k" * 32).decode()])
async def test_a_call_shows_the_secret_and_is_signed_with_it(
    batches: Client, webhook: Webhook, dispatchers: Dispatchers, secret: str
) -> None:
    batch_id = await batches.filled("a", "b", secret=secret)
    await batches.outputs(batch_id)
    key = b"k" * 32 if secret.startswith("whsec_") else secret.encode()
    for call in webhook.calls:
        assert call.headers["PMMAP-auth"] == secret
        assert call.headers["PMMAP-job"] == batch_id
        assert call.headers["Content-Type"] == "application/json"
        assert call.headers["webhook-id"] == call.headers["Idempotency-Key"]
        assert abs(int(call.headers["webhook-timestamp"]) - time.time()) < 60
        assert call.headers["webhook-signature"] == signature(key, call)
    assert webhook.calls[0].headers["Idempotency-Key"] != webhook.calls[1].headers["Idempotency-Key"]


async def test_a_call_without_a_secret_is_not_signed(
    batches: Client, webhook: Webhook, dispatchers: Dispatchers
) -> None:
    await batches.outputs(await batches.filled("a"))
    assert not {"PMMAP-auth", "webhook-signature", "webhook-id"} & set(webhook.calls[0].headers)


@pytest.mark.parametrize(
    ("answer", "output"),
    [
        (web.json_response({"n": [1, None]}), {"value": {"n": [1, None]}}),
        (web.Response(body=b'{\r\n "n":\n 1.50}', content_type="application/json"), {"value": {"n": 1.5}}),
        (web.json_response("ñ", status=201), {"value": "ñ"}),
        (web.Response(status=204), {"value": None}),
        (web.Response(text="not JSON\n"), {"value": "not JSON\n", "format": "text"}),
        (web.Response(body=b""), {"value": "", "format": "text"}),
        (web.Response(body=b"\xff\x00"), {"value": "/wA=", "format": "base64"}),
    ],
    ids=["json", "lines", "created", "nothing", "text", "empty", "bytes"],
)
async def test_any_2xx_gives_an_output(
    batches: Client, webhook: Webhook, dispatchers: Dispatchers, answer: web.Response, output: dict[str, Any]
) -> None:
    webhook.answer = lambda _: answer
    batch_id = await batches.filled("a")
    assert await batches.outputs(batch_id) == [{"key": "a", **output}]


async def test_a_4xx_fails_its_input_at_once(batches: Client, webhook: Webhook, dispatchers: Dispatchers) -> None:
    webhook.answer = lambda _: web.Response(status=404, text="no such server")
    (output,) = await batches.outputs(await batches.filled("a", secret="s3cret"))
    assert set(output) == {"key", "error"}
    assert set(output["error"]) == {"statusCode", "message", "body"}
    assert (output["error"]["statusCode"], output["error"]["body"]) == (404, "no such server")
    assert webhook.keys() == ["a"]


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_a_webhook_that_fails_is_called_again_as_often_as_allowed(
    batches: Client, webhook: Webhook, dispatchers: Dispatchers, status: int
) -> None:
    webhook.answer = lambda _: web.Response(status=status)
    (output,) = await batches.outputs(await batches.filled("a", max_attempts=2))
    assert output["error"]["statusCode"] == status
    assert "attempt 2" in output["error"]["message"]
    first, second = webhook.calls
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]


async def test_an_input_that_succeeds_after_failures_has_an_output(
    batches: Client, webhook: Webhook, dispatchers: Dispatchers
) -> None:
    answers = iter([web.Response(status=502), web.json_response("at last")])
    webhook.answer = lambda _: next(answers)
    assert await batches.outputs(await batches.filled("a")) == [{"key": "a", "value": "at last"}]


async def test_the_webhook_says_when_it_is_to_be_called_again(
    batches: Client, webhook: Webhook, dispatchers: Dispatchers
) -> None:
    webhook.answer = lambda _: web.Response(status=429, headers={"Retry-After": "3000"})
    batch_id = await batches.filled("a")
    await batches.until_record(batch_id, retrying=1)
    assert webhook.keys() == ["a"]
    answers = iter([web.Response(status=429, headers={"Retry-After": "1"}), web.json_response(1)])
    webhook.answer = lambda _: next(answers)
    begun = time.monotonic()
    await batches.outputs(await batches.filled("b"))
    assert time.monotonic() - begun > 1


async def test_a_webhook_that_does_not_answer_in_time_or_at_all_fails(
    batches: Client, webhook: Webhook, dispatchers: Dispatchers
) -> None:
    webhook.shut()
    (output,) = await batches.outputs(await batches.filled("a", timeout_seconds=0.2, max_attempts=1))
    assert output["error"]["statusCode"] is None
    assert "did not answer within 0.2 s" in output["error"]["message"]
    nobody = "http://127.0.0.1:1/hook"
    (output,) = await batches.outputs(await batches.filled("a", url=nobody, max_attempts=1))
    assert output["error"]["statusCode"] is None
    assert "http://127.0.0.1:1 cannot be called" in output["error"]["message"]


async def test_no_more_calls_are_under_way_than_allowed_with_three_dispatchers(
    batches: Client, webhook: Webhook, no_dispatcher: Dispatchers
) -> None:
    for number in range(3):
        no_dispatcher.start(number)

    async def slowly(call: Call) -> web.Response:
        await until(iter((False, True)).__next__, within=5, what="a look later")
        return web.json_response(call.key)

    webhook.answer = slowly
    batch_id = await batches.filled(*(f"{number}" for number in range(150)), concurrency=5)
    assert len(await batches.outputs(batch_id)) == 150
    assert webhook.most_in_flight == 5
    assert len(webhook.calls) == 150


async def test_each_input_has_one_output_when_the_dispatcher_is_killed_in_mid_call(
    batches: Client, webhook: Webhook, no_dispatcher: Dispatchers
) -> None:
    answered = 0

    async def answer(call: Call) -> web.Response:
        nonlocal answered
        answered += 1
        if answered > 5:
            await hanging.wait()
        return web.json_response({"did": call.key})

    hanging = asyncio.Event()
    webhook.answer = answer
    batch_id = await batches.filled(*KEYS, concurrency=8)
    for _ in range(4):
        # Five calls are answered, and the next eight are under way.
        answered, before = 0, len(webhook.calls)
        process = no_dispatcher.start()
        await webhook.until_called(before + 13)
        process.kill()
        process.wait()
        await until(lambda: webhook.in_flight == 0, within=10, what="the calls of the dead are gone")
    hanging.set()
    no_dispatcher.start()
    outputs = await batches.outputs(batch_id)
    assert [one["key"] for one in outputs] == KEYS
    assert all(one["value"] == {"did": one["key"]} for one in outputs)
    record = await batches.get(batch_id)
    assert (record["inputs"], record["outputs"], record["failed"], record["in_flight"]) == (40, 40, 0, 0)
    assert webhook.most_in_flight == 8
    by_key: dict[str, set[str]] = {}
    for call in webhook.calls:
        by_key.setdefault(call.key, set()).add(call.headers["Idempotency-Key"])
    assert all(len(found) == 1 for found in by_key.values())


async def test_what_a_killed_dispatcher_held_is_taken_over_by_another_that_lives(
    batches: Client, webhook: Webhook, no_dispatcher: Dispatchers
) -> None:
    webhook.shut()
    batch_id = await batches.filled(*KEYS[:4], concurrency=4)
    first = no_dispatcher.start(0)
    await webhook.until_called(4)
    no_dispatcher.start(1)
    first.kill()
    first.wait()
    webhook.gate.set()
    no_dispatcher.start(0)  # as the supervisor does
    assert [one["key"] for one in await batches.outputs(batch_id)] == KEYS[:4]


async def test_a_dispatcher_that_is_told_to_stop_lets_calls_end_and_gives_back_the_rest(
    batches: Client, webhook: Webhook, no_dispatcher: Dispatchers
) -> None:
    webhook.shut()
    batch_id = await batches.filled(*KEYS[:6], concurrency=2)
    patient = no_dispatcher.start(SPEEDY_STOP_SECONDS="30")
    await webhook.until_called(2)
    patient.send_signal(signal.SIGTERM)
    stopping = asyncio.create_task(asyncio.to_thread(patient.wait, 30))
    webhook.gate.set()
    assert await stopping == 0
    record = await batches.get(batch_id)
    # What ended while it stopped counts; it took no more.
    assert (record["outputs"], record["in_flight"], record["waiting"]) == (
        len(webhook.calls),
        0,
        6 - len(webhook.calls),
    )

    webhook.shut()
    hasty = no_dispatcher.start(SPEEDY_STOP_SECONDS="0")
    before = len(webhook.calls)
    await webhook.until_called(before + 1)
    assert await asyncio.to_thread(ended, hasty, signal.SIGTERM) == 0
    assert (await batches.get(batch_id))["in_flight"] == 0
    webhook.gate.set()
    no_dispatcher.start()
    assert [one["key"] for one in await batches.outputs(batch_id)] == KEYS[:6]


async def test_a_rate_holds_back_calls(batches: Client, webhook: Webhook, dispatchers: Dispatchers) -> None:
    begun = time.monotonic()
    await batches.outputs(await batches.filled(*KEYS[:21], rate_per_second=20, concurrency=100))
    assert time.monotonic() - begun > 0.9


async def test_a_dying_webhook_is_left_alone_and_then_used_again(
    batches: Client, webhook: Webhook, dispatchers: Dispatchers
) -> None:
    webhook.answer = lambda _: web.Response(status=500)
    breaker = {"failures": 4, "cooldown_seconds": 1.5, "give_up_seconds": 600}
    batch_id = await batches.filled(*KEYS, concurrency=4, breaker=breaker, max_attempts=20)
    for _ in range(1000):
        if (await batches.get(batch_id))["suspended_until"]:
            break
    else:
        raise AssertionError("calls are never suspended")
    # The four that opened the breaker, and those that were under way; none that was held ready.
    assert len(webhook.calls) <= 4 + 4
    webhook.answer = lambda call: web.json_response(call.key)
    assert [one.get("value") for one in await batches.outputs(batch_id)] == KEYS
    assert (await batches.get(batch_id))["suspended_until"] is None


async def test_a_webhook_that_stays_dead_fails_its_batch_in_the_end(
    batches: Client, webhook: Webhook, dispatchers: Dispatchers
) -> None:
    webhook.answer = lambda _: web.Response(status=500)
    breaker = {"failures": 2, "cooldown_seconds": 0.05, "give_up_seconds": 0.3}
    batch_id = await batches.filled(*KEYS, concurrency=4, breaker=breaker, max_attempts=20)
    outputs = await batches.outputs(batch_id)
    assert [one["key"] for one in outputs] == KEYS
    assert any("given up" in one["error"]["message"] for one in outputs)
    assert len(webhook.calls) < 40


async def test_an_answer_that_sends_the_secret_back_does_not_show_it(
    batches: Client, webhook: Webhook, dispatchers: Dispatchers
) -> None:
    webhook.answer = lambda call: web.json_response(call.headers, status=400)
    (output,) = await batches.outputs(await batches.filled("a", secret="the-canary"))
    assert "the-canary" not in json.dumps(output)
    assert "***" in output["error"]["body"]


async def test_a_batch_that_was_forgotten_is_completed_and_tells_its_end(
    batches: Client, webhook: Webhook, no_dispatcher: Dispatchers
) -> None:
    forgotten = await batches.new(callback_url=f"{webhook.url}/callback")
    used = await batches.new()
    first = no_dispatcher.start()
    for batch_id in (forgotten, used):
        await batches.put(batch_id, "a")
        await batches.until_record(batch_id, outputs=1)
    assert await asyncio.to_thread(ended, first, signal.SIGTERM) == 0
    redis = connect(no_dispatcher.redis_url)
    await redis.zincrby("speedy:batches:used", -2 * 86_400_000, forgotten)  # two days pass
    await redis.aclose()
    no_dispatcher.start(SPEEDY_BATCH_IDLE_DAYS="1")
    await webhook.until_called(3)  # to look would be to use it
    assert webhook.calls[2].value["state"] == "DONE"
    assert (await batches.get(forgotten))["state"] == "DONE"
    assert [one["key"] for one in await batches.outputs(forgotten)] == ["a"]
    assert_problem(await batches.put(forgotten, "b"), 409, "batch_closed")
    assert (await batches.until_record(used, outputs=1))["state"] == "OPEN"
