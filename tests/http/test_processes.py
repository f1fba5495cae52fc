"""Batch keys over HTTP, as a client of the original uses them, and beyond."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from typing import Any

import httpx
import pytest

from server.jobs.store import JobStore
from tests.http.conftest import StartServer, assert_problem
from tests.waiting import until_told

P, K = "/api/v1/process", "/api/v1/process/batch_keys"
SIX = {"external_id", "key", "last_completed_at", "machine", "process_name", "started_at"}
PLAIN = r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}\.[0-9]{6}"
UUID4 = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
NO_LEASE = "00000000-0000-4000-8000-000000000000"


async def make(client: httpx.AsyncClient, name: str = "nightly", size: int = 2) -> None:
    answer = await client.post(P, json={"process_name": name, "key_set_size": size})
    assert answer.status_code == 201, answer.text


async def ask(client: httpx.AsyncClient, *, wait: float = 0, **more: Any) -> httpx.Response:
    body = {"process_name": "nightly", "machine": "m", **more}
    return await client.post(K, json=body, params={"wait": wait} if wait else {})


async def test_the_life_of_a_process_and_its_keys(client: httpx.AsyncClient) -> None:
    assert (await client.get(P)).json() == []
    made = await client.post(P, json={"process_name": "nightly", "key_set_size": 2})
    assert (made.status_code, made.headers["Location"]) == (201, f"{P}/nightly")
    shown = {"process_name": "nightly", "key_set_size": 2, "key_space_size": 2}
    assert made.json() == shown
    assert (await client.get(P)).json() == [{"process_name": "nightly", "key_set_size": 2}]
    got = await ask(client, machine="worker-1")
    key = got.json()
    assert got.status_code == 201
    assert set(key) == SIX | {"fence", "key_set_size", "expires_at", "checkpoint"}
    assert re.fullmatch(UUID4, key["external_id"])
    assert (key["key"], key["machine"], key["last_completed_at"]) == (0, "worker-1", None)
    assert re.fullmatch(PLAIN, key["started_at"])
    listed = (await client.get(f"{K}/nightly")).json()
    assert [set(each) for each in listed] == [SIX, SIX]
    assert listed[0] == {name: key[name] for name in SIX}
    nothing = {"external_id": None, "last_completed_at": None, "machine": None, "started_at": None}
    assert listed[1] == {**nothing, "key": 1, "process_name": "nightly"}
    assert_problem(await client.delete(f"{P}/nightly"), 409, "keys_in_use")
    ended = await client.delete(f"{K}/{key['external_id']}")
    assert (ended.status_code, ended.json()["outcome"]) == (200, "completed")
    assert re.fullmatch(PLAIN, ended.json()["last_completed_at"])
    assert_problem(await client.delete(f"{K}/{key['external_id']}"), 404, "key_not_held")
    rfc = (await client.get(f"{K}/nightly", params={"time": "rfc3339"})).json()[0]
    assert rfc["last_completed_at"] == ended.json()["last_completed_at"].replace(" ", "T") + "Z"
    removed = await client.delete(f"{P}/nightly")
    assert (removed.status_code, removed.json()) == (200, shown)
    assert_problem(await client.delete(f"{P}/nightly"), 404, "process_not_found")


async def test_what_is_not_there_is_a_404(client: httpx.AsyncClient) -> None:
    for answer in (
        await client.get(f"{P}/x"),
        await client.get(f"{K}/x"),
        await client.get(f"{P}/x/history"),
        await client.patch(f"{P}/x", json={"key_set_size": 1}),
        await ask(client),
    ):
        assert_problem(answer, 404, "process_not_found")
    for name in (NO_LEASE, "x", "ñ"):
        for answer in (
            await client.put(f"{K}/{name}"),
            await client.delete(f"{K}/{name}"),
            await client.put(f"{K}/{name}/checkpoint", content=b"1"),
        ):
            assert_problem(answer, 404, "key_not_held")


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ([], {""}),
        ({}, {"/process_name", "/key_set_size"}),
        ({"process_name": "a/b", "key_set_size": 0}, {"/process_name", "/key_set_size"}),
        ({"process_name": "batch_keys", "key_set_size": 10_001}, {"/process_name"}),
        ({"process_name": "a", "key_set_size": 10_001}, {"/key_set_size"}),
        ({"process_name": "a\n", "key_set_size": True}, {"/process_name", "/key_set_size"}),
        ({"process_name": "", "key_set_size": 1.5, "szie": 1}, {"/process_name", "/key_set_size", "/szie"}),
        ({"process_name": "x" * 201, "key_set_size": 1}, {"/process_name"}),
        ({"process_name": "..", "key_set_size": 1}, {"/process_name"}),
    ],
)
async def test_all_mistakes_of_a_process_are_told(client: httpx.AsyncClient, body: Any, pointers: set[str]) -> None:
    problem = assert_problem(await client.post(P, json=body), 422, "invalid_request")
    assert {error["pointer"] for error in problem["errors"]} == pointers
    assert (await client.get(P)).json() == []


async def test_bad_requests_for_keys_are_refused(client: httpx.AsyncClient) -> None:
    await make(client)
    assert_problem(await client.post(P, json={"process_name": "nightly", "key_set_size": 1}), 422, "process_exists")
    for more in ({"machine": ""}, {"machine": 1}, {"lease_seconds": 0}, {"lease_seconds": 1e9}, {"extra": 1}):
        assert_problem(await ask(client, **more), 422, "invalid_request")
    assert_problem(await client.post(K, content=b"{"), 400, "malformed_json")
    key = (await ask(client)).json()["external_id"]
    for query in ("outcome=lost", "force=maybe", "force=true&outcome=failed", "time=local"):
        assert_problem(await client.delete(f"{K}/{key}?{query}"), 400, "invalid_parameter")
    too_large = json.dumps("x" * 65_536)
    assert_problem(await client.put(f"{K}/{key}/checkpoint", content=too_large), 413, "body_too_large")
    for query in ("cursor=x", "limit=1001"):
        assert_problem(await client.get(f"{P}/nightly/history?{query}"), 400, "invalid_parameter")
    assert (await client.delete(f"{K}/{key}")).status_code == 200


@pytest.mark.parametrize("name", ["ação diária", "50%", "a?b#c&d=e+f", "日本", "x.y_z-1:2,(3)!", '"quoted"'])
async def test_names_of_many_kinds_work_percent_encoded(client: httpx.AsyncClient, name: str) -> None:
    made = await client.post(P, json={"process_name": name, "key_set_size": 1})
    assert (await client.get(made.headers["Location"])).json()["process_name"] == name
    path = made.headers["Location"].removeprefix(P)
    assert (await client.get(f"{K}{path}")).json()[0]["process_name"] == name
    assert (await client.get(f"{P}{path}/history")).json() == {"history": [], "cursor": None}
    assert (await client.delete(f"{P}{path}")).status_code == 200


async def test_a_checkpoint_expiry_failure_force_and_the_history(client: httpx.AsyncClient) -> None:
    await make(client, size=1)
    key = (await ask(client, lease_seconds=60)).json()
    renewed = (await client.put(f"{K}/{key['external_id']}", json={"lease_seconds": 600})).json()
    assert renewed["expires_at"] > key["expires_at"]
    kept = await client.put(f"{K}/{key['external_id']}/checkpoint", content=b'{"at": [1, null]}')
    assert kept.json()["checkpoint"] == {"at": [1, None]}
    failed = (await client.delete(f"{K}/{key['external_id']}?outcome=failed")).json()
    assert (failed["outcome"], failed["last_completed_at"]) == ("failed", None)
    second = (await ask(client)).json()
    assert (second["checkpoint"], second["fence"] > key["fence"]) == ({"at": [1, None]}, True)
    await client.delete(f"{K}/{second['external_id']}?force=true")
    history = (await client.get(f"{P}/nightly/history")).json()["history"]
    assert [lease["outcome"] for lease in history] == ["forced", "failed"]
    assert set(history[0]) == {"external_id", "key", "machine", "fence", "started_at", "ended_at", "outcome"}


async def test_sizes_change(client: httpx.AsyncClient) -> None:
    await make(client, size=2)
    for _ in range(2):
        await ask(client)
    answer = await client.patch(f"{P}/nightly?strict=true", json={"key_set_size": 1})
    assert assert_problem(answer, 409, "keys_in_use")["errors"][0]["detail"] == "key 1 is leased to `m`"
    shrunk = (await client.patch(f"{P}/nightly", json={"key_set_size": 1})).json()
    assert shrunk == {"process_name": "nightly", "key_set_size": 1, "key_space_size": 2}
    assert (await client.delete(f"{P}/nightly?force=true")).json() == shrunk


async def test_processes_come_in_pages(client: httpx.AsyncClient) -> None:
    for name in ("c", "a", "b"):
        await make(client, name)
    first = await client.get(P, params={"limit": 2})
    assert [process["process_name"] for process in first.json()] == ["a", "b"]
    second = await client.get(first.links["next"]["url"])
    assert [process["process_name"] for process in second.json()] == ["c"]
    assert "Link" not in second.headers


async def test_idempotency_keys_repeat_answers(client: httpx.AsyncClient) -> None:
    once = {"Idempotency-Key": "one"}
    new = {"process_name": "nightly", "key_set_size": 2}
    answers = [await client.post(P, json=new, headers=once) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[1].headers["Idempotency-Replayed"] == "true"
    other = await client.post(P, json={**new, "key_set_size": 3}, headers=once)
    assert_problem(other, 422, "idempotency_conflict")
    body = {"process_name": "nightly", "machine": "m"}
    first, again = [(await client.post(K, json=body, headers=once)).json() for _ in range(2)]
    assert first == again
    await client.delete(f"{K}/{first['external_id']}")
    anew = (await client.post(K, json=body, headers=once)).json()
    assert anew["external_id"] != first["external_id"]


async def test_waiting_and_clients_that_leave(client: httpx.AsyncClient) -> None:
    await make(client, size=1)
    key = (await ask(client)).json()["external_id"]
    assert_problem(await ask(client), 422, "no_keys_free")
    assert_problem(await ask(client, wait=0.1), 422, "no_keys_free")
    leaver = asyncio.create_task(ask(client, wait=20, machine="leaver"))
    await waiting(client, 1)
    stayer = asyncio.create_task(ask(client, wait=20, machine="stayer"))
    await waiting(client, 2)
    leaver.cancel()
    await waiting(client, 1)
    await client.delete(f"{K}/{key}")
    assert (await stayer).json()["machine"] == "stayer"


async def waiting(client: httpx.AsyncClient, count: int) -> None:
    async def told() -> bool:
        return bool((await client.get(f"{P}/nightly")).json()["waiting"] == count)

    await until_told(told, within=10)


async def test_a_removed_process_ends_its_waits(client: httpx.AsyncClient) -> None:
    await make(client, size=1)
    await ask(client)
    wait = asyncio.create_task(ask(client, wait=20))
    await waiting(client, 1)
    await client.delete(f"{P}/nightly?force=true")
    async with asyncio.timeout(5):
        assert_problem(await wait, 404, "process_not_found")


async def test_tenants_see_their_own_only(
    start_server: StartServer, store: JobStore, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("keys") / "keys.json"
    path.write_text(
        json.dumps({name: {"sha256": hashlib.sha256(name.encode()).hexdigest()} for name in ("ana", "bia")})
    )
    server = start_server(SPEEDY_API_KEYS=str(path))
    async with (
        httpx.AsyncClient(base_url=server.url, timeout=20, headers={"Authorization": "Bearer ana"}) as ana,
        httpx.AsyncClient(base_url=server.url, timeout=20, headers={"Authorization": "Bearer bia"}) as bia,
    ):
        await make(ana, size=1)
        assert (await bia.get(P)).json() == []
        assert_problem(await bia.get(f"{K}/nightly"), 404, "process_not_found")
        key = (await ask(ana)).json()["external_id"]
        await make(bia, size=3)
        for call in (bia.delete(f"{K}/{key}"), bia.put(f"{K}/{key}"), bia.delete(f"{K}/{key}?force=true")):
            assert_problem(await call, 404, "key_not_held")
        assert (await ana.delete(f"{K}/{key}")).status_code == 200
