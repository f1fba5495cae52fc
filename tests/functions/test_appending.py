"""Adding files to output that is there: all of them or none, whoever else does so."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from pyspark.sql import SparkSession

from functions.errors import DestinationExists
from functions.sinks.store_parquet import store_parquet
from functions.storage.publish import publish as publish_output
from functions.storage.roots import Roots
from functions.storage.s3 import S3
from functions.storage.s3_access import Access
from functions.storage.s3_output import Uploads
from functions.storage.staging import Staging
from functions.storage.storage import Storage
from functions.workspace import Rows
from tests.functions.conftest import CREDENTIALS, MakeRows

JOBS = [f"00000000-0000-4000-8000-00000000000{n}" for n in range(6)]


class Attempt:
    """One attempt of a job that appends."""

    def __init__(self, spark: SparkSession, roots: Roots, folder: Path, job: str, endpoint: str) -> None:
        self.folder = folder / job
        self.folder.mkdir()
        access = Access(CREDENTIALS, endpoint)
        self.uploads = Uploads(access, job, 1)
        self.staging = Staging(roots, job, "1-nonce", self.folder, lambda: None)
        self.storage = Storage(spark, roots, self.staging, S3(access), self.uploads)

    def append(self, rows: Rows, path: str) -> None:
        store_parquet.call(rows, path, "append", 1, storage=self.storage)

    def publish(self) -> None:
        publish_output(self.staging.seal(), self.folder, self.uploads)

    def ids(self, path: str) -> list[int]:
        return sorted(row.id for row in self.storage.read_parquet(path).collect())


@pytest.fixture
def attempt(spark: SparkSession, roots: Roots, tmp_path: Path, endpoint: str) -> Callable[[str], Attempt]:
    return lambda job: Attempt(spark, roots, tmp_path, job, endpoint)


@pytest.fixture(params=["disk", "s3"])
def place(request: pytest.FixtureRequest, bucket: Any) -> str:
    return "out/table" if request.param == "disk" else f"s3://{bucket.name}/table"


def test_files_are_added_and_repeating_it_adds_nothing(attempt: Callable[[str], Attempt], rows: MakeRows, place: str):
    first, second = attempt(JOBS[0]), attempt(JOBS[1])
    first.append(rows("id int", (1,)), place)
    first.publish()
    second.append(rows("id int", (2,)), place)
    assert first.ids(place) == [1]
    second.publish()
    (second.folder / "published").unlink()
    second.publish()
    assert first.ids(place) == [1, 2]


def test_many_who_append_at_once_lose_nothing(attempt: Callable[[str], Attempt], rows: MakeRows, place: str):
    attempts = [attempt(job) for job in JOBS]
    for number, one in enumerate(attempts):
        one.append(rows("id int", (number,)), place)
    with ThreadPoolExecutor(len(attempts)) as threads:
        list(threads.map(Attempt.publish, attempts))
    assert attempts[0].ids(place) == list(range(len(attempts)))


def test_what_was_added_is_taken_back_when_another_output_of_the_job_fails(
    attempt: Callable[[str], Attempt], rows: MakeRows, tmp_path: Path, bucket: Any
):
    for place in ("out/table", f"s3://{bucket.name}/table"):
        before = attempt(JOBS[0] if place.startswith("out") else JOBS[2])
        before.append(rows("id int", (1,)), place)
        before.publish()
        failing = attempt(JOBS[1] if place.startswith("out") else JOBS[3])
        failing.append(rows("id int", (2,)), place)
        blocked = "s3://" + bucket.name + "/blocked-" + failing.folder.name
        store_parquet.call(rows("id int", (3,)), blocked, storage=failing.storage)
        key = blocked.split("/", 3)[3] + "/_SUCCESS"
        bucket.put_object(Key=key, Body=b"in the way")
        with pytest.raises(DestinationExists):
            failing.publish()
        assert before.ids(place) == [1]


def test_a_folder_that_others_filled_keeps_what_it_holds(
    attempt: Callable[[str], Attempt], rows: MakeRows, tmp_path: Path, bucket: Any, endpoint: str
):
    made = attempt(JOBS[0])
    store_parquet.call(rows("id int", (1,)), "out/made", files=1, storage=made.storage)
    made.publish()
    file = next((tmp_path / "out/made").iterdir())
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", **CREDENTIALS)
    client.upload_file(str(file), bucket.name, "foreign/year=2023/data.parquet")
    (tmp_path / "out/foreign/year=2023").mkdir(parents=True)
    (tmp_path / "out/foreign/year=2023/data.parquet").write_bytes(file.read_bytes())
    for job, place in zip(JOBS[1:], ("out/foreign", f"s3://{bucket.name}/foreign"), strict=False):
        one = attempt(job)
        given = rows("id int, year int", (2, 2024))
        store_parquet.call(given, place, "append", 1, ["year"], storage=one.storage)
        one.publish()
        assert sorted(map(tuple, one.storage.read_parquet(place).select("id", "year").collect())) == [
            (1, 2023),
            (2, 2024),
        ]
