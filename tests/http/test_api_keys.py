"""API keys: without one nothing but /health answers; with one a client sees its own jobs, and S3 as far as allowed."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.api_keys import ApiKeys, BadKeysFile
from server.jobs.store import JobStore
from tests.http.conftest import PROJECT, RUNNER_KEY, STEPS, Server, StartServer, assert_problem

ANA, BIA = "ana's own key", "bia's own key"


@pytest.fixture(scope="module")
def locked(start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Server:
    path = tmp_path_factory.mktemp("keys") / "keys.json"
    path.write_text(
        json.dumps(
            {
                "ana": {"sha256": hashlib.sha256(ANA.encode()).hexdigest(), "s3_allow": ["lake/ana", "other"]},
                "bia": {"sha256": hashlib.sha256(BIA.encode()).hexdigest().upper()},
            }
        )
    )
    return start_server(
        SPEEDY_API_KEYS=str(path),
        SPEEDY_S3_ALLOW="lake, shared/in",
        SPEEDY_S3_ENDPOINTS_ALLOWED="https://S3.example.com/, http://127.0.0.1:9000",
    )


def call(server: Server, method: str, path: str, key: str | None = None, **more: Any) -> httpx.Response:
    headers = {**more.pop("headers", {}), **({"Authorization": f"Bearer {key}"} if key else {})}
    return httpx.request(method, server.url + path, headers=headers, timeout=30, **more)


def submit(server: Server, key: str, steps: Any = STEPS, **more: Any) -> httpx.Response:
    options = more.pop("options", None)
    return call(server, "POST", "/jobs/submit", key, json={"steps": steps, "options": options}, **more)


@pytest.mark.parametrize(
    "shown", [None, "Bearer", "Bearer wrong", f"Basic {ANA}", f"Bearer {RUNNER_KEY}", "Bearer \xe9"]
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/jobs/submit"),
        ("GET", "/jobs"),
        ("GET", "/jobs/status/some-job"),
        ("DELETE", "/jobs/some-job"),
        ("GET", "/functions"),
        ("GET", "/nothing-here"),
    ],
)
def test_without_a_right_key_nothing_is_told(locked: Server, method: str, path: str, shown: str | None) -> None:
    headers = {} if shown is None else {"Authorization": shown.encode("latin-1")}
    answer = httpx.request(method, locked.url + path, headers=headers)
    assert_problem(answer, 401, "api_key_needed")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="jobs"'


def test_health_is_open_and_the_outside_runners_routes_take_its_own_key(locked: Server, store: JobStore) -> None:
    assert call(locked, "GET", "/health").status_code == 200
    assert_problem(call(locked, "GET", "/jobs/pop", ANA), 401, "unauthorized")
    job_id = submit(locked, ANA).json()["job_id"]
    lease = call(locked, "GET", "/jobs/pop", RUNNER_KEY).json()["lease"]
    report = {"status": "DONE", "lease": {"fence": lease["fence"], "nonce": lease["nonce"]}}
    assert_problem(call(locked, "PUT", f"/jobs/status/{job_id}", ANA, json=report), 401, "unauthorized")
    assert call(locked, "PUT", f"/jobs/status/{job_id}", RUNNER_KEY, json=report).status_code == 200


def test_a_key_sees_its_own_jobs_and_no_others(locked: Server, store: JobStore) -> None:
    job_id = submit(locked, ANA).json()["job_id"]
    assert call(locked, "GET", f"/jobs/{job_id}", ANA).json()["tenant"] == "ana"
    assert call(locked, "GET", f"/jobs/status/{job_id}", ANA).json() == {"status": "QUEUED"}
    assert call(locked, "GET", f"/jobs/status/{job_id}", BIA).json() == {"status": "NOT_FOUND"}
    for path in ("", "/result", "/rejects", "/events"):
        assert_problem(call(locked, "GET", f"/jobs/{job_id}{path}", BIA), 404, "job_not_found")
    assert_problem(call(locked, "DELETE", f"/jobs/{job_id}", BIA), 404, "job_not_found")
    assert call(locked, "DELETE", f"/jobs/{job_id}", ANA).status_code == 200


def test_a_cursor_tells_nothing_of_others_and_is_no_ones_elses(locked: Server, store: JobStore) -> None:
    theirs = [submit(locked, BIA).json()["job_id"] for _ in range(3)]
    for _ in range(2):
        submit(locked, ANA)
    cursor = call(locked, "GET", "/jobs?limit=1", ANA).json()["cursor"]
    opened = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_")
    assert not any(job_id.encode() in opened for job_id in theirs)
    assert len(call(locked, "GET", f"/jobs?limit=5&cursor={cursor}", ANA).json()["jobs"]) == 1
    assert_problem(call(locked, "GET", f"/jobs?cursor={cursor}", BIA), 400, "invalid_parameter")


def test_lists_hold_a_keys_own_jobs_page_by_page(locked: Server, store: JobStore) -> None:
    own = []
    for number in range(9):
        key = ANA if number % 3 == 0 else BIA
        job_id = submit(locked, key).json()["job_id"]
        own += [job_id] if key == ANA else []
    found: list[str] = []
    cursor = ""
    for _ in range(5):
        page = call(locked, "GET", f"/jobs?limit=2&state=queued&cursor={cursor}", ANA).json()
        found += [job["job_id"] for job in page["jobs"]]
        cursor = page["cursor"]
        if cursor is None:
            break
    assert found == own[::-1]


def test_idempotency_keys_of_two_clients_do_not_meet(locked: Server, store: JobStore) -> None:
    again = {"headers": {"Idempotency-Key": "tonight"}}
    first = submit(locked, ANA, **again).json()["job_id"]
    assert submit(locked, ANA, **again).json()["job_id"] == first
    assert submit(locked, BIA, [["load_rdd", "README.md"]], **again).json()["job_id"] != first


def test_a_path_on_s3_must_be_allowed_to_the_server_and_to_the_key(locked: Server, store: JobStore) -> None:
    def pointers(key: str, *paths: str) -> list[str]:
        answer = submit(locked, key, [["load_rdd", path] for path in paths])
        return [error["pointer"] for error in answer.json().get("errors", [])]

    paths = ("s3://lake/ana/x", "s3://lake/bia/x", "s3://other/x", "s3://shared/in/*", "s3a://shared/out")
    assert pointers(ANA, *paths) == ["/steps/1/1", "/steps/2/1", "/steps/3/1", "/steps/4/1"]
    assert pointers(BIA, *paths) == ["/steps/2/1", "/steps/4/1"]
    (error,) = submit(locked, ANA, [["load_rdd", "s3://lake/bia/x"]]).json()["errors"]
    assert error["hint"] == "allowed: `lake/ana`, `other`"


def test_an_endpoint_is_taken_only_where_the_server_names_it_and_only_with_keys(
    locked: Server, server: Server, store: JobStore
) -> None:
    keys = {"aws_access_key_id": "AKIA", "aws_secret_access_key": "word"}

    def errors(of: Server, s3: dict[str, str]) -> list[str]:
        answer = call(of, "POST", "/jobs/validate", ANA, json={"steps": STEPS, "options": {"s3": s3}})
        return [error["pointer"] for error in answer.json().get("errors", [])]

    for url in ("https://s3.example.com", "HTTPS://S3.example.com/".lower(), "http://127.0.0.1:9000/"):
        assert errors(locked, {**keys, "endpoint_url": url}) == []
        assert errors(server, {**keys, "endpoint_url": url}) == ["/options/s3/endpoint_url"]
    for url in ("http://s3.example.com", "http://169.254.169.254", "https://s3.example.com.evil.org"):
        assert errors(locked, {**keys, "endpoint_url": url}) == ["/options/s3/endpoint_url"]
    assert errors(locked, {"endpoint_url": "https://s3.example.com"}) == ["/options/s3/endpoint_url"]


def test_a_server_that_reads_with_s3a_takes_no_credentials(start_server: StartServer) -> None:
    other = start_server(SPEEDY_S3_CONNECTOR="s3a")
    body = {"steps": STEPS, "options": {"s3": {"region": "eu-west-1"}}}
    (error,) = call(other, "POST", "/jobs/validate", json=body).json()["errors"]
    assert error["pointer"] == "/options/s3"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"ana": {}}',
        '{"ana": {"sha256": "short"}}',
        '{"a:b": {"sha256": "' + "0" * 64 + '"}}',
        '{"default": {"sha256": "' + "0" * 64 + '"}}',
        '{"ana": {"sha256": "' + "0" * 64 + '", "s3_alow": []}}',
        '{"ana": {"sha256": "' + "0" * 64 + '", "s3_allow": ["lake/in*"]}}',
    ],
)
def test_a_file_of_keys_that_is_not_right_is_refused_at_the_start(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(text)
    with pytest.raises(BadKeysFile, match="SPEEDY_API_KEYS"):
        ApiKeys.read(path)
    with pytest.raises(BadKeysFile):
        ApiKeys.read(tmp_path / "nowhere.json")


def test_the_start_with_a_bad_file_of_keys_says_so_and_ends(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "server.supervisor", "serve"]
    environment = {"SPEEDY_API_KEYS": str(tmp_path / "nowhere.json"), "SPEEDY_BASE": str(tmp_path), "PATH": "/usr/bin"}
    done = subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "nowhere.json" in done.stderr
