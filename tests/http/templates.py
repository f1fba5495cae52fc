"""Stored job templates over HTTP, as tests store and use them."""

from __future__ import annotations

from typing import Any

import httpx

from tests.http.conftest import assert_problem

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
