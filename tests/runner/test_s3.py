"""Jobs that read from and write to S3: moto's server on this machine."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import boto3
import pytest

from server.jobs.job import Job, State
from tests.runner.conftest import Stage
from tests.s3_server import KEYS, running_s3

TABLES = [
    ["jsonify"],
    ["group_by_table", ["people", "pets"]],
    ["json_to_list_for_tables", {"people": ["name"], "pets": ["name"]}],
]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with running_s3() as endpoint:
        yield endpoint


@pytest.fixture
def bucket(endpoint: str, request: pytest.FixtureRequest) -> Any:
    name = f"bucket-{abs(hash(request.node.name))}"
    resource = boto3.resource("s3", endpoint_url=endpoint, region_name="us-east-1", **KEYS)
    return resource.create_bucket(Bucket=name)


@asynccontextmanager
async def on_s3(stage: Stage, endpoint: str) -> AsyncIterator[Any]:
    async with stage.runner(s3_endpoint_url=endpoint):

        async def run(*steps: Any) -> Job:
            return await stage.reached(await stage.submit(*steps, secrets=KEYS))

        yield run


async def test_what_is_missing_on_s3_fails_the_job_and_names_the_step(stage: Stage, endpoint: str, bucket: Any) -> None:
    async with on_s3(stage, endpoint) as run:
        for path in (
            f"s3://{bucket.name}/nothing.txt",
            "s3://no-such-bucket-here/nothing.txt",
            f"s3a://{bucket.name}/*",
        ):
            job = await run(["load_rdd", path], ["take", 1])
            assert job.state is State.FAILED
            assert job.reason is not None
            assert (job.reason.code, job.reason.step, job.reason.argument) == ("input_missing", 0, "filepath")


async def test_text_is_read_from_objects_folders_globs_and_packed_objects(
    stage: Stage, endpoint: str, bucket: Any
) -> None:
    bucket.put_object(Key="in/a b%20ç.txt", Body="ä\r\nsecond".encode())
    bucket.put_object(Key="in/b.txt.gz", Body=gzip.compress(b"packed\n") + gzip.compress(b"again\n"))
    bucket.put_object(Key="in/_SUCCESS", Body=b"no\n")
    bucket.put_object(Key="in/deeper/c.txt", Body=b"no\n")
    async with on_s3(stage, endpoint) as run:
        for path in (f"s3://{bucket.name}/in", f"s3n://{bucket.name}/in/", f"s3a://{bucket.name}/in/*.t*"):
            job = await run(["load_rdd", path], ["collect"])
            assert job.state is State.DONE, job.reason
            assert sorted(stage.rows(job)) == ["again", "packed", "second", "ä"]


async def test_tables_are_uploaded_and_the_marker_is_put_once_and_last(
    stage: Stage, endpoint: str, bucket: Any
) -> None:
    stage.write("in.jsonl", '{"people": {"name": "Ana"}, "pets": {"name": "Rex|"}}', '{"people": {"name": "Bia"}}')
    steps = [["load_rdd", "in.jsonl"], *TABLES, ["upload_tables", ["people", "pets"], bucket.name, "out/today", "csv"]]
    async with on_s3(stage, endpoint) as run:
        job = await run(*steps)
        assert job.state is State.DONE, job.reason
        found = {item.key: item.get()["Body"].read().decode() for item in bucket.objects.all()}
        assert set(found) == {"out/today/people.csv", "out/today/pets.csv", "out/today/_DONE"}
        assert sorted(found["out/today/people.csv"].splitlines()) == ["Ana", "Bia"]
        assert found["out/today/pets.csv"] == '"Rex|"\n'
        assert {file["name"] for file in json.loads(found["out/today/_DONE"])["files"]} == {"people.csv", "pets.csv"}
        again = await run(*steps)
        assert again.state is State.FAILED
        assert again.reason is not None
        assert again.reason.code == "destination_exists"
    assert stage.left_behind() == []


async def test_text_is_stored_on_s3_and_read_back(stage: Stage, endpoint: str, bucket: Any) -> None:
    stage.write("in.txt", *map(str, range(100)))
    async with on_s3(stage, endpoint) as run:
        job = await run(["load_rdd", "in.txt"], ["store_rdd", f"s3://{bucket.name}/numbers", 2])
        assert job.state is State.DONE, job.reason
        keys = {item.key for item in bucket.objects.all()}
        own = f"{job.id}-{job.fence}"
        assert keys == {f"numbers/part-00000-{own}", f"numbers/part-00001-{own}", "numbers/_SUCCESS"}
        back = await run(["load_rdd", f"s3://{bucket.name}/numbers"], ["collect"])
    assert sorted(map(int, stage.rows(back))) == list(range(100))


async def test_no_secret_is_left_in_redis_or_in_the_data_folder(stage: Stage, endpoint: str, bucket: Any) -> None:
    bucket.put_object(Key="in.txt", Body=b"a\n")
    async with on_s3(stage, endpoint) as run:
        job = await run(["load_rdd", f"s3://{bucket.name}/in.txt"], ["collect"])
    assert job.state is State.DONE
    word = KEYS["aws_secret_access_key"].encode()
    assert not [path for path in stage.folder.rglob("*") if path.is_file() and word in path.read_bytes()]
    assert not await stage.redis.exists(f"speedy:job:{job.id}:secrets")
    assert word.decode() not in json.dumps(job.to_json())
    hashes = [key for key in await stage.redis.keys("*") if await stage.redis.type(key) == "hash"]
    assert hashes
    for key in hashes:
        assert word.decode() not in json.dumps(await stage.redis.hgetall(key))
