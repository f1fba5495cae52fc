"""Jobs on the running system, as a client sees them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.acceptance import long_work
from tests.acceptance.running import PROJECT, Speedy
from tests.waiting import wait_until


def test_a_submitted_job_is_done_and_its_output_is_in_place(speedy: Speedy, out: Path) -> None:
    job = speedy.run(["load_rdd", "README.md"], ["store_rdd", str(out)], name="the README", tags=["t"])
    assert (job["state"], job["attempts"], job["crashes"], job["reason"]) == ("DONE", 1, 0, None)
    assert [step["state"] for step in job["progress"]["steps"]] == ["DONE", "DONE"]
    assert (out / "part-00000").read_text() == (PROJECT / "README.md").read_text()
    assert speedy.http.get(f"/jobs/status/{job['job_id']}").json() == {"status": "DONE"}
    assert speedy.leftovers() == []


def test_the_example_jobs_answer_as_they_should(speedy: Speedy, out: Path) -> None:
    body = json.loads((PROJECT / "examples/orders-job.json").read_text())
    body["steps"][-1]["folderpath"] = str(out)
    job = speedy.run(*body["steps"])
    assert job["state"] == "DONE", job["reason"]
    customers = (out / "customers.csv").read_text().splitlines()
    items = (out / "items.csv").read_text().splitlines()
    assert customers[0] == "1001|C-01|Ana Souza|526.018.159-08|F|Recife|50030-230"
    assert items[0] == '1001|2026-03-01|CB-03|"USB | HDMI cable"|3|25.0|BRL|false'
    assert (len(customers), len(items), job["rejects"]) == (26, 46, 2)
    rejects = speedy.http.get(f"/jobs/{job['job_id']}/rejects").json()["rows"]
    assert rejects[0] == {
        "step": 1,
        "function": "jsonify",
        "reason": "not JSON",
        "line": "-- export restarted 2026-03-09 --",
    }


def test_collected_rows_are_read_in_pages_or_streamed(speedy: Speedy) -> None:
    source = speedy.data / "numbers.txt"
    source.write_text("".join(f"{number}\n" for number in range(2500)))
    job = speedy.run(["load_rdd", str(source)], ["collect"])
    wanted = [str(number) for number in range(2500)]
    rows: list[Any] = []
    cursor = None
    while True:
        params = {"limit": 1000} | ({"cursor": cursor} if cursor else {})
        page = speedy.http.get(f"/jobs/{job['job_id']}/result", params=params).json()
        rows += page["rows"]
        cursor = page["cursor"]
        if cursor is None:
            break
    assert rows == wanted
    streamed = speedy.http.get(f"/jobs/{job['job_id']}/result", headers={"Accept": "application/x-ndjson"})
    assert [json.loads(line) for line in streamed.text.splitlines()] == wanted


def test_events_are_sent_as_they_happen(speedy: Speedy) -> None:
    job_id = speedy.submit(["load_rdd", "README.md"], ["take", 1])
    states, kinds = [], set()
    headers = {"Accept": "text/event-stream"}
    with speedy.http.stream("GET", f"/jobs/{job_id}/events", headers=headers) as stream:
        for line in stream.iter_lines():
            if line.startswith("event: "):
                kinds.add(line.removeprefix("event: "))
            if line.startswith("data: ") and '"kind":"state"' in line.replace(" ", ""):
                states.append(json.loads(line.removeprefix("data: "))["data"]["state"])
    assert states == ["QUEUED", "RUNNING", "DONE"]
    assert {"state", "step", "end"} <= kinds


@pytest.mark.parametrize(
    ("steps", "code", "argument"),
    [
        ([["load_rdd", "DATA/nowhere.txt"], ["take", 1]], "input_missing", "filepath"),
        ([["load_rdd", "README.md"], ["store_rdd", "DATA/taken"]], "destination_exists", "filepath"),
    ],
)
def test_what_goes_wrong_names_the_step_and_the_argument(
    speedy: Speedy, steps: list[Any], code: str, argument: str
) -> None:
    (speedy.data / "taken").mkdir(exist_ok=True)
    placed = json.loads(json.dumps(steps).replace("DATA", str(speedy.data)))
    job = speedy.run(*placed)
    reason = job["reason"]
    assert (job["state"], reason["code"], reason["argument"]) == ("FAILED", code, argument)
    assert reason["function"] == placed[reason["step"]][0]
    assert reason["hint"]
    assert speedy.leftovers() == []


def test_a_file_that_vanishes_fails_the_job_with_its_name(speedy: Speedy, out: Path) -> None:
    source = speedy.data / "vanishing"
    long_work.write_endless_input(source)
    job_id = speedy.submit(*long_work.steps(source, out))
    speedy.wait_working(job_id)
    for file in source.iterdir():
        file.unlink()
    job = speedy.wait_ended(job_id)
    assert (job["state"], job["reason"]["code"]) == ("FAILED", "input_missing"), job["reason"]
    assert job["reason"]["hint"]
    assert not out.exists()
    assert speedy.leftovers() == []


def test_bad_requests_queue_nothing(speedy: Speedy) -> None:
    def queued() -> int:
        return int(speedy.http.get("/health").json()["queue"]["QUEUED"])

    before = [job["job_id"] for job in speedy.http.get("/jobs").json()["jobs"]]
    bodies: list[tuple[bytes, int]] = [
        (b"{", 400),
        (b"[" * 2000 + b"]" * 2000, 400),
        (b'{"steps": [["take", NaN]]}', 400),
        (b'{"steps": [["load_rdd", "\\ud800"]]}', 400),
        (b'{"steps": [["take", ' + b"9" * 5000 + b"]]}", 400),
        (b'{"steps": "' + b"x" * 1_100_000 + b'"}', 413),
        (b'{"steps": []}', 422),
        (b'{"steps": [["tke", 5]]}', 422),
        (b'{"steps": [["load_rdd", "../secret"]]}', 422),
        (b'{"steps": [["load_rdd", "/etc/passwd"]]}', 422),
        (b'{"steps": [["take", 5]]}', 422),
    ]
    for body, status in bodies:
        answer = speedy.http.post("/jobs/submit", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == status, (body[:60], answer.text)
        assert answer.headers["Content-Type"].startswith("application/problem+json"), body[:60]
    assert [job["job_id"] for job in speedy.http.get("/jobs").json()["jobs"]] == before
    assert queued() == 0


def test_two_jobs_run_at_once(speedy: Speedy, endless_input: Path, out: Path) -> None:
    first = speedy.submit(*long_work.steps(endless_input, out.with_name("at-once-1")))
    second = speedy.submit(*long_work.steps(endless_input, out.with_name("at-once-2")))
    speedy.wait_working(first)
    speedy.wait_working(second)
    small = speedy.run(["load_rdd", "README.md"], ["take", 1])
    assert small["state"] == "DONE"
    running = speedy.http.get("/jobs", params={"state": "RUNNING"}).json()["jobs"]
    assert {job["job_id"] for job in running} == {first, second}
    for job_id in (first, second):
        speedy.http.delete(f"/jobs/{job_id}").raise_for_status()
    assert [speedy.wait_ended(job_id)["state"] for job_id in (first, second)] == ["CANCELLED", "CANCELLED"]


def test_a_cancelled_job_stops_within_two_seconds(speedy: Speedy, endless_input: Path, out: Path) -> None:
    job_id = speedy.submit(*long_work.steps(endless_input, out))
    speedy.wait_working(job_id)
    driver = speedy.driver()
    assert speedy.http.delete(f"/jobs/{job_id}").status_code == 202
    job = speedy.wait_for(job_id, "CANCELLED", within=2)
    assert job["reason"]["code"] == "cancelled"
    assert not any(stage["active"] for stage in job["progress"]["stages"])
    # Busy is about one core and more; the garbage collector may still be at it for a moment.
    wait_until(lambda: driver.cpu_percent(interval=0.2) < 30, within=2, what="the driver is at rest")
    assert not out.exists()
    assert speedy.leftovers() == []


def test_a_job_that_has_ended_cannot_be_cancelled(speedy: Speedy) -> None:
    job = speedy.run(["load_rdd", "README.md"], ["take", 1])
    assert speedy.http.delete(f"/jobs/{job['job_id']}").status_code == 409


def test_a_queued_job_is_cancelled_at_once(speedy: Speedy, endless_input: Path, out: Path) -> None:
    slots = [speedy.submit(*long_work.steps(endless_input, out.with_name(f"slot-{n}"))) for n in range(8)]
    for job_id in slots:
        speedy.wait_for(job_id, "RUNNING")
    waiting = speedy.submit(["load_rdd", "README.md"], ["take", 1])
    answer = speedy.http.delete(f"/jobs/{waiting}")
    assert (answer.status_code, answer.json()["state"]) == (200, "CANCELLED")
    for job_id in slots:
        speedy.http.delete(f"/jobs/{job_id}").raise_for_status()
    assert {speedy.wait_ended(job_id)["state"] for job_id in slots} == {"CANCELLED"}


def test_a_job_that_takes_too_long_fails(speedy: Speedy, endless_input: Path, out: Path) -> None:
    job = speedy.run(*long_work.steps(endless_input, out), timeout_seconds=2)
    assert (job["state"], job["reason"]["code"]) == ("FAILED", "timeout")
    assert not out.exists()
    assert speedy.leftovers() == []


def test_the_same_submission_sent_twice_is_one_job(speedy: Speedy) -> None:
    body = {"steps": [["load_rdd", "README.md"], ["take", 1]]}
    first, second = (
        speedy.http.post("/jobs/submit", json=body, headers={"Idempotency-Key": "the-same"}).json() for _ in range(2)
    )
    assert first == second
    other = {"steps": [["load_rdd", "README.md"], ["take", 2]]}
    assert speedy.http.post("/jobs/submit", json=other, headers={"Idempotency-Key": "the-same"}).status_code == 422


def test_jobs_are_listed_newest_first(speedy: Speedy) -> None:
    made = [speedy.submit(["load_rdd", "README.md"], ["take", 1]) for _ in range(3)]
    seen: list[str] = []
    cursor = None
    while len(seen) < 3:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = speedy.http.get("/jobs", params=params).json()
        seen += [job["job_id"] for job in page["jobs"]]
        cursor = page["cursor"]
    assert seen[:3] == made[::-1]


def test_an_unknown_job_is_not_found(speedy: Speedy) -> None:
    unknown = "00000000-0000-4000-8000-000000000000"
    assert speedy.http.get(f"/jobs/status/{unknown}").json() == {"status": "NOT_FOUND"}
    assert speedy.http.get(f"/jobs/{unknown}").status_code == 404


def test_credentials_are_shown_nowhere(speedy: Speedy) -> None:
    secret = "a-secret-of-nobody"
    s3 = {"aws_access_key_id": "key-of-nobody", "aws_secret_access_key": secret}
    job = speedy.run(["load_rdd", "README.md"], ["take", 1], s3=s3)
    assert job["state"] == "DONE", job["reason"]
    answers = [speedy.http.get(f"/jobs/{job['job_id']}{part}").text for part in ("", "/events", "/result")]
    assert not any(secret in answer for answer in answers)
    shown = [path for path in [*speedy.data.rglob("*"), speedy.log] if path.is_file() and _holds(path, secret)]
    assert shown == []
    assert not any(secret in " ".join(process.cmdline()) for process in _alive(speedy))


def _holds(path: Path, text: str) -> bool:
    return path.stat().st_size < 50_000_000 and text.encode() in path.read_bytes()


def _alive(speedy: Speedy) -> list[psutil.Process]:
    return [process for process in speedy.processes() if process.status() != "zombie"]


def test_the_catalog_is_readable(speedy: Speedy) -> None:
    functions = speedy.http.get("/functions").json()
    names = {function["name"] for function in functions["functions"]}
    assert {"load_rdd", "jsonify", "store_tables"} <= names
    answer: httpx.Response = speedy.http.get("/functions/take")
    assert answer.json()["parameters"]["properties"].keys() == {"amount"}
