from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from server.jobs.job import Reason
from server.jobs.store import Claim, JobStore, Outcome
from tests.http.conftest import Server, assert_problem, claim, finish, submit

ROWS: list[Any] = [{"n": n, "text": "ñ\u2028"} for n in range(250)]
NDJSON = {"Accept": "application/x-ndjson"}


def write(server: Server, found: Claim, name: str, rows: list[Any]) -> bytes:
    """Plays the runner: writes a file of the attempt."""
    folder = server.state_folder / "jobs" / found.job.id / f"{found.fence}-{found.nonce}"
    folder.mkdir(parents=True, exist_ok=True)
    raw = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    (folder / name).write_bytes(raw)
    return raw


@pytest.fixture
async def done(client: httpx.AsyncClient, store: JobStore, server: Server) -> str:
    """A DONE job with 250 rows, and 1 reject."""
    job_id = await submit(client)
    found = await claim(store)
    raw = write(server, found, "result.jsonl", ROWS)
    write(server, found, "rejects.jsonl", [{"step": 1, "function": "jsonify", "reason": "not JSON", "line": "{"}])
    result = {"rows": len(ROWS), "bytes": len(raw), "truncated": False}
    await finish(store, found, Outcome(rejects=1, result=result))
    return job_id


async def test_the_rows_come_page_by_page(client: httpx.AsyncClient, done: str) -> None:
    rows: list[Any] = []
    params: dict[str, Any] = {"limit": 100}
    while True:
        page = (await client.get(f"/jobs/{done}/result", params=params)).json()
        assert (page["total"], page["truncated"]) == (250, False)
        rows += page["rows"]
        if page["cursor"] is None:
            break
        params["cursor"] = page["cursor"]
    assert rows == ROWS


async def test_all_rows_stream_as_json_lines(client: httpx.AsyncClient, done: str) -> None:
    answer = await client.get(f"/jobs/{done}/result", headers=NDJSON)
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    # Not splitlines(): U+2028 is a line end to it.
    assert [json.loads(line) for line in answer.text.split("\n")[:-1]] == ROWS
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    head = await client.head(f"/jobs/{done}/result", headers=NDJSON)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == answer.headers["Content-Length"]


async def test_rejects_come_as_pages_and_as_lines(client: httpx.AsyncClient, done: str) -> None:
    reject = {"step": 1, "function": "jsonify", "reason": "not JSON", "line": "{"}
    page = (await client.get(f"/jobs/{done}/rejects")).json()
    assert page == {"rows": [reject], "cursor": None, "total": 1, "truncated": False}
    answer = await client.get(f"/jobs/{done}/rejects", headers=NDJSON)
    assert [json.loads(line) for line in answer.text.split("\n")[:-1]] == [reject]


async def test_before_the_end_nothing_is_ready(client: httpx.AsyncClient, store: JobStore) -> None:
    job_id = await submit(client)
    for path in ("result", "rejects"):
        assert_problem(await client.get(f"/jobs/{job_id}/{path}"), 409, "not_ready")
    await claim(store)
    for path in ("result", "rejects"):
        assert_problem(await client.get(f"/jobs/{job_id}/{path}", headers=NDJSON), 409, "not_ready")


@pytest.mark.parametrize("path", ["result", "rejects"])
async def test_rows_may_be_waited_for(client: httpx.AsyncClient, store: JobStore, server: Server, path: str) -> None:
    job_id = await submit(client)
    assert_problem(await client.get(f"/jobs/{job_id}/{path}", params={"wait": 0.2}), 409, "not_ready")
    wait = asyncio.create_task(client.get(f"/jobs/{job_id}/{path}", params={"wait": 15}))
    found = await claim(store)
    await client.get(f"/jobs/{job_id}", params={"wait": 0.1})
    assert not wait.done()
    raw = write(server, found, f"{path}.jsonl", ROWS[:2])
    await finish(store, found, Outcome(rejects=2, result={"rows": 2, "bytes": len(raw), "truncated": False}))
    assert (await wait).json()["rows"] == ROWS[:2]


async def test_a_job_that_collects_nothing_has_no_result_and_no_rejects(
    client: httpx.AsyncClient, store: JobStore
) -> None:
    job_id = await submit(client)
    await finish(store, await claim(store), Outcome(rejects=0))
    assert_problem(await client.get(f"/jobs/{job_id}/result"), 404, "no_result")
    page = (await client.get(f"/jobs/{job_id}/rejects")).json()
    assert page == {"rows": [], "cursor": None, "total": 0, "truncated": False}


async def test_a_cancelled_job_has_neither(client: httpx.AsyncClient) -> None:
    job_id = await submit(client)
    await client.delete(f"/jobs/{job_id}")
    for path in ("result", "rejects"):
        assert_problem(await client.get(f"/jobs/{job_id}/{path}"), 404, "no_result")


async def test_a_failed_job_has_no_result(client: httpx.AsyncClient, store: JobStore) -> None:
    job_id = await submit(client)
    found = await claim(store)
    await store.fail(job_id, found.fence, found.nonce, Reason("step_failed", "x"), retryable=False)
    assert_problem(await client.get(f"/jobs/{job_id}/result"), 404, "no_result")


async def test_rejects_of_a_failed_job_are_there_where_its_attempt_was_kept(
    client: httpx.AsyncClient, store: JobStore, server: Server
) -> None:
    outcome = Outcome(rejects=1, result={"rows": 2, "bytes": 8, "truncated": False})
    reject = {"step": 1, "function": "jsonify", "reason": "not JSON", "line": "{"}
    for kept in (True, False):
        job_id = await submit(client)
        found = await claim(store)
        write(server, found, "rejects.jsonl", [reject])
        reason = Reason("too_many_rejects", "x")
        await store.fail(job_id, found.fence, found.nonce, reason, retryable=False, kept=kept, outcome=outcome)
        record = (await client.get(f"/jobs/{job_id}")).json()
        assert (record["rejects"], record["result"]) == (1, None)
        assert_problem(await client.get(f"/jobs/{job_id}/result"), 404, "no_result")
        answer = await client.get(f"/jobs/{job_id}/rejects")
        if kept:
            assert answer.json() == {"rows": [reject], "cursor": None, "total": 1, "truncated": False}
        else:
            assert "not kept" in assert_problem(answer, 404, "no_result")["detail"]


@pytest.mark.parametrize("cursor", ["x", "-1", "1", "fffffff", "1" * 40, "ñ", "../..", "\0"])
async def test_a_cursor_that_no_page_gave_is_refused(client: httpx.AsyncClient, done: str, cursor: str) -> None:
    answer = await client.get(f"/jobs/{done}/result", params={"cursor": cursor})
    assert_problem(answer, 400, "invalid_parameter")


async def test_a_stream_that_its_reader_leaves_does_no_harm(
    client: httpx.AsyncClient, store: JobStore, server: Server
) -> None:
    job_id = await submit(client)
    found = await claim(store)
    raw = write(server, found, "result.jsonl", ["x" * 1000] * 20_000)
    await finish(store, found, Outcome(result={"rows": 20_000, "bytes": len(raw), "truncated": True}))
    for _ in range(5):
        async with client.stream("GET", f"/jobs/{job_id}/result", headers=NDJSON) as answer:
            async for _chunk in answer.aiter_raw():
                break
    answer = await client.get(f"/jobs/{job_id}/result", headers=NDJSON)
    assert answer.content == raw
    assert answer.headers["Rows-Truncated"] == "true"
    assert "unexpected error" not in server.log_text()
