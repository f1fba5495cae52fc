"""Jobs of typed rows: all is planned before anything acts, and bad records are counted."""

from __future__ import annotations

from typing import Any

import pytest

from server.jobs.job import Job, State, StepState
from tests.runner.conftest import Stage

PEOPLE = ["load_rows", [{"id": "1", "name": "Ada"}, {"id": "x", "name": "Bob"}, {"id": "3", "name": None}]]


async def run(stage: Stage, *steps: Any, state: State = State.DONE) -> Job:
    async with stage.runner():
        return await stage.reached(await stage.submit(*steps), state)


async def test_a_mistake_in_the_last_step_is_found_before_the_first_one_acts(stage: Stage) -> None:
    stage.write("in.txt", "a")
    job = await run(
        stage, ["load_rdd", "in.txt"], ["store_rdd", "out"], PEOPLE, ["drop_nulls", ["naem"]], state=State.FAILED
    )
    assert job.reason is not None
    assert (job.reason.code, job.reason.step, job.reason.argument) == ("step_failed", 3, "columns")
    assert job.reason.hint == "did you mean `name`?"
    states = [step.state for step in job.step_progress]
    assert states == [StepState.DONE, StepState.PENDING, StepState.DONE, StepState.FAILED]
    assert not (stage.folder / "out").exists()


async def test_a_file_at_fault_is_told_as_steps_name_it_and_what_may_be_wrong(stage: Stage) -> None:
    stage.write("in.csv", "id,name")
    job = await run(stage, ["load_parquet", "in.csv"], ["count"], state=State.FAILED)
    assert job.reason is not None
    assert job.reason.detail.startswith("step 0 (`load_parquet`): `in.csv` cannot be read")
    assert "such as CSV where Parquet is wanted" in str(job.reason.hint)


async def test_sinks_and_results_act_in_the_order_of_their_steps(stage: Stage) -> None:
    job = await run(stage, PEOPLE, ["take", 1], ["name_table", "people"], ["count"], ["load_range", 3])
    assert [step.state for step in job.step_progress] == [StepState.DONE] * 5
    assert stage.rows(job) == [{"count": 3}]


async def test_records_that_are_set_aside_are_counted_for_each_step(stage: Stage) -> None:
    job = await run(stage, PEOPLE, ["cast", {"id": "int"}], ["drop_nulls"], ["collect"])
    assert stage.rows(job) == [{"id": 1, "name": "Ada"}]
    assert job.rejects == 1
    assert [(step.read, step.rejected) for step in job.step_progress] == [(3, 0), (3, 1), (None, None), (None, None)]
    assert job.step_progress[1].to_json()["kept"] == 2
    assert stage.rows(job, "rejects.jsonl") == [
        {
            "step": 1,
            "function": "cast",
            "reason": "`id`: `x` is not of the type INT",
            "line": '{"id":"x","name":"Bob"}',
        }
    ]


async def test_more_rejects_than_a_step_allows_fail_the_job(stage: Stage) -> None:
    steps = [PEOPLE, ["cast", {"id": "int"}, "reject", 0], ["collect"]]
    job = await run(stage, *steps, state=State.FAILED)
    assert job.reason is not None
    assert (job.reason.code, job.reason.step, job.reason.argument) == ("too_many_rejects", 1, "max_rejects")
    assert "1 of 3 records were set aside; the step allows 0" in job.reason.detail
    allowed = await run(stage, PEOPLE, ["cast", {"id": "int"}, "reject", 0.34], ["collect"])
    assert allowed.rejects == 1


async def test_a_bad_record_fails_the_job_and_names_its_step(stage: Stage) -> None:
    job = await run(stage, PEOPLE, ["cast", {"id": "int"}, "fail"], ["limit", 5], ["collect"], state=State.FAILED)
    assert job.reason is not None
    assert (job.reason.code, job.reason.step, job.reason.function) == ("bad_record", 1, "cast")
    assert '`id`: `x` is not of the type INT, in {"id":"x","name":"Bob"}' in job.reason.detail


@pytest.mark.parametrize("keep", ["cache", "checkpoint"])
async def test_records_set_aside_before_kept_rows_are_counted_once(stage: Stage, keep: str) -> None:
    job = await run(stage, PEOPLE, ["cast", {"id": "int"}], [keep], ["sort", ["id"]], ["store_rdd", "out"], ["collect"])
    assert [row["id"] for row in stage.rows(job)] == [1, 3]
    assert (job.step_progress[1].read, job.step_progress[1].rejected, job.rejects) == (3, 1, 1)


BESIDE: list[list[Any]] = [
    [["limit", 1], ["name_table", "one"], ["use_table", "all"], ["union", ["one"]]],
    [["sql", "SELECT * FROM all UNION ALL (SELECT * FROM all LIMIT 1)"]],
]


@pytest.mark.parametrize("steps", BESIDE, ids=["limit", "sql"])
async def test_what_is_set_aside_is_counted_whole_where_a_part_of_the_rows_is_read_beside_all(
    stage: Stage, steps: list[Any]
) -> None:
    lines = [f'{{"id": {number}}}' if number % 3 else f"bad {number}" for number in range(300)]
    source = ["load_json", stage.write("in.jsonl", *lines), "id int"]
    job = await run(stage, source, ["name_table", "all"], *steps, ["count"])
    assert stage.rows(job) == [{"count": 201}]
    assert (job.step_progress[0].read, job.step_progress[0].rejected, job.rejects) == (300, 100, 100)
    assert len(stage.rows(job, "rejects.jsonl")) == 100


async def test_a_value_that_cannot_be_worked_out_fails_the_job_and_names_its_step(stage: Stage) -> None:
    number = ["with_column", "id", "CAST(id AS INT)"]
    job = await run(stage, PEOPLE, ["filter", "name = 'Bob'"], number, ["limit", 5], ["collect"], state=State.FAILED)
    assert job.reason is not None
    assert (job.reason.code, job.reason.step, job.reason.argument) == ("bad_value", 2, "expression")
    assert 'The value \'x\' of the type "STRING" cannot be cast to "INT"' in job.reason.detail
    assert "ansi" not in job.reason.detail


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("parse_json(name)", "Malformed records are detected in record parsing"),
        ("to_number(name, '999')", "The format is invalid"),
        ("map(name, 1, name, 2)", "Duplicate map key"),
        ("date_format(current_date(), concat('YYYY', left(name, 0)))", "Fail to recognize 'YYYY' pattern"),
    ],
)
async def test_a_fault_of_a_value_is_not_tried_again_and_told_in_words(
    stage: Stage, expression: str, told: str
) -> None:
    people = ["load_rows", [{"name": "Ada"}]]
    async with stage.runner():
        job_id = await stage.submit(people, ["with_column", "x", expression], ["collect"], max_attempts=3)
        job = await stage.reached(job_id)
    assert job.reason is not None
    assert (job.state, job.reason.code, job.attempts) == (State.FAILED, "bad_value", 1)
    assert told in job.reason.detail
    assert not any(word in job.reason.detail for word in ("org.apache", "SQLSTATE", "spark.sql"))


async def test_figures_columns_and_samples_are_results(stage: Stage) -> None:
    assert [row["nulls"] for row in stage.rows(await run(stage, PEOPLE, ["describe"]))] == [0, 1]
    assert [row["name"] for row in stage.rows(await run(stage, PEOPLE, ["schema"]))] == ["id", "name"]
    assert len(stage.rows(await run(stage, PEOPLE, ["sample_rows", 2]))) == 2


async def test_an_expectation_fails_the_job_before_anything_is_published(stage: Stage) -> None:
    check = {"check": "not_null", "column": "name"}
    job = await run(stage, PEOPLE, ["expect", [check]], ["limit", 1], ["store_json", "out"], state=State.FAILED)
    assert job.reason is not None
    assert (job.reason.code, job.reason.step, job.reason.argument) == ("expectation_failed", 1, "checks")
    assert "1 of 3 rows are not as expected; the first: `name` is null" in job.reason.detail
    assert not (stage.folder / "out").exists()


async def test_what_is_not_as_expected_is_counted_or_set_aside(stage: Stage) -> None:
    check, count = {"check": "not_null", "column": "name"}, {"check": "row_count", "min": 9}
    job = await run(stage, PEOPLE, ["expect", [check, count], "warn"], ["expect", [check], "quarantine"], ["collect"])
    assert job.step_progress[1].to_json()["warned"] == 2
    assert (job.step_progress[1].read, job.rejects) == (3, 1)
    assert stage.rows(job, "rejects.jsonl")[0]["reason"] == "`name` is null"


async def test_what_is_expected_is_expected_of_rows_that_nothing_reads_to_their_end(stage: Stage) -> None:
    check = ["expect", [{"check": "not_null", "column": "name"}]]
    replaced = await run(stage, PEOPLE, check, ["load_range", 2], ["collect"], state=State.FAILED)
    limited = await run(
        stage, PEOPLE, check, ["name_table", "t"], ["sql", "SELECT * FROM t LIMIT 1"], ["store_json", "out"],
        state=State.FAILED,
    )  # fmt: skip
    for job in (replaced, limited):
        assert job.reason is not None
        assert job.reason.code == "expectation_failed"


@pytest.mark.parametrize(
    "order",
    [[["sort", "id"]], [["name_table", "t"], ["sql", "SELECT * FROM t ORDER BY id"]], [["sort", "id"], ["limit", 5]]],
    ids=["sort", "sql", "limit"],
)
@pytest.mark.parametrize("end", [["collect"], ["store_json", "out"], ["take", 5]], ids=lambda step: step[0])
async def test_rejects_of_rows_that_are_sorted_count_once(stage: Stage, order: list[Any], end: list[Any]) -> None:
    for place in range(3):
        stage.write(f"in/{place}.json", '{"id": "0"}', '{"id": "7"}', "bad", '{"id": "x"}')
    steps = [["load_json", "in/*.json", "id STRING"], ["cast", {"id": "int"}, "reject", 3], *order, end]
    async with stage.runner():
        job = await stage.reached(await stage.submit(*steps))
    assert (job.state, job.rejects) == (State.DONE, 6)
    assert [(step.read, step.rejected) for step in job.step_progress[:2]] == [(12, 3), (9, 3)]
    assert len(stage.rows(job, "rejects.jsonl")) == 6
