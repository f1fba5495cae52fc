"""One job's way through the runner, on real Spark."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from server.jobs.job import Job, State, StepState
from tests.runner.conftest import Stage


async def run(stage: Stage, *steps: Any, **options: Any) -> Job:
    async with stage.runner():
        return await stage.reached(await stage.submit(*steps, **options))


async def failed(stage: Stage, *steps: Any, **options: Any) -> dict[str, Any]:
    """The reason of a job that must fail; nothing may be left behind."""
    job = await run(stage, *steps, **options)
    assert job.state is State.FAILED
    assert job.reason is not None
    assert stage.left_behind() == []
    return job.reason.to_json()


async def test_a_missing_file_fails_the_job_and_names_step_argument_and_remedy(stage: Stage) -> None:
    reason = await failed(stage, ["load_rdd", "nowhere.txt"], ["take", 1])
    assert (reason["code"], reason["step"], reason["function"]) == ("input_missing", 0, "load_rdd")
    assert reason["argument"] == "filepath"
    assert "nowhere.txt" in reason["detail"]
    assert reason["hint"]


async def test_a_file_that_vanishes_while_the_job_runs_fails_it_and_names_the_source(stage: Stage) -> None:
    stage.write("in.txt", "a", "b")
    path = stage.folder / "in.txt"
    original = stage.engine.job

    class Vanishing:
        """Removes the file once it was listed, before it is read."""

    removed: list[Path] = []

    from functions.storage.storage import Storage

    text_input = Storage.text_input

    def read_and_remove(self: Storage, given: str) -> Any:
        found = text_input(self, given)
        path.unlink()
        removed.append(path)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Storage, "text_input", read_and_remove)
        reason = await failed(stage, ["load_rdd", "in.txt"], ["collect"])
    assert removed
    assert original is not None
    assert (reason["code"], reason["step"], reason["argument"]) == ("input_missing", 0, "filepath")
    assert "in.txt" in reason["detail"]


async def test_a_destination_that_exists_fails_the_job(stage: Stage) -> None:
    stage.write("in.txt", "a")
    (stage.folder / "out").mkdir()
    reason = await failed(stage, ["load_rdd", "in.txt"], ["store_rdd", "out"])
    assert (reason["code"], reason["step"], reason["argument"]) == ("destination_exists", 1, "filepath")


async def test_a_path_that_became_a_link_out_of_the_roots_fails_the_job(stage: Stage) -> None:
    (stage.folder / "in.txt").symlink_to("/etc/hostname")
    reason = await failed(stage, ["load_rdd", "in.txt"], ["take", 1])
    assert reason["code"] == "path_not_allowed"


async def test_a_name_that_hadoop_would_not_take_is_read(stage: Stage) -> None:
    stage.write("a:b.txt", "a")
    job = await run(stage, ["load_rdd", "a:b.txt"], ["take", 1])
    assert (job.state, stage.rows(job)) == (State.DONE, ["a"])


async def test_take_gives_the_first_rows(stage: Stage) -> None:
    stage.write("in.txt", "a", 'b "quoted"', "ç", "d")
    job = await run(stage, ["load_rdd", "in.txt"], ["take", 3])
    assert job.state is State.DONE
    assert stage.rows(job) == ["a", 'b "quoted"', "ç"]
    assert job.result == {
        "rows": 3,
        "bytes": sum(len(json.dumps(r, ensure_ascii=False).encode()) + 1 for r in stage.rows(job)),
        "truncated": False,
    }
    assert [step.state for step in job.step_progress] == [StepState.DONE, StepState.DONE]
    assert all(step.milliseconds is not None for step in job.step_progress)


async def test_take_of_nothing_and_of_an_empty_file_give_no_rows(stage: Stage) -> None:
    stage.write("in.txt")
    assert stage.rows(await run(stage, ["load_rdd", "in.txt"], ["take", 3])) == []
    stage.write("in.txt", "a")
    assert stage.rows(await run(stage, ["load_rdd", "in.txt"], ["take", 0])) == []


async def test_collect_gives_all_rows_and_rejects_are_set_aside(stage: Stage) -> None:
    lines = [json.dumps({"n": n}) for n in range(50)]
    stage.write("in.jsonl", *lines, "broken {", "", '{"n": 1} trailing')
    job = await run(stage, ["load_rdd", "in.jsonl"], ["jsonify"], ["collect"])
    assert stage.rows(job) == [{"n": n} for n in range(50)]
    assert job.rejects == 3
    rejects = stage.rows(job, "rejects.jsonl")
    assert [item["line"] for item in rejects] == ["broken {", "", '{"n": 1} trailing']
    assert {(item["step"], item["function"]) for item in rejects} == {(1, "jsonify")}


async def test_rejects_are_all_counted_after_a_take_that_stopped_early_and_a_store_that_read_all(stage: Stage) -> None:
    stage.write("in.jsonl", *[json.dumps({"n": n}) for n in range(2000)], "broken")
    job = await run(stage, ["load_rdd", "in.jsonl"], ["jsonify"], ["take", 1], ["store_rdd", "out"])
    assert job.rejects == 1
    assert [item["line"] for item in stage.rows(job, "rejects.jsonl")] == ["broken"]


async def test_rejects_are_counted_where_a_long_result_is_streamed(stage: Stage) -> None:
    stage.write("in.jsonl", "broken", *[json.dumps({"n": n}) for n in range(10_500)])
    job = await run(stage, ["load_rdd", "in.jsonl"], ["jsonify"], ["take", 11_000])
    assert len(stage.rows(job)) == 10_500
    assert job.rejects == 1


async def test_a_jsonify_that_nothing_reads_does_not_hang_the_job(stage: Stage) -> None:
    stage.write("in.jsonl", "broken")
    job = await run(stage, ["load_rdd", "in.jsonl"], ["jsonify"])
    assert (job.state, job.rejects) == (State.DONE, 0)


async def test_kept_rejects_are_bounded_and_all_are_counted(stage: Stage) -> None:
    stage.write("in.jsonl", *["broken"] * 20)
    async with stage.runner(rejects_max_rows=5):
        job = await stage.reached(await stage.submit(["load_rdd", "in.jsonl"], ["jsonify"], ["collect"]))
    assert job.rejects == 20
    assert len(stage.rows(job, "rejects.jsonl")) == 5


@pytest.mark.parametrize("step", [["collect"], ["take", 1000]], ids=["collect", "take"])
async def test_a_result_over_the_row_limit_is_cut_and_says_so(stage: Stage, step: list[Any]) -> None:
    stage.write("in.txt", *map(str, range(100)))
    async with stage.runner(result_max_rows=10):
        job = await stage.reached(await stage.submit(["load_rdd", "in.txt"], step))
    assert job.result is not None
    assert (job.result["rows"], job.result["truncated"]) == (10, True)
    assert stage.rows(job) == list(map(str, range(10)))


async def test_a_result_at_the_row_limit_is_not_cut(stage: Stage) -> None:
    stage.write("in.txt", *map(str, range(10)))
    async with stage.runner(result_max_rows=10):
        job = await stage.reached(await stage.submit(["load_rdd", "in.txt"], ["collect"]))
    assert job.result is not None
    assert (job.result["rows"], job.result["truncated"]) == (10, False)


async def test_a_result_over_the_byte_limit_is_cut_and_says_so(stage: Stage) -> None:
    stage.write("in.txt", *["x" * 100] * 100)
    async with stage.runner(result_max_bytes=1000):
        job = await stage.reached(await stage.submit(["load_rdd", "in.txt"], ["collect"]))
    assert job.result is not None
    assert job.result["truncated"]
    assert job.result["bytes"] <= 1000


async def test_store_rdd_writes_as_many_files_as_asked_in_order(stage: Stage) -> None:
    lines = [f"line {n}" for n in range(1000)]
    stage.write("in.txt", *lines)
    job = await run(stage, ["load_rdd", "in.txt"], ["store_rdd", "deep/out", 3])
    assert job.state is State.DONE
    out = stage.folder / "deep/out"
    assert sorted(file.name for file in out.iterdir()) == ["part-00000", "part-00001", "part-00002"]
    assert "".join(file.read_text() for file in sorted(out.iterdir())).splitlines() == lines
    assert stage.left_behind() == []


async def test_store_rdd_makes_empty_files_where_there_are_too_few_lines(stage: Stage) -> None:
    stage.write("in.txt", "only")
    await run(stage, ["load_rdd", "in.txt"], ["store_rdd", "out", 4])
    assert [file.read_text() for file in sorted((stage.folder / "out").iterdir())].count("") == 3


async def test_a_job_may_write_tables_and_replace_them_when_told_to(stage: Stage) -> None:
    stage.write(
        "in.jsonl", '{"people": {"name": "Ana", "note": "a|b \\"c\\""}}', '{"people": {"name": null, "note": ""}}'
    )
    steps = [
        ["load_rdd", "in.jsonl"],
        ["jsonify"],
        ["group_by_table", ["people"]],
        ["json_to_list_for_tables", {"people": ["name", "note"]}],
    ]
    expected = 'Ana|"a|b ""c"""\n|""\n'
    for last in (["store_tables", ["people"], "out"], ["store_tables", ["people"], "out", "csv", True]):
        job = await run(stage, *steps, last)
        assert job.state is State.DONE, job.reason
        assert (stage.folder / "out/people.csv").read_text() == expected
        assert (stage.folder / "out/_DONE").exists()
    assert stage.left_behind() == []


async def test_a_job_with_two_sinks_publishes_both_or_none(stage: Stage) -> None:
    stage.write("in.txt", "a")
    (stage.folder / "two").mkdir()
    await failed(stage, ["load_rdd", "in.txt"], ["store_rdd", "one"], ["store_rdd", "two"])
    assert not (stage.folder / "one").exists()
    await run(stage, ["load_rdd", "in.txt"], ["store_rdd", "one"], ["store_rdd", "three"])
    assert (stage.folder / "one").is_dir()
    assert (stage.folder / "three").is_dir()


async def test_globs_folders_and_packed_files_are_read(stage: Stage) -> None:
    import bz2
    import gzip

    stage.write("in/a.txt", "a")
    (stage.folder / "in/b.txt.gz").write_bytes(gzip.compress(b"b\n"))
    (stage.folder / "in/c.txt.bz2").write_bytes(bz2.compress(b"c\n"))
    stage.write("in/[d] {e}.txt", "d")
    stage.write("in/_hidden", "no")
    for path in ("in", "in/*.txt*"):
        job = await run(stage, ["load_rdd", path], ["collect"])
        assert sorted(stage.rows(job)) == ["a", "b", "c", "d"]
    assert stage.rows(await run(stage, ["load_rdd", "in/[d] {e}.txt"], ["collect"])) == ["d"]


async def test_a_job_whose_only_trace_is_its_output_leaves_no_folder_of_its_own(stage: Stage) -> None:
    stage.write("in.txt", "a")
    job = await run(stage, ["load_rdd", "in.txt"], ["store_rdd", "out"])
    assert job.state is State.DONE
    assert stage.left_behind() == []


async def test_a_full_disk_fails_the_job_with_that_reason(stage: Stage) -> None:
    stage.write("in.txt", "a")
    with pytest.MonkeyPatch.context() as patch:
        import errno

        from functions.storage import parts

        def full(*_: Any) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        patch.setattr(parts, "divide", full)
        reason = await failed(stage, ["load_rdd", "in.txt"], ["store_rdd", "out"])
    assert (reason["code"], reason["step"], reason["argument"]) == ("disk_full", 1, "filepath")
    assert not (stage.folder / "out").exists()


async def test_a_second_group_by_table_keeps_the_tables_of_the_first(stage: Stage) -> None:
    stage.write("one.jsonl", '{"people": {"name": "Ana"}}')
    stage.write("two.jsonl", '{"pets": {"name": "Rex"}}')
    job = await run(
        stage,
        *[["load_rdd", "one.jsonl"], ["jsonify"], ["group_by_table", ["people"]]],
        *[["load_rdd", "two.jsonl"], ["jsonify"], ["group_by_table", ["pets"]]],
        ["store_tables", ["people", "pets"], "out"],
    )
    assert job.state is State.DONE, job.reason
    assert (stage.folder / "out/people.csv").read_text() == "Ana\n"
    assert (stage.folder / "out/pets.csv").read_text() == "Rex\n"


async def test_a_table_that_no_object_has_is_stored_empty_and_rejects_are_still_counted(stage: Stage) -> None:
    stage.write("in.jsonl", '{"id": 1}', "broken")
    job = await run(
        stage,
        *[["load_rdd", "in.jsonl"], ["jsonify"], ["group_by_table", ["nothing"]]],
        ["store_tables", ["nothing"], "out"],
    )
    assert job.state is State.DONE, job.reason
    assert (stage.folder / "out/nothing.csv").read_text() == ""
    assert job.rejects == 1


async def test_a_job_does_not_overwrite_its_own_input(stage: Stage) -> None:
    stage.write("in/a.txt", "a")
    reason = await failed(stage, ["load_rdd", "in/*.txt"], ["store_rdd", "in", 1, True])
    assert reason["code"] == "destination_exists"
    assert (stage.folder / "in/a.txt").exists()
