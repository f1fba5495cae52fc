"""What a batch is not made of, who sees it, and secrets that nobody sees."""

from __future__ import annotations

import hashlib
import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web

from server.redis_connection import connect
from tests.http.batches import ALLOW, Client, Dispatchers
from tests.http.conftest import StartServer, assert_problem
from tests.http.server import Server, ended
from tests.http.webhook import Webhook
from tests.store.batch_hand import everything_in

URL = "http://127.0.0.1:9/hook"
ANA, BIA = "ana's own key", "bia's own key"


@pytest.fixture(autouse=True)
async def the_server_did_not_fail(batch_server: Server) -> AsyncIterator[None]:
    yield
    assert "unexpected error" not in batch_server.log_text()


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ([], [""]),
        ("text", [""]),
        (None, [""]),
        ({}, [""]),
        ({"url": None}, ["/url"]),
        ({"url": 1}, ["/url"]),
        ({"url": ""}, ["/url"]),
        ({"url": "ftp://127.0.0.1/x"}, ["/url"]),
        ({"url": "http://user:word@127.0.0.1/x"}, ["/url"]),
        ({"url": "http://127.0.0.1/#part"}, ["/url"]),
        ({"url": "http://127.0.0.1:0/"}, ["/url"]),
        ({"url": "http://127.0.0.1/" + "x" * 2000}, ["/url"]),
        ({"url": URL, "callback_url": "nonsense"}, ["/callback_url"]),
        ({"url": URL, "secret": ""}, ["/secret"]),
        ({"url": URL, "secret": "two\nlines"}, ["/secret"]),
        ({"url": URL, "secret": "ñ"}, ["/secret"]),
        ({"url": URL, "secret": "whsec_?"}, ["/secret"]),
        ({"url": URL, "secret": 5}, ["/secret"]),
        ({"url": URL, "secret": "x" * 1001}, ["/secret"]),
        *(({"url": URL, "concurrency": value}, ["/concurrency"]) for value in (0, -1, 1001, 1.5, "5", True, None)),
        *(({"url": URL, "maxsize": value}, ["/maxsize"]) for value in (0, 1_000_001, "9", [])),
        *(({"url": URL, "max_attempts": value}, ["/max_attempts"]) for value in (0, 21)),
        *(({"url": URL, "timeout_seconds": value}, ["/timeout_seconds"]) for value in (0, -1, 3601, "5")),
        *(({"url": URL, "rate_per_second": value}, ["/rate_per_second"]) for value in (0, -1, 1e-7, 1e-300, 10**7)),
        *(({"url": URL, "ramp_up_seconds": value}, ["/ramp_up_seconds"]) for value in (-1, 86_401)),
        *(({"url": URL, "name": value}, ["/name"]) for value in ("", "x" * 201, "two\nlines", 5)),
        ({"url": URL, "breaker": 5}, ["/breaker"]),
        ({"url": URL, "breaker": {"failures": 0, "cooldown_seconds": 61}},
         ["/breaker/failures", "/breaker/cooldown_seconds"]),
        ({"url": URL, "breaker": {"failure": 3}}, ["/breaker/failure"]),
        ({"url": URL, "concurency": 3, "a/b~c": 1}, ["/concurency", "/a~1b~0c"]),
        ({"url": "x", "concurrency": 0, "secret": "", "more": 1}, ["/url", "/secret", "/concurrency", "/more"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("root", ["/batches", "/job"])
async def test_a_batch_that_is_not_right_is_told_all_its_mistakes(
    batches: Client, root: str, body: Any, pointers: list[str]
) -> None:
    answer = await batches.http.post(root, content=json.dumps(body))
    problem = assert_problem(answer, 422, "invalid_request")
    assert [error["pointer"] for error in problem["errors"]] == pointers
    assert "queued" not in problem["detail"]
    assert (await batches.http.get("/batches")).json()["batches"] == []


async def test_a_mistake_comes_with_what_to_do(batches: Client) -> None:
    answer = await batches.http.post("/batches", json={"url": "http://127.1/", "secret": "ñ", "concurency": 3})
    hints = {error["pointer"]: error["hint"] for error in assert_problem(answer, 422, "invalid_request")["errors"]}
    assert hints["/url"] == "write an IPv4 address as four decimal numbers"
    assert "openssl rand" in hints["/secret"]
    assert hints["/concurency"] == "did you mean `concurrency`?"


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"", 400, "malformed_json"),
        (b"{", 400, "malformed_json"),
        (b'{"url": NaN}', 400, "malformed_json"),
        (b'{"url": "a", "url": "b"}', 400, "malformed_json"),
        (b'{"url": "\xff"}', 400, "malformed_json"),
        (b"[" * 300, 400, "malformed_json"),
        (b'{"url": "http://127.0.0.1", "maxsize": 99999999999999999999}', 422, "invalid_request"),
        (b" " * 1_048_577, 413, "body_too_large"),
    ],
)
async def test_a_body_that_is_no_json(batches: Client, raw: bytes, status: int, code: str) -> None:
    assert_problem(await batches.http.post("/batches", content=raw), status, code)


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/", "http://127.0.0.2/", "http://169.254.169.254/latest/meta-data/", "http://[::1]/",
        "http://[::ffff:10.0.0.1]/", "http://0x7f000002/",
        "http://0.0.0.0/", "http://192.168.1.1:8080/x", "https://[fe80::1]/",
    ],
)  # fmt: skip
async def test_hosts_that_may_not_be_called_are_refused_when_the_batch_is_made(batches: Client, url: str) -> None:
    for body, pointer in (({"url": url}, "/url"), ({"url": URL, "callback_url": url}, "/callback_url")):
        for root in ("/batches", "/job"):
            answer = await batches.http.post(root, json=body)
            (error,) = assert_problem(answer, 422, "invalid_request")["errors"]
            assert error["pointer"] == pointer
    assert (await batches.http.get("/batches")).json()["batches"] == []


def test_without_the_setting_nothing_on_this_machine_may_be_called(start_server: StartServer) -> None:
    closed = start_server()
    for url in (
        URL,
        "http://localhost/",
        "http://some.localhost:8000/",
        "http://[::ffff:127.0.0.1]/",
    ):
        answer = httpx.post(f"{closed.url}/batches", json={"url": url}, timeout=30)
        (error,) = assert_problem(answer, 422, "invalid_request")["errors"]
        assert error["pointer"] == "/url"
        assert "SPEEDY_WEBHOOK_ALLOW" in error["detail"] + error.get("hint", "")


async def test_a_host_that_is_allowed_no_longer_is_not_called(
    batches: Client, webhook: Webhook, no_dispatcher: Dispatchers
) -> None:
    batch_id = await batches.filled("a")
    no_dispatcher.start(SPEEDY_WEBHOOK_ALLOW="")
    (output,) = await batches.outputs(batch_id)
    assert "may not call" in output["error"]["message"]
    assert webhook.calls == []


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, [""]),
        (None, [""]),
        ([1], ["/0"]),
        ([{}], ["/0", "/0"]),
        ([{"key": "a"}], ["/0"]),
        ([{"value": 1}], ["/0"]),
        ([{"key": "a", "value": 1, "more": 2}], ["/0/more"]),
        (
            [{"key": key, "value": 1} for key in (1, None, "", "x" * 501, ".", "..", [])],
            [f"/{place}/key" for place in range(7)],
        ),
        ([{"key": "a", "value": 1}, {"key": "b", "value": 1}, {"key": "a", "value": 1}], ["/2/key"]),
        ([{"key": f"{number}", "value": 1} for number in range(10_001)], [""]),
    ],
)
async def test_inputs_that_are_not_right_are_told_all_mistakes_and_none_is_taken(
    batches: Client, body: Any, pointers: list[str]
) -> None:
    batch_id = await batches.new()
    for root in ("/batches", "/job"):
        answer = await batches.http.put(f"{root}/{batch_id}/input", content=json.dumps(body))
        problem = assert_problem(answer, 422, "invalid_request")
        assert [error["pointer"] for error in problem["errors"]] == pointers
    assert (await batches.get(batch_id))["inputs"] == 0


async def test_no_inputs_are_no_mistake(batches: Client) -> None:
    batch_id = await batches.new()
    assert (await batches.put(batch_id)).status_code == 201


async def test_bodies_of_inputs_are_bounded(batches: Client) -> None:
    batch_id = await batches.new()
    answer = await batches.http.put(f"/batches/{batch_id}/input", content=b" " * (16_777_216 + 1))
    assert_problem(answer, 413, "body_too_large")
    assert_problem(await batches.http.put(f"/batches/{batch_id}/input", content=b"[{]"), 400, "malformed_json")
    more = [{"key": f"{number}", "value": 1} for number in range(3)]
    small = await batches.new(maxsize=2)
    answer = await batches.http.put(f"/batches/{small}/input", json=more, headers={"Prefer": "respond-async"})
    (error,) = assert_problem(answer, 422, "invalid_request")["errors"]
    assert "maxsize is 2" in error["detail"]
    assert "send fewer" in error["hint"]
    assert (await batches.get(small))["inputs"] == 0


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("", {"limit": ["0", "1001", "x", "-1"], "cursor": ["x", "\0"], "state": ["x", "RUNNING"]}),
        ("/{id}/output", {"limit": ["0", "10001", "x"], "wait": ["x", "-1", "nan", "inf"]}),
    ],
)
async def test_bad_parameters(batches: Client, path: str, parameters: dict[str, list[str]]) -> None:
    batch_id = await batches.filled()
    for name, values in parameters.items():
        for value in [*values, ["1", "2"]]:
            answer = await batches.http.get("/batches" + path.format(id=batch_id), params={name: value})
            assert assert_problem(answer, 400, "invalid_parameter")["detail"].startswith(f"?{name} ")


async def test_a_page_of_another_site_changes_nothing(batches: Client) -> None:
    batch_id = await batches.new()
    for method, path in (("POST", "/batches"), ("DELETE", f"/batches/{batch_id}"), ("POST", f"/job/{batch_id}/cancel")):
        answer = await batches.http.request(method, path, headers={"Origin": "https://evil.example"})
        assert_problem(answer, 403, "foreign_origin")
    assert (await batches.get(batch_id))["state"] == "OPEN"


async def test_a_key_sees_its_own_batches_and_no_others(
    start_server: StartServer, no_dispatcher: Dispatchers, tmp_path: Path
) -> None:
    path = tmp_path / "keys.json"
    keys = {"ana": ANA, "bia": BIA}
    path.write_text(
        json.dumps({name: {"sha256": hashlib.sha256(key.encode()).hexdigest()} for name, key in keys.items()})
    )
    locked = start_server(SPEEDY_API_KEYS=str(path), **ALLOW)

    def call(method: str, path: str, key: str | None, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        headers |= more.pop("headers", {})
        return httpx.request(method, locked.url + path, headers=headers, timeout=30, **more)

    again = {"Idempotency-Key": "tonight"}
    ids = {}
    for key in (ANA, BIA):
        answer = call("POST", "/batches", key, json={"url": URL, "name": key}, headers=again)
        assert answer.status_code == 201
        ids[key] = answer.json()["id"]
    assert ids[ANA] != ids[BIA]
    assert call("GET", f"/batches/{ids[ANA]}", ANA).json()["tenant"] == "ana"
    for key in (ANA, BIA):
        listed = call("GET", "/batches", key).json()["batches"]
        assert [record["id"] for record in listed] == [ids[key]]
    routes = [("GET", ""), ("DELETE", ""), ("POST", "/complete"), ("POST", "/cancel"), ("POST", "/retry")]
    for root in ("/batches", "/job"):
        for method, rest in [*routes, ("GET", "/output?wait=0"), ("GET", "/events"), ("PUT", "/input")]:
            route = f"{root}/{ids[ANA]}{rest}"
            more = {"json": [{"key": "a", "value": 1}]} if method == "PUT" else {}
            assert_problem(call(method, route, BIA, **more), 404, "batch_not_found")
            assert_problem(call(method, route, None, **more), 401, "api_key_needed")
    assert call("GET", f"/batches/{ids[ANA]}", ANA).json()["state"] == "OPEN"
    ended(locked.process, signal.SIGTERM)


async def test_a_secret_is_in_no_answer_no_log_no_file_and_not_in_redis(
    batches: Client, webhook: Webhook, dispatchers: Dispatchers, redis_url: str
) -> None:
    canary = "canary-7c41"
    answers = []

    async def ask(method: str, path: str, **more: Any) -> httpx.Response:
        answers.append(await batches.http.request(method, path, **more))
        return answers[-1]

    webhook.answer = lambda call: web.json_response(call.headers, status=500 if call.key == "b" else 400)
    body = {"url": webhook.url, "secret": canary, "callback_url": webhook.url, "max_attempts": 2}
    batch_id = (await ask("POST", "/batches", json=body, headers={"Idempotency-Key": "k"})).json()["id"]
    await ask("POST", "/batches", json=body, headers={"Idempotency-Key": "k"})
    await ask("POST", "/job", json={**body, "concurrency": 0})
    await ask("POST", "/batches", json={**body, "secret": canary + "\n"})
    await ask("POST", "/batches", json={**body, "secret": [canary]})
    await ask("POST", "/batches", json={**body, "Secret": canary})
    await ask("POST", "/batches", content=json.dumps(body).encode()[:-1])
    await batches.put(batch_id, "a", "b")
    await ask("GET", f"/batches/{batch_id}")
    await ask("POST", f"/batches/{batch_id}/complete")
    await ask("GET", f"/batches/{batch_id}/output")
    await ask("GET", f"/batches/{batch_id}/events")
    await ask("GET", "/batches")
    await batches.until_record(batch_id, callback="failed")
    assert {call.headers["PMMAP-auth"] for call in webhook.calls} == {canary}

    redis = connect(redis_url)
    assert await redis.exists(f"speedy:batch:{batch_id}:secrets")
    assert canary not in await everything_in(redis)
    await redis.aclose()
    for answer in answers:
        assert canary not in answer.text
        assert canary not in str(answer.headers)
    assert canary not in dispatchers.log_text()
    assert canary not in dispatchers.server.log_text()
    folder = dispatchers.server.state_folder
    assert (folder / "batches" / f"{batch_id}.sqlite").exists()
    for path in folder.rglob("*"):
        assert not path.is_file() or canary.encode() not in path.read_bytes()
