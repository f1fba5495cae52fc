"""A runner that is killed while its job writes to S3: the job is done once, with the files of one attempt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.acceptance.running import Speedy, serving
from tests.s3_server import KEYS, Fault, Proxy, client, running_proxy, running_s3

LINES = "".join(f"line {number}\n" for number in range(1_000_000))


@pytest.fixture(scope="module")
def proxy() -> Iterator[Proxy]:
    with running_s3() as endpoint, running_proxy(endpoint) as proxy:
        client(endpoint).create_bucket(Bucket="lake")
        yield proxy


@pytest.fixture(scope="module")
def speedy(tmp_path_factory: pytest.TempPathFactory, proxy: Proxy) -> Iterator[Speedy]:
    with serving(tmp_path_factory.mktemp("s3-crashes") / "data", SPEEDY_S3_ENDPOINT_URL=proxy.url) as running:
        (running.data / "in.txt").write_text(LINES)
        yield running


def killed_at(speedy: Speedy, proxy: Proxy, out: str, part_of_url: str, *, passes: bool) -> dict[str, Any]:
    """The record of a job whose runner was killed at its first such request, which still arrived or did not."""

    def kill() -> None:
        speedy.wait_child("runner").kill()

    def hit(method: str, path: str) -> bool:
        return method == "PUT" and part_of_url in path

    lost = Fault(hit, reset=True, passes=True, times=1, after=kill)
    proxy.faults = [lost if passes else Fault(hit, reset=True, times=1, before=kill)]
    return speedy.run(["load_rdd", str(speedy.data / "in.txt")], ["store_rdd", f"s3://lake/{out}"], s3=KEYS)


def check_output(proxy: Proxy, job: dict[str, Any], out: str) -> None:
    s3 = client(proxy.upstream)
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket="lake", Prefix=f"{out}/")["Contents"]]
    marker = json.loads(s3.get_object(Bucket="lake", Key=f"{out}/_SUCCESS")["Body"].read())
    (file,) = marker["files"]
    assert sorted(keys) == [f"{out}/_SUCCESS", f"{out}/{file['name']}"]
    assert job["job_id"] in file["name"]
    assert s3.get_object(Bucket="lake", Key=f"{out}/{file['name']}")["Body"].read().decode() == LINES
    assert s3.list_multipart_uploads(Bucket="lake").get("Uploads", []) == []


def test_a_job_killed_while_it_uploads_is_done_by_another_attempt_which_sweeps(speedy: Speedy, proxy: Proxy) -> None:
    job = killed_at(speedy, proxy, "one", "partNumber=2", passes=False)
    assert (job["state"], job["attempts"], job["crashes"]) == ("DONE", 2, 1), job
    check_output(proxy, job, "one")


def test_a_job_killed_while_it_puts_its_marker_is_done_by_that_very_put(speedy: Speedy, proxy: Proxy) -> None:
    job = killed_at(speedy, proxy, "two", "_SUCCESS", passes=True)
    assert (job["state"], job["attempts"], job["crashes"]) == ("DONE", 1, 1), job
    check_output(proxy, job, "two")
