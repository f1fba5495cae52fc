# ruff: noqa: E501  # tables of mistakes read best with a line a row
"""Stored job templates over HTTP: storing, versions, removal."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx
import pytest

from server.jobs.store import JobStore
from tests.http.conftest import STEPS, StartServer, assert_problem
from tests.http.templates import PATH, ROWS, TEMPLATE, faults, put, stored, with_steps

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
        (with_steps(*STEPS, p={"type": "text"}), "/parameters/p/type", "one of string", None),
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
        (with_steps(["load_rdd", {"parameter": "f"}], ["take", -1], f=PATH), "/steps/1/1", "at least", None),
        (with_steps(["load_rdd", {"parameter": "f"}, 1], f=PATH), "/steps/0/2", "one argument too many", None),
        (with_steps(["load_rdd", {"parameter": "f"}], ["take", {"parameter": "f"}], f=PATH), "/steps/1/1", "is declared as string", None),
        (with_steps(["take", {"parameter": "f"}], f=ROWS), "/steps/0", "no earlier step produced", None),
        (with_steps(["load_rdd", {"parameter": "f"}], f={**PATH, "default": "/etc/passwd"}), "/parameters/f/default", "at /steps/0/1", None),
        (with_steps(["load_rdd", {"literal": 5}]), "/steps/0/1/literal", "must be text", None),
        ({"steps": STEPS, "options": {"priorty": "low"}}, "/options/priorty", "no option", "`priority`?"),
        ({"steps": STEPS, "options": {"max_attempts": 99}}, "/options/max_attempts", "must be at most 10", None),
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


async def test_two_writers_at_once_get_two_versions(client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(put(client, {**TEMPLATE, "description": str(each)}) for each in range(20)))
    assert sorted(answer.json()["version"] for answer in answers) == list(range(1, 21))
    same = await asyncio.gather(*(put(client) for _ in range(20)))
    assert sorted(answer.status_code for answer in same) == [200] * 19 + [201]
