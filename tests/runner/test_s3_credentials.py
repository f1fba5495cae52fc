"""Whose credentials a job has, and what they let it do; moto's server with its IAM checks switched on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from server.jobs.job import Job, State
from tests.runner.conftest import Stage
from tests.s3_server import Proxy, client, running_proxy, running_s3

BUCKET = "shared-lake"
ROLE_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}],
    }
)


@pytest.fixture(scope="module")
def proxy() -> Iterator[Proxy]:
    with running_s3() as endpoint, running_proxy(endpoint) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def keys(proxy: Proxy) -> Iterator[dict[str, dict[str, str]]]:
    """Two people, each with a part of one bucket, and one who may only assume a role; IAM holds from here on."""
    endpoint = proxy.url
    s3, iam = client(endpoint), client(endpoint, "iam")
    s3.create_bucket(Bucket=BUCKET)
    found = {}
    for name in ("ana", "bia"):
        s3.put_object(Bucket=BUCKET, Key=f"{name}/in.txt", Body=f"{name}'s\n".encode())
        found[name] = user(iam, name, ["s3:*"], [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/{name}/*"])
    found["caller"] = user(iam, "caller", ["sts:AssumeRole"], ["*"])
    iam.create_role(RoleName="reader", AssumeRolePolicyDocument=ROLE_TRUST)
    iam.put_role_policy(RoleName="reader", PolicyName="p", PolicyDocument=document(["s3:*"], ["*"]))
    httpx.post(f"{proxy.upstream}/moto-api/reset-auth", content=b"0").raise_for_status()
    yield found
    httpx.post(f"{proxy.upstream}/moto-api/reset-auth", content=b"inf")


def user(iam: Any, name: str, actions: list[str], resources: list[str]) -> dict[str, str]:
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document(actions, resources))
    made = iam.create_access_key(UserName=name)["AccessKey"]
    return {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}


def document(actions: list[str], resources: list[str]) -> str:
    statement = {"Effect": "Allow", "Action": actions, "Resource": resources}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@asynccontextmanager
async def on_s3(stage: Stage, proxy: Proxy) -> AsyncIterator[Any]:
    async with stage.runner(s3_endpoint_url=proxy.url):

        async def run(secrets: dict[str, str] | None, *steps: Any) -> Job:
            return await stage.reached(await stage.submit(*steps, secrets=secrets))

        yield run


def reason(job: Job) -> Any:
    assert job.state is State.FAILED
    return job.reason


async def test_wrong_keys_and_denied_ones_fail_the_job_and_name_the_step(
    stage: Stage, proxy: Proxy, keys: dict[str, dict[str, str]]
) -> None:
    stage.write("in.txt", "a")
    unknown = {"aws_access_key_id": "AKIAUNKNOWN", "aws_secret_access_key": "never-known"}
    wrong = {**keys["ana"], "aws_secret_access_key": "not-the-secret"}
    async with on_s3(stage, proxy) as run:
        for secrets, code in ((unknown, "InvalidAccessKeyId"), (wrong, "SignatureDoesNotMatch")):
            why = reason(await run(secrets, ["load_rdd", f"s3://{BUCKET}/ana/in.txt"], ["collect"]))
            assert (why.code, why.step, why.argument) == ("storage_failed", 0, "filepath")
            assert code in why.detail
            assert "credentials" in (why.hint or "")
        why = reason(await run(keys["bia"], ["load_rdd", "in.txt"], ["store_rdd", f"s3://{BUCKET}/ana/out"]))
        assert (why.code, why.step, why.function) == ("storage_failed", 1, "store_rdd")


async def test_two_jobs_at_once_with_one_bucket_see_only_what_their_own_keys_allow(
    stage: Stage, proxy: Proxy, keys: dict[str, dict[str, str]]
) -> None:
    async with on_s3(stage, proxy) as run:
        jobs = {
            (whose, place): run(keys[whose], ["load_rdd", f"s3://{BUCKET}/{place}/in.txt"], ["collect"])
            for whose in ("ana", "bia")
            for place in ("ana", "bia")
        }
        ended = dict(zip(jobs, await asyncio.gather(*jobs.values()), strict=True))
    for (whose, place), job in ended.items():
        if whose == place:
            assert job.state is State.DONE, job.reason
            assert stage.rows(job) == [f"{place}'s"]
        else:
            assert reason(job).code in ("storage_failed", "spark_failed")
            assert job.result is None


async def test_a_role_is_assumed_in_the_driver_for_the_jobs_own_prefixes_and_named_after_it(
    stage: Stage, proxy: Proxy, keys: dict[str, dict[str, str]]
) -> None:
    secrets = {**keys["caller"], "role_arn": "arn:aws:iam::123456789012:role/reader"}
    async with on_s3(stage, proxy) as run:
        why = reason(await run(keys["caller"], ["load_rdd", f"s3://{BUCKET}/ana/in.txt"], ["collect"]))
        assert "AccessDenied" in why.detail
        job = await run(
            secrets,
            ["load_rdd", f"s3://{BUCKET}/ana/*.txt"],
            ["collect"],
            ["store_rdd", f"s3://{BUCKET}/role/{len(keys)}"],
        )
    assert job.state is State.DONE, job.reason
    assert stage.rows(job) == ["ana's"]
    from moto.sts.models import sts_backends

    assumed = [role for role in sts_backends["123456789012"]["aws"].assumed_roles if job.id in role.session_name]
    assert {role.session_name for role in assumed} == {f"speedy-{job.id}"}
    running, publishing = (json.loads(role.policy)["Statement"] for role in assumed)
    assert allowed(running, "s3:GetObject") >= {f"{BUCKET}/ana/*", f"{BUCKET}/role/3", f"{BUCKET}/role/3/*"}
    assert allowed(running, "s3:PutObject") == {f"{BUCKET}/role/3", f"{BUCKET}/role/3/*"}
    assert allowed(publishing, "s3:PutObject") == {f"{BUCKET}/role/3", f"{BUCKET}/role/3/*"}


async def test_a_role_that_may_not_be_assumed_is_told(
    stage: Stage, proxy: Proxy, keys: dict[str, dict[str, str]]
) -> None:
    secrets = {**keys["ana"], "role_arn": "arn:aws:iam::123456789012:role/reader"}
    async with on_s3(stage, proxy) as run:
        why = reason(await run(secrets, ["load_rdd", f"s3://{BUCKET}/ana/in.txt"], ["collect"]))
    assert (why.code, why.step) == ("storage_failed", 0)
    assert "role" in why.detail


def test_spark_shows_no_plans_and_writes_nothing_readable(stage: Stage) -> None:
    assert stage.engine.context.uiWebUrl is None
    conf = stage.engine.context.getConf()
    assert conf.get("spark.eventLog.enabled") == "false"
    assert conf.get("spark.io.encryption.enabled") == "true"


def allowed(statements: list[dict[str, Any]], action: str) -> set[str]:
    return {
        resource.removeprefix("arn:aws:s3:::")
        for statement in statements
        if action in statement["Action"]
        for resource in statement["Resource"]
    }
