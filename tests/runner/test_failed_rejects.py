"""Rejects of jobs that failed for their data: kept to tell why, and nothing else of the attempt."""

from __future__ import annotations

from typing import Any

import pytest

from server.jobs.job import Job, State
from server.jobs.store import Failed
from spark_runner.attempt import job_folder
from spark_runner.upkeep import Upkeep
from tests.runner.conftest import Stage

PEOPLE = ["load_rows", [{"id": "1", "name": "Ada"}, {"id": "x", "name": "Bob"}]]


async def failed(stage: Stage, *steps: Any, **settings: Any) -> Job:
    async with stage.runner(**settings):
        job = await stage.reached(await stage.submit(*steps))
    assert job.state is State.FAILED
    return job


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (["cast", {"id": "int"}, "reject", 0], "too_many_rejects"),
        (["expect", [{"check": "condition", "expression": "id <> 'x'"}], "quarantine", 0], "too_many_rejects"),
        (["expect", [{"check": "condition", "expression": "id <> 'x'"}]], "expectation_failed"),
    ],
)
async def test_a_job_that_fails_for_its_data_keeps_the_records_that_tell_why(
    stage: Stage, step: list[Any], code: str
) -> None:
    job = await failed(stage, PEOPLE, step, ["store_json", "out"], ["collect"])
    assert job.reason is not None
    assert (job.reason.code, job.rejects, job.to_json()["result"]) == (code, 1, None)
    assert "/rejects tells which and why" in (job.reason.hint or "")
    rejects = stage.rows(job, "rejects.jsonl")
    assert [(item["step"], item["line"]) for item in rejects] == [(1, '{"id":"x","name":"Bob"}')]
    home = job_folder(stage.settings, job.id)
    assert [path.name for path in home.rglob("*") if path.is_file()] == ["rejects.jsonl"]
    assert (stage.left_behind(), (stage.folder / "out").exists()) == ([], False)


async def test_rejects_of_a_failed_job_are_bounded_and_go_with_its_record(stage: Stage) -> None:
    stage.write("numbers.txt", *["x"] * 20)
    steps = [["load_text", "numbers.txt"], ["expect", [{"check": "condition", "expression": "value = '1'"}]]]
    job = await failed(stage, *steps, ["collect"], rejects_max_rows=5)
    assert (job.rejects, len(stage.rows(job, "rejects.jsonl"))) == (20, 5)
    upkeep = Upkeep(stage.store, stage.settings.model_copy(update={"keep_days": 0}), "runner", lambda _: None)
    await upkeep._forget()
    assert not job_folder(stage.settings, job.id).exists()


async def test_rejects_of_a_lost_lease_are_not_kept(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def lost(*_: Any, **__: Any) -> Failed:
        return Failed.LOST

    steps = [PEOPLE, ["cast", {"id": "int"}, "reject", 0], ["collect"]]
    job_id = await stage.submit(*steps)
    with monkeypatch.context() as patch:
        patch.setattr(stage.store, "fail", lost)
        async with stage.runner(lease_seconds=1, beat_seconds=0.2):
            await stage.reached(job_id, State.RUNNING)
    assert (await stage.job(job_id)).attempt is None
    assert not list(job_folder(stage.settings, job_id).rglob("rejects.jsonl"))
    async with stage.runner(lease_seconds=1, beat_seconds=0.2):
        job = await stage.reached(job_id)
    assert (job.state, job.attempts, job.rejects) == (State.FAILED, 2, 1)
    assert [path.name for path in job_folder(stage.settings, job_id).iterdir()] == [job.attempt]


@pytest.mark.parametrize("amount", [3, 2_500, 12_001])
async def test_rejects_are_told_alike_however_many_there_are(stage: Stage, amount: int) -> None:
    steps = [
        ["load_range", amount],
        ["with_column", "text", "concat('é\"\\n', id)"],
        ["cast", {"text": "int"}],
        ["expect", [{"check": "condition", "expression": "id < 0"}], "quarantine"],
        ["count"],
    ]
    async with stage.runner():
        job = await stage.reached(await stage.submit(*steps))
    assert (job.state, job.rejects) == (State.DONE, amount)
    found = sorted(stage.rows(job, "rejects.jsonl"), key=lambda item: int(item["line"].partition(",")[0][6:]))
    assert found == [
        {
            "step": 2,
            "function": "cast",
            "reason": f'`text`: `é"\n{number}` is not of the type INT',
            "line": f'{{"id":{number},"text":"é\\"\\n{number}"}}',
        }
        for number in range(amount)
    ]
