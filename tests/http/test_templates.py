# ruff: noqa: E501  # tables of mistakes read best with a line a row
"""Stored job templates over HTTP: storing, versions, use, removal, and the check of all."""

from __future__ import annotations

import asyncio
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

ROWS: dict[str, Any] = {"type": "integer", "default": 5, "minimum": 1}
PATH: dict[str, Any] = {"type": "string", "description": "what to read"}
TEMPLATE: dict[str, Any] = {
    "description": "the first rows",
    "parameters": {"path": PATH, "rows": ROWS},
    "steps": [["load_rdd", {"parameter": "path"}], {"function": "take", "amount": {"parameter": "rows"}}],
    "options": {"name": {"text": ["first ", {"parameter": "rows"}, " rows"]}, "priority": "low", "tags": ["a"]},
}


async def put(client: httpx.AsyncClient, body: Any = TEMPLATE, name: str = "first", **query: Any) -> httpx.Response:
    return await client.put(f"/templates/{name}", json=body, params=query)


async def stored(client: httpx.AsyncClient, body: Any = TEMPLATE, name: str = "first") -> dict[str, Any]:
    answer = await put(client, body, name)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def faults(answer: httpx.Response) -> dict[str, str]:
    """Details by pointer."""
    return {error["pointer"]: error["detail"] for error in assert_problem(answer, 422, "invalid_request")["errors"]}


async def hints(answer: httpx.Response) -> dict[str, str | None]:
    found = assert_problem(answer, 422, "invalid_request")["errors"]
    return {error["pointer"]: error.get("hint") for error in found}


def with_steps(*steps: Any, **parameters: Any) -> dict[str, Any]:
    return {"parameters": parameters, "steps": list(steps)}


async def use(client: httpx.AsyncClient, template: str = "first", **more: Any) -> httpx.Response:
    return await client.post("/jobs/submit", json={"template": template, **more})


# -- storing


@pytest.mark.parametrize("name", ["a%20b", "a@1", "x" * 101, "é", "a:b"])
async def test_a_name_that_none_may_have_is_refused(client: httpx.AsyncClient, name: str) -> None:
    assert_problem(await put(client, name=name), 400, "invalid_parameter")
    assert_problem(await client.get(f"/templates/{name}"), 404, "template_not_found")


@pytest.mark.parametrize(
    ("body", "pointer", "detail", "hint"),
    [
        ([], "", "must be an object", "such as"),
        ({}, "", "needs the member `steps`", None),
        ({"step": [], "steps": STEPS}, "/step", "there is no member `step`", "did you mean `steps`?"),
        ({"steps": {}}, "/steps", "must be a list", None),
        ({"steps": []}, "/steps", "at least one step", None),
        (with_steps(*STEPS, p={**PATH, "typ": "string"}), "/parameters/p/typ", "no member `typ`", "`type`?"),
        (with_steps(*STEPS, p={"type": "text"}), "/parameters/p/type", "'string'", None),
        (with_steps(*STEPS, p=5), "/parameters/p", "must be an object", "such as"),
        (with_steps(*STEPS, **{"a b": ROWS}), "/parameters/a b", "is no name of a parameter", None),
        (with_steps(*STEPS, p={**ROWS, "default": "5"}), "/parameters/p/default", "must be an integer", None),
        (with_steps(*STEPS, p={**ROWS, "default": True}), "/parameters/p/default", "not true or false", None),
        (with_steps(*STEPS, p={**ROWS, "default": 0}), "/parameters/p/default", "at least 1", None),
        (with_steps(*STEPS, p={**PATH, "minimum": 1}), "/parameters/p/minimum", "goes with an integer", None),
        (with_steps(*STEPS, p={**ROWS, "max_length": 1}), "/parameters/p/max_length", "goes with a string", None),
        (with_steps(*STEPS, p={**ROWS, "maximum": 0}), "/parameters/p/maximum", "is less than `minimum`", None),
        (with_steps(*STEPS, p={**PATH, "enum": ["a", 1]}), "/parameters/p/enum/1", "must be a string", None),
        (with_steps(STEPS[0], ["take", {"parameter": "rws"}], rows=ROWS), "/steps/1/1", "no parameter `rws`", "`rows`?"),
        (with_steps(STEPS[0], ["take", {"parameter": 5}]), "/steps/1/1", "by the name of a parameter", "literal"),
        (with_steps([{"parameter": "f"}, 5], f=PATH), "/steps/0/0", "cannot be a parameter", "literal"),
        (with_steps({"function": {"parameter": "f"}}, f=PATH), "/steps/0/function", "cannot be a parameter", None),
        (with_steps({"parameter": "f"}, f=PATH), "/steps/0", "cannot be a parameter", None),
        ({"steps": {"parameter": "f"}, "parameters": {"f": {"type": "list"}}}, "/steps", "cannot be a parameter", None),
        (with_steps(["load_rdd", {"text": ["a", {"parameter": "f"}]}], f={"type": "list"}), "/steps/0/1", "strings", None),
        (with_steps(["load_rdd", {"text": [7, {"parameter": "f"}]}], f=PATH), "/steps/0/1", "texts and param", None),
        (with_steps(["load_rd", {"parameter": "f"}], f=PATH), "/steps/0/0", "no function `load_rd`", "`load_rdd`?"),
        (with_steps(["load_rdd", {"parameter": "f"}], ["take"], f=PATH), "/steps/1", "needs the argument", None),
        (with_steps(["load_rdd", {"parameter": "f"}], ["take", -1], f=PATH), "/steps/1/1", "greater than", None),
        (with_steps(["load_rdd", {"parameter": "f"}, 1], f=PATH), "/steps/0/2", "one argument too many", None),
        (with_steps(["load_rdd", {"parameter": "f"}], ["take", {"parameter": "f"}], f=PATH), "/steps/1/1", "is declared as string", None),
        (with_steps(["take", {"parameter": "f"}], f=ROWS), "/steps/0", "no earlier step produced", None),
        (with_steps(["load_rdd", {"parameter": "f"}], f={**PATH, "default": "/etc/passwd"}), "/parameters/f/default", "at /steps/0/1", None),
        (with_steps(["load_rdd", {"literal": 5}]), "/steps/0/1/literal", "valid string", None),
        ({"steps": STEPS, "options": {"priorty": "low"}}, "/options/priorty", "no option", "`priority`?"),
        ({"steps": STEPS, "options": {"max_attempts": 99}}, "/options/max_attempts", "less than", None),
        ({"steps": STEPS, "options": {"webhook": {"secret": "hunter2"}}}, "/options/webhook", "secret", "submission"),
        ({"steps": STEPS, "options": {"s3": {"aws_secret_access_key": "hunter2"}}}, "/options/s3/aws_secret_access_key", "credential", "submission"),
        ({"steps": STEPS, "options": {"s3": {"parameter": "p"}}, "parameters": {"p": {"type": "object"}}}, "/options/s3", "credentials", None),
        ({"steps": STEPS, "options": {"s3": {"literal": {"aws_session_token": "hunter2"}}}}, "/options/s3", "credentials", None),
        ({"steps": STEPS, "options": {"s3": {"endpoint_url": "http://evil.example"}}}, "/options/s3/endpoint_url", "is none that", None),
        ({"steps": [["load_rdd", list(range(20_001))]]}, "/steps", "20000 values", None),
    ],
)  # fmt: skip
async def test_a_template_with_a_mistake_is_not_stored(
    client: httpx.AsyncClient, body: Any, pointer: str, detail: str, hint: str | None
) -> None:
    answer = await put(client, body)
    found = assert_problem(answer, 422, "invalid_request")
    assert "hunter2" not in answer.text
    assert [error["pointer"] for error in found["errors"]] == [pointer], found
    assert detail in found["errors"][0]["detail"]
    assert (hint or "") in (found["errors"][0].get("hint") or "")
    assert_problem(await client.get("/templates/first"), 404, "template_not_found")


async def test_a_body_that_is_no_json_or_too_large_is_refused(client: httpx.AsyncClient) -> None:
    assert_problem(await client.put("/templates/first", content=b"{"), 400, "malformed_json")
    assert_problem(await client.put("/templates/first", content=b" " * 1_048_577), 413, "body_too_large")


async def test_all_mistakes_are_told_at_once(client: httpx.AsyncClient) -> None:
    body = with_steps(["load_rdd", {"parameter": "path"}], ["take", "x"], ["tkae", 1], path=PATH)
    assert set(await faults(await put(client, {**body, "options": {"tags": 5}}))) == {
        "/steps/1/1",
        "/steps/2/0",
        "/options/tags",
    }


@pytest.mark.parametrize(
    "body",
    [
        with_steps(["load_rdd", {"parameter": "p"}], ["take", 1], p=PATH),
        with_steps(["load_rdd", {"text": ["s3://", {"parameter": "p"}, "/x"]}], ["take", 1], p=PATH),
        with_steps(["load_rdd", {"parameter": "p"}], ["take", {"parameter": "n"}], p=PATH, n={"type": "number"}),
        with_steps(
            ["load_rdd", "README.md"],
            ["jsonify"],
            ["split_into_tables", {"parameter": "parts"}],
            ["group_by_table", ["people"]],
            ["flatten_tables", {"people": {"address": {"city": ["city"]}}}],
            parts={"type": "object"},
        ),
    ],
)
async def test_faults_that_only_a_made_up_value_causes_are_not_told(client: httpx.AsyncClient, body: Any) -> None:
    answer = await put(client, body)
    pointers = [] if answer.status_code == 201 else [(e["pointer"], e["detail"]) for e in answer.json()["errors"]]
    # Whatever the steps need beside, no fault stands where a parameter stands, or comes of one.
    assert not pointers, pointers


async def test_a_parameter_that_stands_nowhere_is_a_warning(client: httpx.AsyncClient) -> None:
    answer = await put(client, {"parameters": {"path": PATH}, "steps": STEPS})
    assert answer.status_code == 201
    assert answer.json()["warnings"] == ["the parameter `path` stands nowhere in the template"]
    assert (await put(client)).json()["warnings"] == []


async def test_versions_count_up_and_the_same_content_is_the_same_version(client: httpx.AsyncClient) -> None:
    first = await put(client)
    assert (first.status_code, first.headers["Location"]) == (201, "/templates/first@1")
    record = first.json()
    assert {name: record[name] for name in TEMPLATE} == TEMPLATE
    assert (record["name"], record["version"]) == ("first", 1)
    assert re.fullmatch(r"[0-9]{4}-[0-9-]{5}T[0-9:.]{12}Z", record["created"])
    reordered = dict(reversed(TEMPLATE.items()))
    again = await put(client, {**reordered, "options": {**TEMPLATE["options"], "timeout_seconds": None}})
    assert (again.status_code, again.headers["Location"]) == (200, "/templates/first@1")
    assert again.json() == record
    second = await stored(client, {**TEMPLATE, "description": "changed"})
    assert (second["version"], second["fingerprint"] == record["fingerprint"]) == (2, False)
    assert (await stored(client))["version"] == 3
    del record["warnings"]
    assert (await client.get("/templates/first@1")).json() == record
    assert (await client.get("/templates/first@2")).json()["description"] == "changed"
    assert (await client.get("/templates/first")).json()["version"] == 3
    assert (await client.head("/templates/first")).status_code == 200


async def test_an_expected_version_keeps_two_writers_apart(client: httpx.AsyncClient) -> None:
    assert_problem(await put(client, expected_version=1), 409, "template_changed")
    assert_problem(await put(client, expected_version="one"), 400, "invalid_parameter")
    assert (await put(client, expected_version=0)).status_code == 201
    changed = {**TEMPLATE, "description": "changed"}
    assert_problem(await put(client, changed, expected_version=0), 409, "template_changed")
    assert (await put(client, changed, expected_version=1)).status_code == 201
    assert (await put(client, changed, expected_version=1)).status_code == 200  # its answer was lost


async def test_templates_and_their_versions_are_listed_in_pages(client: httpx.AsyncClient) -> None:
    assert (await client.get("/templates")).json() == {"templates": [], "cursor": None}
    for name in ("c", "a", "b"):
        await stored(client, name=name)
    await stored(client, {**TEMPLATE, "description": "changed"}, name="b")
    assert_problem(await client.get("/templates", params={"cursor": "é"}), 400, "invalid_parameter")
    assert_problem(await client.get("/templates", params={"limit": 0}), 400, "invalid_parameter")
    page = (await client.get("/templates", params={"limit": 2})).json()
    assert [(each["name"], each["version"]) for each in page["templates"]] == [("a", 1), ("b", 2)]
    assert set(page["templates"][0]) == {"name", "version", "created", "fingerprint"}
    rest = (await client.get("/templates", params={"cursor": page["cursor"]})).json()
    assert ([each["name"] for each in rest["templates"]], rest["cursor"]) == (["c"], None)
    assert_problem(await client.get("/templates/bb/versions"), 404, "template_not_found")
    assert_problem(await client.get("/templates/b@1/versions"), 404, "template_not_found")
    assert_problem(await client.get("/templates/b/versions", params={"cursor": "x"}), 400, "invalid_parameter")
    page = (await client.get("/templates/b/versions", params={"limit": 1})).json()
    assert [each["version"] for each in page["versions"]] == [2]
    rest = (await client.get("/templates/b/versions", params={"cursor": page["cursor"]})).json()
    assert ([each["version"] for each in rest["versions"]], rest["cursor"]) == ([1], None)


async def test_what_there_is_none_of_is_told_with_a_near_name(client: httpx.AsyncClient) -> None:
    await stored(client)
    assert (
        assert_problem(await client.get("/templates/frist"), 404, "template_not_found")["hint"]
        == "did you mean `first`?"
    )
    assert (
        assert_problem(await client.get("/templates/first@2"), 404, "template_not_found")["hint"] == "its latest is 1"
    )
    assert_problem(await client.delete("/templates/frist"), 404, "template_not_found")
    assert_problem(await client.delete("/templates/first@7"), 404, "template_not_found")


async def test_removing_a_version_and_a_template(client: httpx.AsyncClient) -> None:
    for description in "abc":
        await stored(client, {**TEMPLATE, "description": description})
    assert (await client.delete("/templates/first@3")).json() == {"name": "first", "deleted": [3]}
    assert (await client.get("/templates/first")).json()["version"] == 2
    assert (await stored(client))["version"] == 4
    assert (await client.delete("/templates/first")).json() == {"name": "first", "deleted": [1, 2, 4]}
    assert_problem(await client.delete("/templates/first"), 404, "template_not_found")
    assert (await client.get("/templates")).json()["templates"] == []
    # A name of a version never means two things: jobs tell which they came of.
    assert (await stored(client))["version"] == 5


async def test_the_limits_are_told(start_server: StartServer, store: JobStore) -> None:
    server = start_server(SPEEDY_TEMPLATES_MAX="1", SPEEDY_TEMPLATE_VERSIONS_MAX="1")
    async with httpx.AsyncClient(base_url=server.url, timeout=20) as client:
        await stored(client)
        found = assert_problem(await put(client, name="second"), 422, "too_many_templates")
        assert "SPEEDY_TEMPLATES_MAX" in found["hint"]
        found = assert_problem(await put(client, {"steps": STEPS}), 422, "too_many_templates")
        assert "SPEEDY_TEMPLATE_VERSIONS_MAX" in found["hint"]
        assert (await put(client)).status_code == 200


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


async def test_two_writers_at_once_get_two_versions(client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(put(client, {**TEMPLATE, "description": str(each)}) for each in range(20)))
    assert sorted(answer.json()["version"] for answer in answers) == list(range(1, 21))
    same = await asyncio.gather(*(put(client) for _ in range(20)))
    assert sorted(answer.status_code for answer in same) == [200] * 19 + [201]


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
