# ruff: noqa: E501  # tables of mistakes read best with a line a row
"""Stored job templates over HTTP: use, the check of all, whose they are."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis

from server.jobs.store import JobStore
from server.redis_connection import connect
from server.templates.store import KEYS
from tests.http.conftest import PROJECT, STEPS, StartServer, assert_problem
from tests.http.templates import PATH, TEMPLATE, faults, put, stored, use, with_steps

# -- use


@pytest.mark.parametrize(
    ("body", "pointer", "detail", "hint"),
    [
        ({"template": "frist"}, "/template", "there is no template `frist`", "did you mean `first`?"),
        ({"template": "first@2"}, "/template", "has no version 2", "its latest is 1"),
        ({"template": "first@"}, "/template", "names no template", "such as"),
        ({"template": "../jobs"}, "/template", "names no template", "such as"),
        ({"template": 5}, "/template", "must be text", "such as"),
        ({"template": "first", "steps": STEPS}, "/steps", "does not go with `template`", "one of the two"),
        ({"template": "first", "parameters": []}, "/parameters", "must be an object", "such as"),
        ({"template": "first", "paramters": {}}, "/paramters", "no member", "`parameters`?"),
        ({"steps": STEPS, "parameters": {}}, "/parameters", "goes with `template` only", "template"),
        ({"template": "first"}, "/parameters", "needs the parameter `path`", "what to read"),
        ({"template": "first", "parameters": {"path": 5}}, "/parameters/path", "must be a string, not an integer", "read"),
        ({"template": "first", "parameters": {"path": "README.md", "row": 1}}, "/parameters/row", "no parameter `row`", "`rows`?"),
        ({"template": "first", "parameters": {"path": "README.md", "rows": 0}}, "/parameters/rows", "at least 1", ""),
        ({"template": "first", "parameters": {"path": "README.md", "rows": 1.5}}, "/parameters/rows", "must be an integer", ""),
        ({"template": "first", "parameters": {"path": "README.md", "rows": None}}, "/parameters/rows", "not null", ""),
        ({"template": "first", "parameters": {"path": "README.md", "rows": 2**40}}, "/parameters/rows", "at /steps/1/amount of the template `first@1`", ""),
        ({"template": "first", "parameters": {"path": "/etc/passwd"}}, "/parameters/path", "at /steps/0/1", ""),
        ({"template": "first", "parameters": {"path": {"literal": "x"}}}, "/parameters/path", "must be a string", ""),
        ({"template": "first", "parameters": {"path": "README.md"}, "options": {"nme": "x"}}, "/options/nme", "no option", "`name`?"),
        ({"template": "first", "parameters": {"path": "README.md"}, "options": 5}, "/options", "must be an object", ""),
    ],
)  # fmt: skip
@pytest.mark.parametrize("route", ["submit", "validate"])
async def test_a_wrong_use_is_refused(
    client: httpx.AsyncClient, route: str, body: Any, pointer: str, detail: str, hint: str
) -> None:
    await stored(client)
    answer = await client.post(f"/jobs/{route}", json=body)
    found = assert_problem(answer, 422, "invalid_request")["errors"]
    assert [error["pointer"] for error in found] == [pointer], found
    assert detail in found[0]["detail"]
    assert hint in (found[0].get("hint") or "")
    assert (await client.get("/jobs")).json()["jobs"] == []


async def test_all_that_is_wrong_with_a_use_is_told_at_once(client: httpx.AsyncClient) -> None:
    answer = await use(client, "none", steps=STEPS, parameters=5, more=1)
    assert set(await faults(answer)) == {"/template", "/steps", "/parameters", "/more"}
    await stored(client)
    answer = await use(client, parameters={"rows": "x", "rwos": 1})
    assert set(await faults(answer)) == {"/parameters", "/parameters/rows", "/parameters/rwos"}


async def test_faults_of_the_templates_own_steps_and_of_composed_texts_have_their_places(
    client: httpx.AsyncClient,
) -> None:
    body = with_steps(
        ["load_rdd", {"text": [{"parameter": "folder"}, "/", {"parameter": "file"}]}],
        ["take", {"parameter": "rows"}],
        folder=PATH,
        file={**PATH, "default": "x"},
        rows={"type": "integer"},
    )
    await stored(client, body)
    found = await faults(await use(client, parameters={"folder": "/etc", "rows": -1}))
    assert set(found) == {"/parameters", "/parameters/rows"}
    assert "(`folder`, `file` together, at /steps/0/1 of the template `first@1`)" in found["/parameters"]


async def test_a_job_of_a_template_shows_it_and_its_real_steps(client: httpx.AsyncClient) -> None:
    await stored(client, {**TEMPLATE, "description": "old"})
    await stored(client)
    body = {"template": "first@1", "parameters": {"path": "README.md"}}
    checked = (await client.post("/jobs/validate", json=body)).json()
    assert (checked["valid"], checked["template"]) == (True, "first@1")
    assert checked["steps"][1] == {"function": "take", "arguments": {"amount": 5}}
    answer = await use(client, parameters={"path": "README.md", "rows": 2}, options={"priority": "high", "tags": []})
    assert answer.status_code == 201
    job = (await client.get(answer.headers["Location"])).json()
    assert job["template"] == "first@2"
    assert job["steps"] == [["load_rdd", "README.md"], {"function": "take", "amount": 2}]
    assert (job["name"], job["priority"], job["tags"]) == ("first 2 rows", "high", [])
    plain = await client.post("/jobs/submit", json={"steps": STEPS})
    assert (await client.get(plain.headers["Location"])).json()["template"] is None
    await client.delete("/templates/first")
    assert (await client.get(answer.headers["Location"])).json()["state"] == "QUEUED"


async def test_values_and_literals_are_not_looked_into(client: httpx.AsyncClient) -> None:
    shape = {"parameter": "path", "enum": 1}
    parts = {"parts": {"type": "object", "default": {"t": {"fields": ["parameter"]}}}}
    body = with_steps(
        ["load_rdd", "README.md"],
        ["jsonify"],
        ["split_into_tables", {"parameter": "parts"}],
        **parts,
    )
    answer = await put(client, body)
    assert answer.status_code == 201, (answer.text, shape)
    inner = {"parameter": {"fields": ["x"]}}
    made = await use(client, parameters={"parts": inner})
    assert made.status_code == 201, made.text
    assert (await client.get(made.headers["Location"])).json()["steps"][2] == ["split_into_tables", inner]
    literal = with_steps(["load_rdd", "README.md"], ["jsonify"], ["split_into_tables", {"literal": inner}])
    await stored(client, literal)
    made = await use(client)
    assert made.status_code == 201, made.text
    assert (await client.get(made.headers["Location"])).json()["steps"][2] == ["split_into_tables", inner]


async def test_credentials_come_with_the_use_and_join_what_the_template_says_of_s3(
    client: httpx.AsyncClient, store: JobStore
) -> None:
    await stored(client, {"steps": STEPS, "options": {"s3": {"region": "sa-east-1"}}})
    found = await faults(await use(client, options={"s3": {"aws_access_key_id": "AKIA"}}))
    assert set(found) == {"/options/s3/aws_secret_access_key"}
    made = await use(client, options={"s3": {"aws_access_key_id": "AKIA", "aws_secret_access_key": "hunter2"}})
    assert made.status_code == 201, made.text
    job = await client.get(made.headers["Location"])
    assert "hunter2" not in job.text
    assert job.json()["options"]["s3"] == "set"
    claim = await store.claim("a-runner", "nonce", lease_seconds=60)
    assert claim is not None
    assert claim.secrets == {"region": "sa-east-1", "aws_access_key_id": "AKIA", "aws_secret_access_key": "hunter2"}


async def test_a_large_value_in_many_places_is_refused(client: httpx.AsyncClient) -> None:
    everywhere = {"text": [{"parameter": "path"}] * 2000}
    await stored(client, with_steps(["load_rdd", everywhere], ["take", 1], path=PATH))
    assert "too large" in (await faults(await use(client, parameters={"path": "x" * 10_000})))["/parameters"]


async def test_an_idempotency_key_covers_template_and_parameters(client: httpx.AsyncClient) -> None:
    await stored(client)
    headers = {"Idempotency-Key": "once"}
    body = {"template": "first", "parameters": {"path": "README.md"}}
    first = await client.post("/jobs/submit", json=body, headers=headers)
    assert first.status_code == 201
    other = {**body, "parameters": {"path": "README.md", "rows": 1}}
    assert_problem(await client.post("/jobs/submit", json=other, headers=headers), 422, "idempotency_conflict")
    await client.delete("/templates/first")  # what was filed was filed
    again = await client.post("/jobs/submit", json=body, headers=headers)
    assert (again.status_code, again.json(), again.headers["Idempotency-Replayed"]) == (201, first.json(), "true")
    assert set(await faults(await client.post("/jobs/submit", json=body))) == {"/template"}


# -- the check of all


@pytest.fixture
async def redis(redis_url: str) -> Any:
    redis = connect(redis_url)
    yield redis
    await redis.aclose()


async def change(redis: Redis, name: str, version: int, old: str, new: str) -> None:
    """As if the catalog had changed: the stored text names what is there no more."""
    key = "speedy:" + KEYS["contents"].replace("{id}", f"default:{name}")
    text = await redis.hget(key, str(version))  # type: ignore[misc]
    assert text is not None
    assert old in text
    await redis.hset(key, str(version), text.replace(old, new))  # type: ignore[misc]


async def test_the_check_of_all_lists_what_breaks(client: httpx.AsyncClient, redis: Redis) -> None:
    assert (await client.post("/catalog/check")).json() == {"templates": 0, "broken": [], "cursor": None}
    for name in ("a", "b"):
        for description in "xyz":
            await stored(client, {**TEMPLATE, "description": description}, name=name)
    assert (await client.post("/catalog/check")).json() == {"templates": 6, "broken": [], "cursor": None}
    await change(redis, "b", 2, '"take"', '"take_rows"')
    found = (await client.post("/catalog/check")).json()
    assert (found["templates"], found["cursor"]) == (6, None)
    assert [each["template"] for each in found["broken"]] == ["b@2"]
    (error,) = found["broken"][0]["errors"]
    assert (error["pointer"], error["detail"]) == ("/steps/1/function", "there is no function `take_rows`")
    counts, broken, cursor = [], [], None
    while cursor is not None or not counts:
        page = (
            await client.post("/catalog/check", params={"limit": 4, **({"cursor": cursor} if cursor else {})})
        ).json()
        counts.append(page["templates"])
        broken += page["broken"]
        cursor = page["cursor"]
    assert (counts, [each["template"] for each in broken]) == ([4, 2], ["b@2"])
    assert_problem(await client.post("/catalog/check", params={"cursor": "YQ"}), 400, "invalid_parameter")


# -- whose


async def test_a_template_belongs_to_its_key(
    start_server: StartServer, store: JobStore, tmp_path_factory: pytest.TempPathFactory
) -> None:
    keys = {name: {"sha256": hashlib.sha256(name.encode()).hexdigest()} for name in ("ana", "bia")}
    path = tmp_path_factory.mktemp("keys") / "keys.json"
    path.write_text(json.dumps(keys))
    server = start_server(SPEEDY_API_KEYS=str(path))
    async with (
        httpx.AsyncClient(base_url=server.url, timeout=20) as nobody,
        httpx.AsyncClient(base_url=server.url, timeout=20, headers={"Authorization": "Bearer ana"}) as ana,
        httpx.AsyncClient(base_url=server.url, timeout=20, headers={"Authorization": "Bearer bia"}) as bia,
    ):
        assert_problem(await put(nobody), 401, "api_key_needed")
        await stored(ana)
        assert_problem(await bia.get("/templates/first"), 404, "template_not_found")
        assert "first" not in (await bia.get("/templates/firs")).json().get("hint", "")
        assert_problem(await bia.delete("/templates/first"), 404, "template_not_found")
        assert (await bia.get("/templates")).json()["templates"] == []
        assert set(await faults(await use(bia, parameters={"path": "README.md"}))) == {"/template"}
        assert (await bia.post("/catalog/check")).json()["templates"] == 0
        assert (await stored(bia, {"steps": STEPS}))["version"] == 1
        assert (await use(ana, parameters={"path": "README.md"})).status_code == 201


async def test_the_examples_of_the_documentation_work(client: httpx.AsyncClient) -> None:
    page = (PROJECT / "docs" / "http-api.md").read_text()
    (example,) = re.findall(r'```json\n(\{"description".*?)```', page, re.DOTALL)
    stored_one = await stored(client, json.loads(example), "daily")
    assert stored_one["warnings"] == []
    made = await use(client, "daily", parameters={"day": "2026-01-31"})
    assert (await client.get(made.headers["Location"])).json()["steps"] == [
        ["load_rdd", "s3://lake/2026-01-31/*.json"],
        ["take", 5],
    ]
    readme = (PROJECT / "README.md").read_text()
    (name, template) = re.findall(r"-X PUT localhost:8000/templates/(\S+) -d '(.*?)'", readme, re.DOTALL)[0]
    await stored(client, json.loads(template), name)
    (submission,) = re.findall(r"""-d '(\{"template".*?)'""", readme)
    assert (await client.post("/jobs/submit", json=json.loads(submission))).status_code == 201
