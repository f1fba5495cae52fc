"""Batches and jobs: a job reads the outputs of a batch, or makes one; a real dispatcher calls a real webhook."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from server.batches.batch import Batch, Input, NewBatch, Options
from server.batches.batch import State as BatchState
from server.jobs.job import Job, State, StepState
from server.jobs.protocol import Claim
from spark_runner.attempt import job_folder
from spark_runner.batches import BatchService, JobBatches, batch_id_of
from tests.runner.conftest import KEY, Stage
from tests.waiting import until

PROJECT = Path(__file__).parents[2]
SECRET = "whsec_" + base64.b64encode(b"a canary of a secret").decode()
ONE_ROW = ["load_rdd", "in.txt"]


@dataclass
class Hook:
    """A webhook that notes its calls. It answers 400 to keys that begin with `bad`, and not at all to `slow…`."""

    url: str = ""
    calls: list[tuple[str, Any]] = field(default_factory=list)
    secrets: set[str | None] = field(default_factory=set)
    hangs: asyncio.Event = field(default_factory=asyncio.Event)
    is_over: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.Response:
        key, value = request.match_info["key"], await request.json()
        self.calls.append((key, value))
        self.secrets.add(request.headers.get("PMMAP-auth"))
        if key.startswith("slow"):
            self.hangs.set()
            await self.is_over.wait()
        if key.startswith("bad"):
            return web.Response(status=400, text="not this one")
        return web.json_response({"was": value})


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    hook = Hook()
    app = web.Application()
    app.router.add_post("/hook/{key}", hook.answer)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield hook
    hook.is_over.set()
    await runner.cleanup()


@pytest.fixture
def dispatcher(stage: Stage, redis_url: str) -> Iterator[Path]:
    """A dispatcher of its own process; gives its log."""
    environ = {
        **os.environ,
        "REDIS_URL": redis_url,
        "SPEEDY_BASE": str(stage.folder),
        "SPEEDY_DATA": str(stage.folder),
        "SPEEDY_SECRET_KEY": base64.b64encode(KEY).decode(),
        "SPEEDY_WEBHOOK_ALLOW": "127.0.0.1",
        "SPEEDY_STOP_SECONDS": "1",
    }
    path = stage.settings.state_folder / "dispatcher.log"
    with path.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "server.batches"], env=environ, cwd=PROJECT, stdout=out, stderr=out
        )
    yield path
    process.terminate()
    process.wait(timeout=30)


@asynccontextmanager
async def working(stage: Stage, **settings: Any) -> AsyncIterator[None]:
    async with stage.runner(webhook_allow="127.0.0.1", **settings):
        yield


async def filed(stage: Stage, url: str, *keys: str, tenant: str = "default") -> str:
    """A batch that waits for more inputs."""
    batch_id = (await stage.batches.create(NewBatch(Options(url), tenant=tenant))).batch_id
    inputs = [Input(key, json.dumps(key)) for key in keys]
    assert await stage.batches.add(batch_id, inputs, moves=0, is_whole=True, most_bytes=1 << 20)
    return batch_id


async def batch(stage: Stage, batch_id: str) -> Batch:
    found = await stage.batches.get(batch_id)
    assert found is not None
    return found


async def job_batch(stage: Stage, job: Job, step: int) -> Batch:
    """The batch that a step of the latest attempt made."""
    return await batch(stage, batch_id_of(job.id, job.fence, step))


async def waits(stage: Stage, job_id: str) -> None:
    """Returns when the job's first step runs."""
    async with asyncio.timeout(60), stage.store.changes() as changes:
        with changes.watch(job_id) as watch:
            while not any(step.state is StepState.RUNNING for step in (await stage.job(job_id)).step_progress):
                await watch.wait(5)


def by_key(rows: list[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: str(row["key"]))


def mapping(hook: Hook, **arguments: Any) -> dict[str, Any]:
    return {"function": "map_webhook", "url": hook.url, **arguments}


# -- load_batch --------------------------------------------------------------------------------------------------------


async def test_a_batch_that_is_none_or_anothers_or_cancelled_fails_the_job_and_names_the_step(stage: Stage) -> None:
    url = "http://127.0.0.1:1/"
    foreign, cancelled = await filed(stage, url, "a", tenant="bia"), await filed(stage, url, "a")
    await stage.batches.complete(foreign)
    await stage.batches.cancel(cancelled)
    found = []
    async with working(stage):
        for batch_id in ("no-such-batch", foreign, cancelled):
            job = await stage.reached(await stage.submit(["load_batch", batch_id], ["collect"]))
            assert job.state is State.FAILED
            found.append(job.reason)
    for reason, batch_id in zip(found[:2], ("no-such-batch", foreign), strict=True):
        assert (reason.code, reason.step, reason.function, reason.argument) == (
            *("input_missing", 0, "load_batch", "batch_id"),
        )
        assert f"there is no batch `{batch_id}`" in reason.detail
    assert (found[2].code, found[2].step) == ("step_failed", 0)
    assert "was cancelled" in found[2].detail
    assert (await batch(stage, foreign)).state is BatchState.COMPLETE


async def test_the_outputs_and_failures_of_a_batch_are_rows_of_a_job(
    stage: Stage, hook: Hook, dispatcher: Path
) -> None:
    batch_id = await filed(stage, hook.url, "a", "bad é/?", "日本")
    await stage.batches.complete(batch_id)
    async with working(stage):
        steps = (["load_batch", batch_id], ["store_rdd", "out"], ["jsonify"], ["collect"])
        job = await stage.reached(await stage.submit(*steps))
    assert job.state is State.DONE, job.reason
    rows = by_key(stage.rows(job))
    assert rows == [
        {"key": "a", "value": {"was": "a"}},
        {
            "key": "bad é/?",
            "error": {"statusCode": 400, "message": rows[1]["error"]["message"], "body": "not this one"},
        },
        {"key": "日本", "value": {"was": "日本"}},
    ]
    lines = (stage.folder / "out" / "part-00000").read_text().splitlines()
    assert by_key([json.loads(line) for line in lines]) == rows


async def test_a_job_waits_for_a_batch_that_ends_later(stage: Stage, hook: Hook, dispatcher: Path) -> None:
    batch_id = await filed(stage, hook.url, "a")
    async with working(stage):
        job_id = await stage.submit(["load_batch", batch_id], ["jsonify"], ["take", 5])
        await waits(stage, job_id)
        await until(lambda: hook.calls, within=30, what="the webhook is called")
        assert (await stage.job(job_id)).state is State.RUNNING
        await stage.batches.complete(batch_id)
        job = await stage.reached(job_id)
    assert job.state is State.DONE, job.reason
    assert stage.rows(job) == [{"key": "a", "value": {"was": "a"}}]


async def test_a_job_that_waits_for_a_batch_can_be_cancelled_and_times_out(stage: Stage) -> None:
    batch_id = await filed(stage, "http://127.0.0.1:1/", "a")
    async with working(stage):
        steps = (["load_batch", batch_id], ["collect"])
        job_id = await stage.submit(*steps)
        await waits(stage, job_id)
        await stage.store.cancel(job_id)
        assert (await stage.reached(job_id, within=10)).state is State.CANCELLED
        late = await stage.reached(await stage.submit(*steps, timeout_seconds=0.5))
        assert late.reason is not None
        assert late.reason.code == "timeout"
    assert (await batch(stage, batch_id)).state is BatchState.OPEN


# -- map_webhook -------------------------------------------------------------------------------------------------------


async def test_a_webhook_that_may_not_be_called_fails_the_job_and_makes_no_batch(stage: Stage) -> None:
    stage.write("in.txt", "a")
    async with stage.runner():
        job = await stage.reached(await stage.submit(ONE_ROW, ["map_webhook", "http://127.0.0.1:1/"], ["collect"]))
    assert job.reason is not None
    assert (job.reason.step, job.reason.argument) == (1, "url")
    assert "may not call" in job.reason.detail
    assert await stage.batches.list() == ([], None)


async def test_keys_of_two_rows_or_that_are_none_fail_the_job_and_end_its_batch(
    stage: Stage, hook: Hook, dispatcher: Path
) -> None:
    many = [f'{{"id": "k{number}"}}' for number in range(1001)]
    inputs = {
        "stands for two different rows": ['{"id": "a", "b": 1}', '{"id": "a", "b": 2}'],
        "key `k0` stands for two different rows": [*many, '{"id": "k0", "b": 2}'],
        "must have 1 to 500 characters": ['{"id": ""}'],
        "row 2 has nothing": ['{"id": "a"}', "{}"],
    }
    async with working(stage):
        for what, lines in inputs.items():
            stage.write("in.txt", *lines)
            job = await stage.reached(await stage.submit(ONE_ROW, ["jsonify"], mapping(hook, key="id"), ["collect"]))
            assert job.reason is not None
            assert (job.reason.code, job.reason.step, job.reason.argument) == ("step_failed", 2, "key")
            assert what in job.reason.detail
            assert (await job_batch(stage, job, 2)).state is BatchState.CANCELLED


async def test_rows_are_mapped_and_those_that_fail_are_told_beside_the_others(
    stage: Stage, hook: Hook, dispatcher: Path
) -> None:
    stage.write("in.txt", '{"id": "a", "n": 1}', "no JSON", '{"id": "bad"}', '{"id": 12, "é": "日本"}')
    async with working(stage):
        steps = (ONE_ROW, ["jsonify"], mapping(hook, key="id"), ["jsonify"], ["collect"])
        job = await stage.reached(await stage.submit(*steps))
    assert job.state is State.DONE, job.reason
    rows = by_key(stage.rows(job))
    assert rows[:2] == [
        {"key": "12", "value": {"was": {"id": 12, "é": "日本"}}},
        {"key": "a", "value": {"was": {"id": "a", "n": 1}}},
    ]
    assert rows[2]["error"]["statusCode"] == 400
    assert job.rejects == 1
    assert hook.secrets == {None}
    made = await job_batch(stage, job, 2)
    assert (made.state, made.counts.outputs, made.counts.failed) == (BatchState.DONE, 3, 1)
    assert made.options.name == f"job {job.id}, step 2"


async def test_lines_of_several_blocks_are_mapped_each_once(stage: Stage, hook: Hook, dispatcher: Path) -> None:
    stage.write("in.txt", *(f"line {number}" for number in range(1500)))
    async with working(stage):
        job = await stage.reached(await stage.submit(ONE_ROW, mapping(hook, concurrency=50), ["jsonify"], ["collect"]))
    assert job.state is State.DONE, job.reason
    assert {row["key"]: row["value"]["was"] for row in stage.rows(job)} == {
        str(number + 1): f"line {number}" for number in range(1500)
    }
    assert len(hook.calls) == 1500


async def test_no_rows_make_a_batch_that_ends_at_once(stage: Stage, hook: Hook, dispatcher: Path) -> None:
    stage.write("in.txt")
    async with working(stage):
        job = await stage.reached(await stage.submit(ONE_ROW, mapping(hook), ["collect"]))
    assert job.state is State.DONE, job.reason
    assert stage.rows(job) == []


@pytest.mark.parametrize("how", ["cancelled", "timeout", "batch cancelled"])
async def test_the_batch_of_a_job_that_ends_early_ends_with_it(
    how: str, stage: Stage, hook: Hook, dispatcher: Path
) -> None:
    stage.write("in.txt", '{"id": "a"}', '{"id": "slow"}')
    timeout = 8 if how == "timeout" else None
    async with working(stage):
        steps = (ONE_ROW, ["jsonify"], mapping(hook, key="id"), ["collect"])
        job_id = await stage.submit(*steps, timeout_seconds=timeout)
        await asyncio.wait_for(hook.hangs.wait(), 60)
        made = await job_batch(stage, await stage.job(job_id), 2)
        assert made.state is BatchState.COMPLETE
        if how == "cancelled":
            await stage.store.cancel(job_id)
        elif how == "batch cancelled":
            await stage.batches.cancel(made.id)
        job = await stage.reached(job_id, within=20)
        assert (await batch(stage, made.id)).state is BatchState.CANCELLED
    if how == "cancelled":
        assert job.state is State.CANCELLED
        return
    assert job.reason is not None
    assert job.reason.code == ("timeout" if how == "timeout" else "step_failed")
    assert ("was cancelled" in job.reason.detail) == (how == "batch cancelled")


async def test_the_batches_of_attempts_whose_runners_died_are_cancelled_by_the_next(stage: Stage) -> None:
    service = BatchService(stage.batches, stage.batches.changes(), stage.settings)
    new = NewBatch(Options("http://127.0.0.1:1/"))
    job_id = await stage.submit(ONE_ROW)
    dead, own, other = (batch_id_of(job_id, fence, step) for fence, step in ((3, 1), (7, 1), (3, 2)))
    for batch_id in (dead, own, other):
        await stage.batches.create(new, batch_id=batch_id)
    folder = job_folder(stage.settings, job_id)
    for name in ("3-nonce", "7-nonce", "odd"):
        (folder / name).mkdir(parents=True)
    claim = Claim(await stage.job(job_id), 7, "nonce", None, committing=False)
    await asyncio.to_thread(JobBatches(service, claim, lambda: None).sweep, folder, [1])
    assert (await batch(stage, dead)).state is BatchState.CANCELLED
    assert (await batch(stage, own)).state is BatchState.OPEN
    assert (await batch(stage, other)).state is BatchState.OPEN


async def test_the_secret_reaches_the_webhook_and_shows_nowhere_else(
    stage: Stage, hook: Hook, dispatcher: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    stage.write("in.txt", '{"id": "a"}', '{"id": "bad"}', '{"id": "b"}')
    secrets = {"webhook": {"secret": SECRET}}
    options = {"webhook": "set"}
    async with working(stage):
        steps = (ONE_ROW, ["jsonify"], mapping(hook, key="id"), ["collect"], ["store_rdd", "out"])
        done = await stage.reached(await stage.submit(*steps, secrets=secrets, options=options))
        # A text that holds the secret fails the job: it is told without it.
        stage.write("in.txt", json.dumps({"id": SECRET, "n": 1}), json.dumps({"id": SECRET, "n": 2}))
        failed = await stage.reached(await stage.submit(*steps, secrets=secrets, options=options))
        assert done.state is State.DONE, done.reason
        assert failed.reason is not None
        assert "`***` stands for two" in failed.reason.detail
        assert hook.secrets == {SECRET}
    shown = [json.dumps((await stage.job(job.id)).to_json()) for job in (done, failed)]
    shown += [json.dumps((await job_batch(stage, done, 2)).to_json()), *capfd.readouterr(), await in_redis(stage)]
    (stage.folder / "in.txt").unlink()
    shown += [path.read_bytes().decode(errors="replace") for path in stage.folder.rglob("*") if path.is_file()]
    assert "a canary" not in "".join(shown)
    assert SECRET not in "".join(shown)


async def in_redis(stage: Stage) -> str:
    """All that Redis holds, as text."""
    found = []
    async for key in stage.redis.scan_iter():
        kind = await stage.redis.type(key)
        match kind:
            case "string":
                value: Any = await stage.redis.get(key)
            case "hash":
                value = await stage.redis.hgetall(key)
            case "list":
                value = await stage.redis.lrange(key, 0, -1)
            case "set":
                value = await stage.redis.smembers(key)
            case "zset":
                value = await stage.redis.zrange(key, 0, -1)
            case "stream":
                value = await stage.redis.xrange(key)
            case _:
                raise AssertionError(kind)
        found.append(f"{key} {value}")
    return "\n".join(found)
