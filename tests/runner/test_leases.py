"""Leases, cancels, limits of time, stops and deaths of runners."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from uuid import uuid4

import pytest

from functions.storage import publish as publication
from server.jobs.job import Job, Priority, State
from server.jobs.protocol import Cancelled
from spark_runner.batches import BatchService
from spark_runner.runner import Runner
from tests.runner.conftest import Stage
from tests.waiting import until

#: Lines of the long job; each becomes 90,000 rows in each of a hundred tasks.
MANY = 1


def endless(stage: Stage) -> list[Any]:
    """Steps that run far longer than any test: a hundred tasks of half a second or more."""
    row = '{"l": [' + ",".join(['{"l": [' + ",".join(["{}"] * 300) + "]}"] * 300) + "]}"
    stage.write("long.jsonl", *[row] * MANY)
    steps: list[Any] = [["load_rdd", "long.jsonl"], ["jsonify"], ["split_into_tables", {"t": {"fields": ["l"]}}]]
    steps += [["group_by_table", ["t"]]]
    steps += [["explode_tables", {"t": ["l"]}]] * 2
    steps += [["unify_tables", [{"sources": ["t"] * 10, "sink": "t"}]]] * 2
    steps += [["store_tables", ["t"], "never"]]
    return steps


#: Numbers that Spark alone would work through to the end: none of its operators between them and the maximum asks.
UNASKED: list[Any] = [
    ["load_range", 100_000_000],
    ["with_column", "x", "sha2(cast(id as string), 256)"],
    ["group_by", [], [{"function": "max", "column": "x"}]],
    ["collect"],
]


def spark_is_idle(stage: Stage) -> bool:
    tracker = stage.engine.context.statusTracker()
    return not tracker.getActiveJobsIds()


def cores_are_free(stage: Stage) -> bool:
    """Whether no task runs, not even one whose job Spark has given up."""
    executors = stage.engine.context._jsc.sc().statusTracker().getExecutorInfos()
    return not sum(each.numRunningTasks() for each in executors)


async def tasks_run(stage: Stage, job_id: str) -> None:
    """Waits until tasks of the job hold cores."""
    group = f"{job_id}/{(await stage.reached(job_id, State.RUNNING)).fence}"
    await until(
        lambda: any(each["active"] for each in stage.engine.stages(group)), within=60, what="tasks of the job run"
    )


async def busy(stage: Stage, job_id: str) -> Job:
    """The job once Spark works on it."""
    found = await stage.reached(job_id, State.RUNNING)
    await until(lambda: not spark_is_idle(stage), within=60, what="Spark works")
    return found


async def expire(stage: Stage, job_id: str) -> None:
    """Lets a lease run out, as after a long pause of its runner; a heartbeat in between only repeats it."""
    async with asyncio.timeout(30):
        reaped: list[str] = []
        while not reaped:
            await stage.redis.zadd("speedy:jobs:leases", {job_id: 0})
            reaped = (await stage.store.reap("other", lease_seconds=0.001)).requeued
    assert reaped == [job_id]


async def test_a_queued_job_is_cancelled_at_once_and_never_runs(stage: Stage) -> None:
    stage.write("in.txt", "a")
    job_id = await stage.submit(["load_rdd", "in.txt"], ["store_rdd", "out"])
    assert await stage.store.cancel(job_id) is Cancelled.CANCELLED
    async with stage.runner():
        other = await stage.submit(["load_rdd", "in.txt"], ["take", 1])
        assert (await stage.reached(other)).state is State.DONE
    assert (await stage.job(job_id)).attempts == 0
    assert not (stage.folder / "out").exists()


async def test_a_cancel_stops_the_spark_work_within_two_seconds(stage: Stage) -> None:
    async with stage.runner():
        job_id = await stage.submit(*endless(stage))
        await busy(stage, job_id)
        asked = time.monotonic()
        assert await stage.store.cancel(job_id) is Cancelled.REQUESTED
        job = await stage.reached(job_id, within=10)
        await until(lambda: spark_is_idle(stage), within=2, what="Spark has nothing to do")
        assert time.monotonic() - asked < 2
    assert job.state is State.CANCELLED
    assert job.reason is not None
    assert job.reason.code == "cancelled"
    assert stage.left_behind() == []
    assert not (stage.folder / "never").exists()


async def test_a_job_that_runs_too_long_fails_with_timeout(stage: Stage) -> None:
    async with stage.runner():
        job = await stage.reached(await stage.submit(*endless(stage), timeout_seconds=1.0), within=30)
        await until(lambda: spark_is_idle(stage), within=2, what="Spark has nothing to do")
    assert job.state is State.FAILED
    assert job.reason is not None
    assert job.reason.code == "timeout"
    assert stage.left_behind() == []


async def test_a_cancel_ends_tasks_that_work_through_numbers(stage: Stage) -> None:
    async with stage.runner():
        job_id = await stage.submit(*UNASKED)
        await tasks_run(stage, job_id)
        assert await stage.store.cancel(job_id) is Cancelled.REQUESTED
        await until(lambda: cores_are_free(stage), within=2, what="the tasks have ended")
        assert (await stage.reached(job_id)).state is State.CANCELLED
        after = await stage.reached(await stage.submit(["load_range", 1], ["count"]))
    assert after.state is State.DONE


async def test_a_timeout_ends_tasks_that_work_through_numbers(stage: Stage) -> None:
    async with stage.runner():
        job = await stage.reached(await stage.submit(*UNASKED, timeout_seconds=2.0), within=30)
        await until(lambda: cores_are_free(stage), within=2, what="the tasks have ended")
    assert job.reason is not None
    assert job.reason.code == "timeout"


async def test_a_stopping_runner_lets_a_short_job_finish(stage: Stage) -> None:
    stage.write("in.txt", "a")
    async with stage.runner() as runner:
        job_id = await stage.submit(["load_rdd", "in.txt"], ["store_rdd", "out"])
        await stage.reached(job_id, State.RUNNING, State.DONE)
        runner.stop()
    assert (await stage.job(job_id)).state is State.DONE


async def test_a_stopping_runner_hands_a_long_job_back_and_the_next_one_takes_it(stage: Stage) -> None:
    async with stage.runner(stop_seconds=0.1) as runner:
        job_id = await stage.submit(*endless(stage))
        await busy(stage, job_id)
        runner.stop()
    job = await stage.job(job_id)
    assert (job.state, job.crashes) == (State.QUEUED, 0)
    assert stage.left_behind() == []
    async with stage.runner():
        again = await stage.reached(job_id, State.RUNNING)
        assert again.attempts == 2
        await stage.store.cancel(job_id)
        await stage.reached(job_id)


async def test_a_lost_lease_stops_the_work_and_publishes_nothing(stage: Stage) -> None:
    async with stage.runner(reap_seconds=3600, slots=1):
        job_id = await stage.submit(*endless(stage))
        await busy(stage, job_id)
        await expire(stage, job_id)
        # Its one slot is taken, so the runner itself cannot have the job again.
        claim = await stage.store.claim("other", uuid4().hex, lease_seconds=60)
        assert claim is not None
        await until(lambda: spark_is_idle(stage), within=10, what="the first runner gave up")
        await until(lambda: not stage.left_behind(), within=5, what="staged output is gone")
    job = await stage.job(job_id)
    assert (job.state, job.owner) == (State.RUNNING, "other")


async def test_a_runner_that_gets_its_own_lost_job_again_runs_it_apart_from_the_old_attempt(stage: Stage) -> None:
    stage.write("in.txt", "a")
    async with stage.runner(reap_seconds=3600, beat_seconds=3600):
        job_id = await stage.submit(*endless(stage))
        await busy(stage, job_id)
        await expire(stage, job_id)
        async with asyncio.timeout(60), stage.store.changes() as changes:
            with changes.watch(job_id) as watch:
                while (await stage.job(job_id)).attempts < 2:
                    await watch.wait(1)
        assert await stage.store.cancel(job_id) is Cancelled.REQUESTED
        job = await stage.reached(job_id, within=20)
        await until(lambda: spark_is_idle(stage), within=10, what="both attempts have stopped")
    assert job.state is State.CANCELLED, job.reason
    assert stage.left_behind() == []


@pytest.mark.parametrize("renamed", [0, 1, 2])
async def test_a_publication_whose_runner_died_is_completed_by_another(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, renamed: int
) -> None:
    """The first runner dies after `renamed` of its two outputs are in place: nothing after that point happens."""
    stage.write("in.txt", "a")
    rename = publication._rename
    done: list[Any] = []
    died = asyncio.Event()
    loop = asyncio.get_running_loop()

    class Died(BaseException):
        """As if the process were gone."""

    def rename_or_die(output: Any) -> None:
        if len(done) == renamed:
            loop.call_soon_threadsafe(died.set)
            raise Died
        done.append(output)
        rename(output)

    def publish_or_die(*arguments: Any) -> None:
        publish(*arguments)
        loop.call_soon_threadsafe(died.set)
        raise Died

    from spark_runner import publication as publishing

    publish = publishing.publish
    steps = [["load_rdd", "in.txt"], ["store_rdd", "one"], ["store_rdd", "two"], ["collect"]]
    async with stage.runner(lease_seconds=0.5, beat_seconds=3600, reap_seconds=3600):
        with monkeypatch.context() as patch:
            if renamed < 2:
                patch.setattr(publication, "_rename", rename_or_die)
            else:
                patch.setattr(publishing, "publish", publish_or_die)
            job_id = await stage.submit(*steps)
            await asyncio.wait_for(died.wait(), 30)
        job = await stage.job(job_id)
        assert (job.state, job.phase) == (State.RUNNING, "committing")
    async with stage.runner(lease_seconds=0.5, reap_seconds=0.05):
        job = await stage.reached(job_id, within=30)
    assert job.state is State.DONE, job.reason
    assert (stage.folder / "one/part-00000").read_text() == "a\n"
    assert (stage.folder / "two/part-00000").read_text() == "a\n"
    assert stage.rows(job) == ["a"]
    assert stage.left_behind() == []
    assert job.result is not None


async def test_a_destination_taken_after_the_decision_fails_the_job_and_takes_its_output_back(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.write("in.txt", "a")
    from spark_runner import publication as publishing

    publish = publishing.publish

    def taken_meanwhile(*arguments: Any) -> None:
        (stage.folder / "two").mkdir()
        publish(*arguments)

    monkeypatch.setattr(publishing, "publish", taken_meanwhile)
    async with stage.runner():
        job = await stage.reached(
            await stage.submit(["load_rdd", "in.txt"], ["store_rdd", "one"], ["store_rdd", "two"])
        )
    assert job.state is State.FAILED
    assert job.reason is not None
    assert job.reason.code == "destination_exists"
    assert not (stage.folder / "one").exists()
    assert stage.left_behind() == []


async def test_several_jobs_run_at_once_and_a_short_one_passes_a_long_one(stage: Stage) -> None:
    stage.write("in.txt", "a")
    async with stage.runner():
        long = await stage.submit(*endless(stage))
        await busy(stage, long)
        short = [await stage.submit(["load_rdd", "in.txt"], ["take", 1]) for _ in range(5)]
        for job_id in short:
            assert (await stage.reached(job_id)).state is State.DONE
        assert (await stage.job(long)).state is State.RUNNING
        await stage.store.cancel(long)
        await stage.reached(long)


async def test_progress_by_stage_is_told_while_a_job_runs(stage: Stage) -> None:
    async with stage.runner():
        job_id = await stage.submit(*endless(stage))
        async with asyncio.timeout(60), stage.store.changes() as changes:
            with changes.watch(job_id) as watch:
                while not (job := await stage.job(job_id)).stages:
                    await watch.wait(1)
        assert {"stage", "name", "tasks", "completed", "active", "failed"} <= set(job.stages[0])
        assert job.step_progress[0].state == "DONE"
        await stage.store.cancel(job_id)
        await stage.reached(job_id)


async def test_an_idle_runner_ends_itself_when_told_to_and_a_busy_one_does_not(stage: Stage) -> None:
    settings = stage.settings.model_copy(update={"idle_seconds": 0.3})
    batches = BatchService(stage.batches, stage.batches.changes(), settings)
    runner = Runner(stage.store, stage.engine, stage.catalog, settings, "idle", batches=batches)
    assert await asyncio.wait_for(runner.run(), 30) is True


async def test_a_waiting_runner_wakes_within_milliseconds_of_a_submission(stage: Stage) -> None:
    stage.write("in.txt", "a")
    waits = []
    async with stage.runner():
        for _ in range(5):
            job_id = await stage.submit(["load_rdd", "in.txt"], ["take", 1], priority=Priority.NORMAL)
            job = await stage.reached(job_id)
            assert job.started_at is not None
            waits.append(job.started_at - job.submitted_at)
    assert min(waits) <= 5, waits
