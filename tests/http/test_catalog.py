from __future__ import annotations

import httpx

from functions import catalog
from tests.http.conftest import assert_problem


async def test_the_functions_are_listed_with_their_summaries(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/functions")).json()["functions"]
    assert [item["name"] for item in listed] == [function.name for function in catalog.load()]
    assert all(item["summary"] and item["group"] and item["example"] for item in listed)


async def test_each_function_is_shown_with_its_arguments_as_json_schema(client: httpx.AsyncClient) -> None:
    for function in catalog.load():
        shown = (await client.get(f"/functions/{function.name}")).json()
        assert shown == function.to_json()
        assert shown["parameters"]["type"] == "object"


async def test_an_unknown_function_is_a_404_with_a_near_name(client: httpx.AsyncClient) -> None:
    problem = assert_problem(await client.get("/functions/tke"), 404, "function_not_found")
    assert problem["hint"] == "did you mean `take`?"
    assert_problem(await client.get("/functions/" + "x" * 2000), 404, "function_not_found")
    assert_problem(await client.get("/functions/__class__"), 404, "function_not_found")


async def test_a_problems_type_leads_to_its_meaning(client: httpx.AsyncClient) -> None:
    problem = (await client.get("/functions/tke")).json()
    meaning = await client.get(problem["type"])
    assert meaning.json() == {"code": "function_not_found", "title": problem["title"], "status": 404}
    assert_problem(await client.get("/problems/nonsense"), 404, "not_found")
