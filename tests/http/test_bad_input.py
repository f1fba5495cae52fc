"""Whatever comes in: a clear problem, never a 500, nothing queued."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions import catalog
from server.jobs.store import JobStore
from tests.http.conftest import STEPS, Server, assert_problem

#: Addresses that are written out, and closed to webhooks.
NOT_TO_BE_CALLED = ("http://127.0.0.1:9918/x", "https://localhost/", "http://[::ffff:10.0.0.1]/")

MALFORMED = {
    "empty": b"",
    "blank": b" \n\t",
    "cut off": b'{"steps": [["load_rdd", "README.md"]',
    "trailing text": b'{"steps": []} {"steps": []}',
    "single quotes": b"{'steps': []}",
    "trailing comma": b'{"steps": [],}',
    "comment": b'{"steps": [] /* none */}',
    "python": b"{u'steps': None}",
    "form": b"steps=%5B%5D",
    "xml": b"<steps/>",
    "NaN": b'{"steps": [["load_rdd", NaN]]}',
    "NaN alone": b"NaN",
    "Infinity": b'{"steps": [["take", Infinity]]}',
    "minus Infinity": b'{"options": {"timeout_seconds": -Infinity}, "steps": []}',
    "number of 5,000 digits": b'{"steps": [["load_rdd", "README.md"], ["take", ' + b"7" * 5000 + b"]]}",
    "lists 2,000 deep": b'{"steps": ' + b"[" * 2000 + b"]" * 2000 + b"}",
    "objects 2,000 deep": b'{"steps":' * 2000 + b"1" + b"}" * 2000,
    "100,000 open lists": b"[" * 100_000,
    "lone surrogate, escaped": b'{"steps": [["load_rdd", "\\ud800"]]}',
    "lone low surrogate, escaped": b'{"steps": [["load_rdd", "a\\udc00b"]]}',
    "lone surrogate as a member": b'{"\\udfff": 1, "steps": []}',
    "lone surrogate, raw": b'{"steps": [["load_rdd", "\xed\xa0\x80"]]}',
    "invalid UTF-8": b'{"steps": [["load_rdd", "\xff\xfe"]]}',
    "overlong UTF-8": b'{"steps": [["load_rdd", "\xc0\xaf"]]}',
    "UTF-16": json.dumps({"steps": STEPS}).encode("utf-16"),
    "UTF-32": json.dumps({"steps": STEPS}).encode("utf-32"),
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
    "NUL": b"\0",
    "raw control character": b'{"steps": [["load_rdd", "a\nb"]]}',
    "a member twice": b'{"steps": [["load_rdd", "README.md"]], "steps": [["load_rdd", "README.md"]]}',
    "a member twice, far in": b'{"steps": [["load_rdd", "README.md"]], "options": {"name": "a", "n\\u0061me": "b"}}',
}

#: Values and the places of their faults.
INVALID: dict[str, tuple[Any, list[str]]] = {
    "null": (None, [""]),
    "list": ([], [""]),
    "number": (5, [""]),
    "text": ("steps", [""]),
    "no steps": ({}, [""]),
    "steps null": ({"steps": None}, ["/steps"]),
    "steps object": ({"steps": {"0": ["take", 5]}}, ["/steps"]),
    "steps text": ({"steps": '[["take", 5]]'}, ["/steps"]),
    "steps empty": ({"steps": []}, ["/steps"]),
    "101 steps": ({"steps": [["load_rdd", "README.md"]] * 101}, ["/steps"]),
    "steps that are none": (
        {"steps": ["take", 5, None, True, [], {}, [5], [[]]]},
        ["/steps/0", "/steps/1", "/steps/2", "/steps/3", "/steps/4", "/steps/5/function", "/steps/6/0", "/steps/7/0"],
    ),
    "unknown function": ({"steps": [["laod_rdd", "README.md"]]}, ["/steps/0/0"]),
    "dangerous names": (
        {"steps": [["__class__"], ["eval", "1"], ["os.system", "id"], ["functions.results.take"], [""]]},
        ["/steps/0/0", "/steps/1/0", "/steps/2/0", "/steps/3/0", "/steps/4/0"],
    ),
    "missing argument": ({"steps": [["load_rdd"]]}, ["/steps/0"]),
    "extra arguments": ({"steps": [["load_rdd", "README.md", 1, 2]]}, ["/steps/0/2", "/steps/0/3"]),
    "extra named argument": ({"steps": [{"function": "load_rdd", "filepath": "README.md", "x": 1}]}, ["/steps/0/x"]),
    "wrong types": (
        {"steps": [["load_rdd", 5], ["take", "5"], ["take", 2.5], ["take", True], ["take", None], ["take", -1]]},
        ["/steps/0/1", "/steps/1/1", "/steps/2/1", "/steps/3/1", "/steps/4/1", "/steps/5/1"],
    ),
    "number beyond 64 bits": (
        {"steps": [["load_rdd", "README.md"], ["take", 2**63]], "options": {"max_attempts": -(2**70)}},
        ["/steps/1/1", "/options/max_attempts"],
    ),
    "nothing to take": ({"steps": [["take", 5]]}, ["/steps/0"]),
    "lines where objects are needed": (
        {"steps": [["load_rdd", "README.md"], ["group_by_table", ["a"]]]},
        ["/steps/1"],
    ),
    "a path outside": ({"steps": [["load_rdd", "/etc/passwd"], ["take", 1]]}, ["/steps/0/1"]),
    "a path up": ({"steps": [["load_rdd", "data/../../etc"]]}, ["/steps/0/1"]),
    "a path with NUL": ({"steps": [["load_rdd", "README.md\0"]]}, ["/steps/0/1"]),
    "a hidden path": ({"steps": [["load_rdd", "data/.speedy/secret.key"]]}, ["/steps/0/1"]),
    "ids and URLs that are none": (
        {"steps": [["load_batch", "a/b"], ["map_webhook", "ftp://example.com"], ["map_webhook", "http://a:b@c.com/"]]},
        ["/steps/0/1", "/steps/1/1", "/steps/2/1"],
    ),
    "webhooks on this machine": (
        {"steps": [["load_rdd", "README.md"], *(["map_webhook", url] for url in NOT_TO_BE_CALLED)]},
        ["/steps/1/1", "/steps/2/1", "/steps/3/1"],
    ),
    "a key of lines": ({"steps": [["load_rdd", "README.md"], ["map_webhook", "https://a.com", "id"]]}, ["/steps/1/2"]),
    "a webhook of all faults": (
        {
            "steps": [
                ["load_rdd", "README.md"],
                {
                    "function": "map_webhook",
                    "url": "https://example.com/#top",
                    "concurrency": 0,
                    "max_attempts": 21,
                    "timeout_seconds": 0,
                    "rate_per_second": -1,
                    "secret": "no",
                },
            ],
            "options": {"webhook": {"secret": " ", "url": "x"}},
        },
        [
            *("/options/webhook/secret", "/options/webhook/url"),
            *(f"/steps/1/{name}" for name in ("url", "concurrency", "max_attempts", "timeout_seconds")),
            *("/steps/1/rate_per_second", "/steps/1/secret"),
        ],
    ),
    "a webhook without a secret": ({"steps": STEPS, "options": {"webhook": {}}}, ["/options/webhook/secret"]),
    "several paths": ({"steps": [["load_rdd", "README.md,/etc/passwd"]]}, ["/steps/0/1"]),
    "a scheme": ({"steps": [["load_rdd", "file:///etc/passwd"]]}, ["/steps/0/1"]),
    "a glob out": ({"steps": [["load_rdd", "/etc/*"]]}, ["/steps/0/1"]),
    "an endless path": ({"steps": [["load_rdd", "a" * 5000]]}, ["/steps/0/1"]),
    "unknown member": ({"steps": STEPS, "step": STEPS}, ["/step"]),
    "options list": ({"steps": STEPS, "options": []}, ["/options"]),
    "unknown options": ({"steps": STEPS, "options": {"nmae": "x", "": 1}}, ["/options/nmae", "/options/"]),
    "bad options": (
        {"steps": STEPS, "options": {"timeout_seconds": "1", "max_attempts": 99, "priority": 5, "tags": 1, "name": []}},
        ["/options/name", "/options/tags", "/options/timeout_seconds", "/options/max_attempts", "/options/priority"],
    ),
}


@pytest.fixture(scope="module")
def connection(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=20) as client:
        yield client


@pytest.fixture(autouse=True)
async def nothing_is_queued(store: JobStore, server: Server) -> AsyncIterator[None]:
    yield
    assert (await store.list())[0] == []
    assert "unexpected error" not in server.log_text()
    assert "Traceback" not in server.log_text()


@pytest.mark.parametrize("path", ["/jobs/submit", "/jobs/validate"])
@pytest.mark.parametrize("raw", MALFORMED.values(), ids=MALFORMED)
async def test_a_malformed_body(client: httpx.AsyncClient, path: str, raw: bytes) -> None:
    assert_problem(await client.post(path, content=raw), 400, "malformed_json")


@pytest.mark.parametrize("path", ["/jobs/submit", "/jobs/validate"])
@pytest.mark.parametrize(("body", "pointers"), INVALID.values(), ids=INVALID)
async def test_an_invalid_body(client: httpx.AsyncClient, path: str, body: Any, pointers: list[str]) -> None:
    answer = await client.post(path, content=json.dumps(body).encode())
    problem = assert_problem(answer, 422, "invalid_request")
    assert [error["pointer"] for error in problem["errors"]] == pointers


async def test_a_webhook_is_refused_in_the_same_words_in_jobs_batches_and_templates(client: httpx.AsyncClient) -> None:
    for url in NOT_TO_BE_CALLED:
        (batch,) = (await client.post("/batches", json={"url": url})).json()["errors"]
        steps = [["load_rdd", "README.md"], ["map_webhook", url]]
        (job,) = (await client.post("/jobs/submit", json={"steps": steps})).json()["errors"]
        (template,) = (await client.put("/templates/hooks", json={"steps": steps})).json()["errors"]
        assert "may not call" in batch["detail"]
        assert batch["hint"]
        for error in (job, template):
            assert (error["detail"], error["hint"]) == (batch["detail"], batch["hint"])


async def test_near_names_are_offered(client: httpx.AsyncClient) -> None:
    body = {"steps": [["laod_rdd", "README.md"], {"function": "take", "amuont": 1}], "option": {}}
    problem = (await client.post("/jobs/submit", json=body)).json()
    hints = {error["pointer"]: error.get("hint") for error in problem["errors"]}
    assert hints["/steps/0/0"] == "did you mean `load_rdd`?"
    assert hints["/steps/1/amuont"] == "did you mean `amount`?"
    assert hints["/option"] == "did you mean `options`?"


async def test_very_many_faults_are_told_in_part(client: httpx.AsyncClient) -> None:
    body = {"steps": [["take", *range(150)]] * 100}
    problem = assert_problem(await client.post("/jobs/validate", json=body), 422, "invalid_request")
    assert len(problem["errors"]) == 100
    assert problem["detail"].startswith("15000 mistakes")


@pytest.mark.parametrize("size", [1_048_577, 5_000_000, 12_000_000])
@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_over_the_limit(client: httpx.AsyncClient, size: int, chunked: bool) -> None:
    def chunks() -> Iterator[bytes]:
        for start in range(0, size, 50_000):
            yield b" " * min(50_000, size - start)

    async def body() -> AsyncIterator[bytes]:
        for chunk in chunks():
            yield chunk

    answer = await client.post("/jobs/submit", content=body() if chunked else b" " * size)
    assert_problem(answer, 413, "body_too_large")
    # The server goes on, also for this client.
    assert (await client.get("/health")).status_code == 200


async def test_a_body_at_the_limit_is_read(client: httpx.AsyncClient) -> None:
    raw = json.dumps({"steps": STEPS}).encode()
    answer = await client.post("/jobs/validate", content=raw + b" " * (1_048_576 - len(raw)))
    assert answer.status_code == 200


@pytest.mark.parametrize("key", ["x" * 256, "tab\tin", b"\xc3\xb1", b"\xff", ""])
async def test_a_bad_idempotency_key(client: httpx.AsyncClient, key: str | bytes) -> None:
    raw = key.encode() if isinstance(key, str) else key
    answer = await client.post("/jobs/submit", json={"steps": STEPS}, headers=[(b"Idempotency-Key", raw)])
    assert_problem(answer, 400, "invalid_parameter")


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from([function.name for function in catalog.load()]),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=20), inner, max_size=6),
    max_leaves=30,
)
#: Nearer to a submission than any JSON value.
STEP_VALUES = st.lists(
    st.builds(
        lambda name, rest: [name, *rest],
        st.sampled_from([function.name for function in catalog.load()]),
        st.lists(JSON_VALUES, max_size=3),
    ),
    max_size=5,
)
#: A step that nothing feeds, so that no value is one that would be queued.
REFUSED = [["take", 1]]
OPTIONS = st.dictionaries(
    st.sampled_from(["s3", "name", "tags", "timeout_seconds", "max_attempts", "priority", "x"]), JSON_VALUES
)
BODIES = JSON_VALUES | st.fixed_dictionaries(
    {"steps": STEP_VALUES.map(lambda steps: REFUSED + steps)}, optional={"options": OPTIONS | JSON_VALUES}
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODIES)
def test_no_json_value_makes_the_server_fail(connection: httpx.Client, body: Any) -> None:
    raw = json.dumps(body).encode()
    for path in ("/jobs/submit", "/jobs/validate"):
        answer = connection.post(path, content=raw)
        assert 400 <= answer.status_code < 500, (answer.status_code, body)
        assert answer.headers["Content-Type"] == "application/problem+json"


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=300))
def test_no_bytes_make_the_server_fail(connection: httpx.Client, raw: bytes) -> None:
    answer = connection.post("/jobs/submit", content=raw)
    assert answer.status_code in {400, 422}
    assert answer.headers["Content-Type"] == "application/problem+json"
