"""Credentials of jobs that succeed, fail, are cancelled and are killed: no trace of them is left anywhere."""

from __future__ import annotations

import base64
import gzip
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import pytest

from tests.acceptance.running import Speedy, gone, serving
from tests.s3_server import client, running_s3
from tests.waiting import wait_until

#: Files of Spark, Python and Java that do not land where the test tells them to.
_ELSEWHERE = ("spark-*", "blockmgr-*", "pyspark-*", "py4j*", "hsperfdata_*")
_LARGEST = 64 << 20


class Canary:
    """Credentials that are found wherever they lie."""

    def __init__(self, name: str) -> None:
        self.keys = {
            "aws_access_key_id": f"AKIACANARY{name.upper()}",
            "aws_secret_access_key": f"canary/{name}+secret/word0123456789",
            "aws_session_token": f"canary-{name}-token//{'x' * 40}==",
        }

    def forms(self) -> list[bytes]:
        """As they are, as a URL has them, and inside base64 of a text that they are part of."""
        found: list[bytes] = []
        for word in self.keys.values():
            raw = word.encode()
            found += [raw, quote(word, safe="").encode(), raw.hex().encode(), word.encode("utf-16-le")]
            # The letters at both ends of base64 depend on what stands beside.
            found += [base64.b64encode(b"-" * shift + raw)[4:-4] for shift in range(3)]
        return found


class Watch:
    """Looks for canaries in all that the system leaves behind."""

    def __init__(self, speedy: Speedy, temporary: Path, canaries: list[Canary]) -> None:
        self.speedy = speedy
        self.temporary = temporary
        self.forms = [form for canary in canaries for form in canary.forms()]
        self.answers: list[bytes] = []
        self.files = 0

    def found(self) -> set[str]:
        """Where a canary is, now."""
        return {*self._in_files(), *self._in_processes(), *self._in_answers()}

    def _holds(self, data: bytes) -> bool:
        return any(form in data for form in self.forms)

    def _in_files(self) -> Iterator[str]:
        folders = [self.speedy.data, self.temporary, self.speedy.log]
        folders += [path for pattern in _ELSEWHERE for path in Path("/tmp").glob(pattern) if _is_ours(path)]
        for folder in folders:
            for path in [folder, *folder.rglob("*")]:
                try:
                    data = path.read_bytes() if path.is_file() and path.stat().st_size < _LARGEST else b""
                except OSError:  # a task's file that is gone again, or one of another user
                    continue
                self.files += bool(data)
                if self._holds(data):
                    yield str(path)

    def _in_processes(self) -> Iterator[str]:
        for process in [psutil.Process(self.speedy.process.pid), *self.speedy.processes()]:
            try:
                texts = [*process.cmdline(), *(f"{name}={value}" for name, value in process.environ().items())]
            except psutil.Error:
                continue
            if self._holds("\0".join(texts).encode(errors="surrogateescape")):
                yield f"process {process.pid}"

    def _in_answers(self) -> Iterator[str]:
        for path in ("/jobs?limit=1000", "/health", "/functions"):
            self.ask("GET", path)
        for job in self.speedy.http.get("/jobs?limit=1000").json()["jobs"]:
            for part in ("", "/result", "/rejects", "/events"):
                self.ask("GET", f"/jobs/{job['job_id']}{part}")
        yield from ("an answer" for answer in self.answers if self._holds(answer))

    def ask(self, method: str, path: str, **more: Any) -> Any:
        answer = self.speedy.http.request(method, path, **more)
        self.answers.append(answer.content + repr(answer.headers).encode())
        return answer


def _is_ours(path: Path) -> bool:
    try:
        return path.stat().st_uid == os.getuid()
    except OSError:
        return False


@pytest.fixture
def endpoint() -> Iterator[str]:
    with running_s3() as endpoint:
        s3 = client(endpoint)
        s3.create_bucket(Bucket="nest")
        s3.put_object(Bucket="nest", Key="in.txt", Body=b"a\nb\n")
        s3.put_object(Bucket="nest", Key="broken.gz", Body=gzip.compress(b"x" * 1000)[:-20] + b"no gzip at all......")
        for number in range(600):
            s3.put_object(Bucket="nest", Key=f"many/{number:04}.jsonl", Body=b'{"a": {"n": 1}}\n' * 20_000)
        yield endpoint


def test_no_trace_of_credentials_is_left_of_jobs_however_they_end(tmp_path: Path, endpoint: str) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    good, bad, cancelled, killed, refused = canaries = [
        Canary(name) for name in ("good", "bad", "cancelled", "killed", "refused")
    ]
    environ = {
        "SPEEDY_S3_ENDPOINT_URL": endpoint,
        "TMPDIR": str(temporary),
        "SPARK_LOCAL_DIRS": str(temporary),
        "JAVA_TOOL_OPTIONS": f"-Djava.io.tmpdir={temporary}",
    }
    with serving(tmp_path / "data", **environ) as speedy:
        watch = Watch(speedy, temporary, canaries)
        for steps, canary, state in (
            ([["load_rdd", "s3://nest/in.txt"], ["collect"], ["store_rdd", "s3://nest/out"]], good, "DONE"),
            ([["load_rdd", "s3://nest/broken.gz"], ["collect"]], bad, "FAILED"),
            ([["load_rdd", "s3://nowhere-at-all/x"], ["collect"]], bad, "FAILED"),
            ([["load_rdd", "s3://nest/in.txt"], ["store_rdd", "s3://nest/out"]], bad, "FAILED"),
        ):
            job = speedy.run(*steps, s3=canary.keys)
            assert job["state"] == state, job
        for options in ({"s3": {**refused.keys, "region": "no region"}}, {"s3": list(refused.keys.values())}):
            answer = watch.ask("POST", "/jobs/submit", json={"steps": [["take", 1]], "options": options})
            assert answer.status_code == 422
        _cancel_one(watch, cancelled)
        _kill_one(watch, killed)
        processes = speedy.processes()
        assert watch.found() == set()
        assert watch.files > 20  # the queue's file, logs, results
        _find_a_planted_one(watch, good)
        speedy.process.terminate()
        wait_until(gone(processes), within=60, what="all have ended")
        speedy.http.close()
    assert set(watch._in_files()) == set()


def _find_a_planted_one(watch: Watch, canary: Canary) -> None:
    """Makes sure that the watch does see what it looks for."""
    file = watch.temporary / "planted"
    for word in canary.keys.values():
        for text in (word, quote(word, safe=""), base64.b64encode(b'{"key":"' + word.encode() + b'"}').decode()):
            file.write_text(f"… {text} …")
            assert watch.found() == {str(file)}
    file.unlink()


def _long(canary: Canary) -> dict[str, Any]:
    return {"s3": canary.keys, "name": "long"}


_LONG_STEPS: list[Any] = [
    ["load_rdd", "s3://nest/many"],
    ["jsonify"],
    ["group_by_table", ["a"]],
    ["store_tables", ["a"], "s3://nest/tables", "csv", True],
]


def _cancel_one(watch: Watch, canary: Canary) -> None:
    job_id = watch.speedy.submit(*_LONG_STEPS, **_long(canary))
    watch.speedy.wait_working(job_id)
    assert watch.found() == set()  # while tasks hold them
    watch.ask("DELETE", f"/jobs/{job_id}")
    assert watch.speedy.wait_ended(job_id)["state"] == "CANCELLED"


def _kill_one(watch: Watch, canary: Canary) -> None:
    job_id = watch.speedy.submit(*_LONG_STEPS, **_long(canary))
    watch.speedy.wait_working(job_id)
    old = watch.speedy.kill("runner")
    assert watch.found() == set()
    watch.speedy.wait_child("runner", other_than=old)
    watch.speedy.wait_working(job_id)
    watch.ask("DELETE", f"/jobs/{job_id}")
    job = watch.speedy.wait_ended(job_id)
    assert (job["state"], job["crashes"]) == ("CANCELLED", 1)
