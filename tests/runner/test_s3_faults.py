"""S3 that refuses, breaks off or answers half: a job ends right, or fails with a clear reason; nothing half is seen."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest

from server.jobs.job import Job, State
from tests.runner.conftest import Stage
from tests.s3_server import KEYS, Fault, Proxy, client, running_proxy, running_s3
from tests.waiting import until

LINES = [f"line {number}" for number in range(5000)]


@pytest.fixture(scope="module")
def proxy() -> Iterator[Proxy]:
    with running_s3() as endpoint, running_proxy(endpoint) as proxy:
        yield proxy


class Lake:
    """A bucket behind the proxy."""

    def __init__(self, proxy: Proxy) -> None:
        self.proxy = proxy
        self.s3 = client(proxy.upstream)
        self.name = f"lake-{uuid4().hex[:8]}"
        self.s3.create_bucket(Bucket=self.name)

    def put(self, key: str, text: str) -> None:
        self.s3.put_object(Bucket=self.name, Key=key, Body=text.encode())

    def names(self) -> set[str]:
        return {item["Key"] for item in self.s3.list_objects_v2(Bucket=self.name).get("Contents", ())}

    def fail(self, *faults: Fault) -> None:
        self.proxy.faults = list(faults)


@pytest.fixture
def lake(proxy: Proxy) -> Iterator[Lake]:
    yield Lake(proxy)
    proxy.faults = []


@asynccontextmanager
async def on_s3(stage: Stage, lake: Lake) -> AsyncIterator[Any]:
    async with stage.runner(s3_endpoint_url=lake.proxy.url):

        async def run(*steps: Any, **options: Any) -> Job:
            return await stage.reached(await stage.submit(*steps, secrets=KEYS, **options))

        yield run


def reading(method: str, path: str) -> bool:
    return method == "GET" and "in.txt" in path and "list-type" not in path


def listing(method: str, path: str) -> bool:
    return method == "GET" and "list-type" in path


def writing(method: str, _path: str) -> bool:
    return method == "PUT"


async def test_what_s3_refuses_for_good_fails_the_job_with_its_step_and_what_to_do(stage: Stage, lake: Lake) -> None:
    stage.write("in.txt", "a")
    refusals = [
        (Fault(listing, status=403, code="AccessDenied"), "AccessDenied", "credentials"),
        (Fault(listing, status=400, code="ExpiredToken"), "ExpiredToken", "fresh"),
        (
            Fault(
                listing, status=400, code="AuthorizationHeaderMalformed", headers={"x-amz-bucket-region": "eu-west-1"}
            ),
            "AuthorizationHeaderMalformed",
            "region",
        ),
        (Fault(listing, status=301, code="PermanentRedirect"), "PermanentRedirect", "region"),
        (Fault(listing, status=404, code="NoSuchBucket"), "NoSuchBucket", "bucket"),
    ]
    async with on_s3(stage, lake) as run:
        for fault, code, word in refusals:
            lake.fail(fault)
            job = await run(["load_rdd", f"s3://{lake.name}/in.txt"], ["collect"])
            assert job.state is State.FAILED
            assert job.reason is not None
            assert (job.reason.step, job.reason.function, job.reason.argument) == (0, "load_rdd", "filepath")
            assert code in job.reason.detail
            assert word in (job.reason.hint or "")
            lake.fail(Fault(writing, status=fault.status, code=code))
            job = await run(["load_rdd", "in.txt"], ["store_rdd", f"s3://{lake.name}/out"])
            assert job.state is State.FAILED
            assert job.reason is not None
            assert (job.reason.step, job.reason.function, job.reason.argument) == (1, "store_rdd", "filepath")
            assert code in job.reason.detail
    assert lake.names() == set()


async def test_faults_that_pass_are_no_failure(stage: Stage, lake: Lake) -> None:
    lake.put("in.txt", "\n".join(LINES))
    lake.fail(
        Fault(listing, status=503, code="SlowDown", times=1),
        Fault(listing, reset=True, times=1),
        Fault(reading, status=503, code="SlowDown", times=1),
        Fault(writing, status=503, code="SlowDown", times=2),
        Fault(writing, reset=True, passes=True, times=1),
        Fault(listing, cut=True, times=1),
    )
    async with on_s3(stage, lake) as run:
        job = await run(["load_rdd", f"s3://{lake.name}/in.txt"], ["store_rdd", f"s3://{lake.name}/out", 2])
        assert job.state is State.DONE, job.reason
        back = await run(["load_rdd", f"s3://{lake.name}/out"], ["collect"])
    assert stage.rows(back) == LINES
    assert len(lake.names()) == 4


async def test_an_s3_that_stays_busy_fails_the_job_in_bounded_time(stage: Stage, lake: Lake) -> None:
    stage.write("in.txt", "a")
    lake.fail(Fault(writing, status=503, code="SlowDown"))
    began = time.monotonic()
    async with on_s3(stage, lake) as run:
        job = await run(["load_rdd", "in.txt"], ["store_rdd", f"s3://{lake.name}/out"])
    assert time.monotonic() - began < 60
    assert job.reason is not None
    assert (job.reason.code, job.reason.step) == ("storage_failed", 1)
    assert "SlowDown" in job.reason.detail
    assert lake.names() == set()


async def test_an_object_that_comes_half_is_never_taken_for_the_whole(stage: Stage, lake: Lake) -> None:
    lake.put("in.txt", "\n".join(LINES))
    async with on_s3(stage, lake) as run:
        for fault in (Fault(reading, cut=True, times=1), Fault(reading, cut=True)):
            lake.fail(fault)
            job = await run(["load_rdd", f"s3://{lake.name}/in.txt"], ["collect"])
            assert job.state is State.FAILED or stage.rows(job) == LINES


async def test_an_object_that_vanishes_after_it_was_listed_fails_the_job(stage: Stage, lake: Lake) -> None:
    lake.put("in.txt", "a")
    gone = Fault(
        lambda method, path: method in ("GET", "HEAD") and "list-type" not in path, status=404, code="NoSuchKey"
    )
    lake.fail(gone)
    async with on_s3(stage, lake) as run:
        job = await run(["load_rdd", f"s3://{lake.name}/in.txt"], ["store_rdd", "out"])
    assert job.state is State.FAILED
    assert job.reason is not None
    assert job.reason.step in (0, 1)
    assert not (stage.folder / "out").exists()


@pytest.mark.parametrize("path", ["", "/", "/nothing", "/empty/", "/a b", "/50%25", "/ç", "/*", "/[x]"])
async def test_a_place_without_objects_is_told_as_missing(stage: Stage, lake: Lake, path: str) -> None:
    lake.put("empty/", "")
    async with on_s3(stage, lake) as run:
        job = await run(["load_rdd", f"s3://{lake.name}{path}"], ["collect"])
    assert job.reason is not None
    assert (job.reason.code, job.reason.step) == ("input_missing", 0)
    assert f"s3://{lake.name}{path}" in job.reason.detail


async def test_keys_of_all_kinds_are_written_and_read_back(stage: Stage, lake: Lake) -> None:
    stage.write("in.txt", *LINES[:5])
    async with on_s3(stage, lake) as run:
        for key in ("a b/c", "50% off%20", "ç/日本語", "a+b&c=d;e,f'g~h", "{x}-$y@z"):
            path = f"s3://{lake.name}/{key}"
            job = await run(["load_rdd", "in.txt"], ["store_rdd", path], ["take", 0])
            assert job.state is State.DONE, job.reason
            assert any(found.startswith(f"{key}/part-") for found in lake.names())
            back = await run(["load_rdd", path], ["collect"])
            assert stage.rows(back) == LINES[:5]


async def test_a_cancel_in_the_middle_of_an_upload_ends_it_and_leaves_nothing(stage: Stage, lake: Lake) -> None:
    stage.write("in.txt", "x" * (20 << 20))
    hung: list[str] = []
    is_over = threading.Event()

    def hang() -> None:
        """In the proxy's thread: an S3 that does not answer before the test has seen the job's end."""
        hung.append("")
        is_over.wait(60)

    lake.fail(Fault(lambda method, path: method == "PUT" and "partNumber" in path, before=hang, times=3))
    async with stage.runner(s3_endpoint_url=lake.proxy.url):
        job_id = await stage.submit(["load_rdd", "in.txt"], ["store_rdd", f"s3://{lake.name}/out"], secrets=KEYS)
        await until(lambda: hung, within=60, what="a part is on its way")
        began = time.monotonic()
        await stage.store.cancel(job_id)
        try:
            job = await stage.reached(job_id)
            assert time.monotonic() - began < 4
        finally:
            is_over.set()
    assert job.state is State.CANCELLED
    assert lake.names() == set()
    assert lake.s3.list_multipart_uploads(Bucket=lake.name).get("Uploads", []) == []


async def test_the_next_attempt_sweeps_what_one_left_whose_runner_died(stage: Stage, lake: Lake) -> None:
    stage.write("in.txt", "a")
    job_id = await stage.submit(
        ["load_rdd", "in.txt"], ["store_rdd", f"s3://{lake.name}/out"], ["take", 1], secrets=KEYS
    )
    dead = await stage.store.claim("dead", "nonce", lease_seconds=0.05)
    assert dead is not None
    lake.put(f"out/part-00000-{job_id}-{dead.fence}", "half of it")
    lake.s3.create_multipart_upload(Bucket=lake.name, Key=f"out/part-00001-{job_id}-{dead.fence}")
    async with stage.runner(s3_endpoint_url=lake.proxy.url):
        job = await stage.reached(job_id)
    assert (job.state, job.attempts) == (State.DONE, 2), job.reason
    assert lake.names() == {"out/_SUCCESS", f"out/part-00000-{job_id}-{job.fence}"}
    assert lake.s3.list_multipart_uploads(Bucket=lake.name).get("Uploads", []) == []


async def test_a_publication_whose_runner_died_after_its_decision_is_completed_without_its_files(
    stage: Stage, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.write("in.txt", "a")
    marker = f"/{lake.name}/out/_SUCCESS"
    lake.fail(Fault(lambda method, path: method == "PUT" and path.endswith("_SUCCESS"), before=lambda: puts.append("")))
    puts: list[str] = []
    from spark_runner.publication import Publication

    async def die(*_: Any) -> None:
        raise SystemError("the runner dies")

    publish = Publication._publish
    monkeypatch.setattr(Publication, "_publish", die)
    async with stage.runner(s3_endpoint_url=lake.proxy.url, lease_seconds=0.3, beat_seconds=5, reap_seconds=60):
        job_id = await stage.submit(["load_rdd", "in.txt"], ["store_rdd", f"s3://{lake.name}/out"], secrets=KEYS)

        async def committing() -> bool:
            return (await stage.job(job_id)).phase == "committing"

        async with stage.store.changes() as changes:
            while not await committing():
                with changes.watch(job_id) as watch:
                    await watch.wait(0.2)
    assert not puts
    monkeypatch.setattr(Publication, "_publish", publish)
    async with stage.runner(s3_endpoint_url=lake.proxy.url):
        job = await stage.reached(job_id)
    assert job.state is State.DONE, job.reason
    assert len(puts) == 1
    assert lake.names() == {f"{marker.split('/', 2)[2]}", *(k for k in lake.names() if "part-00000" in k)}
