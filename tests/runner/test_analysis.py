"""Deep checks: what a runner finds in a job without running it."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from functions.check import Fault
from server.analyses.analysis import Analysis, Findings
from server.analyses.asking import Asking
from server.analyses.store import AnalysisStore
from server.batches.destinations import OPENS
from server.errors import InvalidRequest, NoRunner
from server.jobs.submission import read_submission
from server.secrets import Cipher
from server.templates.submission import read_template_submission
from server.templates.template import Content, Template
from server.waiting import Waiting
from spark_runner.analyses import Analyses
from spark_runner.analysis import Analyst
from spark_runner.batches import BatchService
from tests.batches.servers import resolving
from tests.runner.analysing import analysed, faults
from tests.runner.conftest import KEY, Stage

PEOPLE = ["load_rows", [{"id": 1, "name": "Ada"}], "id INT, name STRING"]


@pytest.fixture
async def analyses(stage: Stage) -> AsyncIterator[AnalysisStore]:
    store = AnalysisStore(stage.redis, Cipher(KEY))
    yield store
    await store.aclose()


def test_a_wrong_column_in_step_12_of_20_is_told_with_its_place_and_a_near_name(analyst: Analyst):
    steps = [PEOPLE, *[["drop_nulls", ["name"]]] * 11, ["cast", {"nmae": "string"}], *[["limit", 5]] * 6, ["collect"]]
    assert len(steps) == 20
    assert faults(analyst, *steps) == [
        ("/steps/12/1/nmae", "there is no column `nmae` (columns here: `id`, `name`)", "did you mean `name`?")
    ]


def test_the_place_of_an_argument_given_by_name(analyst: Analyst):
    step = {"function": "drop_nulls", "columns": ["nam"]}
    assert [place for place, _, _ in faults(analyst, PEOPLE, step)] == ["/steps/1/columns/0"]


def test_all_mistakes_are_told_at_once_but_not_what_follows_from_them(analyst: Analyst):
    found = faults(
        analyst,
        PEOPLE,
        ["cast", {"agge": "int"}],
        ["drop_nulls", ["agge"]],
        ["drop_nulls", ["nome"]],
        ["load_rdd", "README-not-there.md"],
        ["drop_nulls", ["anything"]],
        PEOPLE,
        ["drop_nulls", ["ID"]],
    )
    assert [(place, detail.split(" (")[0]) for place, detail, _ in found] == [
        ("/steps/1/1/agge", "there is no column `agge`"),
        ("/steps/3/1/0", "there is no column `nome`"),
        ("/steps/4/1", "there is no file at `README-not-there.md`"),
        ("/steps/7/1/0", "there is no column `ID`"),
    ]
    assert found[3][2] == "did you mean `id`?"


def test_mistakes_that_need_no_data_do_not_hide_those_that_do(analyst: Analyst):
    steps = [
        ["load_rows", [{"id": 1, "at": {"city": "Recife"}, "n": 2}]],
        ["filtr", "n > 0"],
        ["with_column", {"town": "at.ciyt", "next": "n + idd + nn"}],
        ["limit", "ten"],
        ["group_by", ["idd"], [{"function": "summ", "column": "n"}]],
        ["select", ["gone"]],
        ["load_range", 3], {"function": "name_tabel", "name": "t"}, ["use_table", "t"],
        ["load_range", 3], ["drop", ["ide"]], ["take", 1],
    ]  # fmt: skip
    told = {pointer: (detail.partition(" (")[0], hint) for pointer, detail, hint in faults(analyst, *steps)}
    assert told.pop("/steps/4/2/0/function")[1] == "did you mean `sum`?"
    assert told.pop("/steps/3/1")[0] == "must be a whole number"
    assert told == {
        "/steps/1/0": ("there is no function `filtr`", "did you mean `filter`?"),
        "/steps/2/1/town": ("there is no field `ciyt` in the struct", "did you mean `city`?"),
        "/steps/2/1/next": ("there is no column `nn`", "did you mean `n`?"),
        "/steps/7/function": ("there is no function `name_tabel`", "did you mean `name_table`?"),
        "/steps/10/1/0": ("there is no column `ide`", "did you mean `id`?"),
    }


def test_each_step_shows_its_columns_and_each_action_its_plan(analyst: Analyst, stage: Stage):
    stage.write("in.txt", "12345")
    found = analysed(
        analyst,
        ["load_rdd", "in.txt"],
        PEOPLE,
        ["cast", {"id": "decimal(5, 2)"}],
        ["name_table", "people"],
        ["use_table", "people"],
        ["count"],
        ["store_rdd", "out"],
    )
    columns = [
        {"name": "id", "type": "decimal(5,2)", "nullable": True},
        {"name": "name", "type": "string", "nullable": True},
    ]
    assert found.faults == ()
    assert found.steps[0]["gives"] == "lines"
    assert found.steps[2] == {"function": "cast", "gives": "rows", "columns": columns}
    assert found.steps[3]["tables"] == {"people": {"columns": columns}}
    assert found.steps[5]["gives"] == "dataset"
    assert [plan["step"] for plan in found.plans] == [5, 6]
    assert all("Physical Plan" in plan["plan"] for plan in found.plans)
    assert found.bytes == 6


def test_nothing_is_made_and_no_data_is_read(analyst: Analyst, stage: Stage):
    stage.write("in.jsonl", "{}")
    before = sorted(stage.folder.rglob("*"))
    group = str(uuid4())
    steps = [["load_rdd", "in.jsonl"], ["jsonify"], ["group_by_table", ["a"]], ["store_tables", ["a"], "deep/er/out"]]
    assert analyst.analyse(Analysis(group, steps, "default"), lambda: None).faults == ()
    assert sorted(stage.folder.rglob("*")) == before
    assert not stage.engine.context.statusTracker().getJobIdsForGroup(f"analysis/{group}")


def test_expressions_and_orders_are_checked_against_the_columns(analyst: Analyst):
    steps = [
        PEOPLE,
        ["checkpoint"],
        ["with_column", "n", "id / 0"],
        ["sort", [{"column": "nn"}]],
        ["cache"],
        ["collect"],
    ]
    assert faults(analyst, *steps, ["filter", "n + 1"]) == [
        ("/steps/3/1/0/column", "there is no column `nn` (columns here: `id`, `n`, `name`)", "did you mean `n`?"),
        (
            "/steps/6/1",
            "the condition is double; it must be boolean",
            "compare it with something, such as `amount > 0` or `name IS NOT NULL`",
        ),
    ]


def test_a_destination_that_exists_is_told(analyst: Analyst, stage: Stage):
    stage.write("in.txt", "a")
    (stage.folder / "out").mkdir()
    found = faults(analyst, ["load_rdd", "in.txt"], ["store_rdd", "out"])
    assert [(place, detail) for place, detail, _ in found] == [("/steps/1/1", "`out` exists already")]


async def test_a_server_asks_and_a_runner_answers(stage: Stage, analyst: Analyst, analyses: AnalysisStore) -> None:
    def submission(*steps: Any, of_steps: list[Fault] | None = None, **options: Any) -> Any:
        body = {"steps": list(steps), "options": options}
        return read_submission(body, stage.catalog, stage.settings.roots(), max_steps=100, of_steps=of_steps)

    wrong: list[Fault] = []
    faulty = submission(PEOPLE, ["drop_nulls", ["nam"]], ["limti", 3], ["collect"], of_steps=wrong)

    async with stage.store.changes() as changes:
        waiting = Waiting(changes)
        with pytest.raises(NoRunner):
            await Asking(analyses, waiting, max_seconds=0.1).analyse(submission(PEOPLE))
        with pytest.raises(InvalidRequest) as caught:  # what is known without a runner is told without one
            await Asking(analyses, waiting, max_seconds=0.1).analyse(faulty, wrong)
        assert [fault.pointer for fault in caught.value.faults] == ["/steps/2/0"]
        asking = Asking(analyses, waiting, max_seconds=60)
        running = asyncio.create_task(Analyses(analyses, stage.engine, analyst, max_seconds=60).run())
        try:
            secrets = {"aws_access_key_id": "AKIA", "aws_secret_access_key": "hidden-word"}
            found = await asking.analyse(submission(PEOPLE, ["count"], s3=secrets))
            assert found.steps[0]["gives"] == "rows"
            with pytest.raises(InvalidRequest) as caught:
                await asking.analyse(submission(PEOPLE, ["drop_nulls", ["nam"]]))
            assert caught.value.faults[0].pointer == "/steps/1/1/0"
            with pytest.raises(InvalidRequest) as caught:
                await asking.analyse(faulty, wrong)
            assert [fault.pointer for fault in caught.value.faults] == ["/steps/1/1/0", "/steps/2/0"]
        finally:
            running.cancel()
            await asyncio.wait({running})
    kept = [value for key in await stage.redis.keys("*analys*") for value in [await stage.redis.dump(key)]]
    assert not any(b"hidden-word" in (value or b"") for value in kept)


async def test_an_analysis_that_takes_too_long_is_stopped(stage: Stage, analyses: AnalysisStore) -> None:
    class Slow(Analyst):
        def analyse(self, analysis: Analysis, check: Any) -> Findings:
            stopped = Path(stage.folder / "never")
            while not stopped.exists():
                check()
            return Findings()

    slow = Slow(stage.engine, stage.catalog, stage.settings)
    running = asyncio.create_task(Analyses(analyses, stage.engine, slow, max_seconds=0.2).run())
    body = {"steps": [PEOPLE]}
    try:
        async with stage.store.changes() as changes:
            submission = read_submission(body, stage.catalog, stage.settings.roots(), max_steps=100)
            with pytest.raises(InvalidRequest) as caught:
                await Asking(analyses, Waiting(changes), max_seconds=60).analyse(submission)
            assert "took longer to analyse than 0.2 s" in caught.value.faults[0].detail
    finally:
        running.cancel()
        await asyncio.wait({running})


async def test_a_batch_that_is_not_there_is_told(stage: Stage) -> None:
    async with stage.batches.changes() as changes:
        service = BatchService(stage.batches, changes, stage.settings)
        analyst = Analyst(stage.engine, stage.catalog, stage.settings, service)
        analysis = Analysis(str(uuid4()), [["load_batch", "nobody-made-it"], ["collect"]], "default")
        found = await asyncio.to_thread(analyst.analyse, analysis, lambda: None)
    assert [(fault.pointer, fault.detail) for fault in found.faults] == [
        ("/steps/0/1", "there is no batch `nobody-made-it`")
    ]


def test_what_the_check_of_the_submission_warns_of_is_not_told_again(analyst: Analyst, stage: Stage):
    steps = [PEOPLE, ["count"], ["take", 1]]
    told = read_submission({"steps": steps}, stage.catalog, stage.settings.roots(), max_steps=9).warnings
    assert len(told) == 1
    assert analysed(analyst, *steps).warnings == ()


def test_each_member_of_an_argument_that_is_wrong_is_told_at_its_place(analyst: Analyst):
    other = ["name_table", "people"]
    count = {"check": "row_count", "min": 1}
    wrong = [{"check": "not_null", "column": name} for name in ("x1", "x2")]
    total = {"function": "sum", "column": "id"}
    steps = {
        "expect": [
            ["expect", [wrong[0], count, {"check": "not_null", "column": "id"}, wrong[1]]],
            "1/0/column",
            "1/3/column",
        ],
        "with_column": [["with_column", {"a": "x1 + 1", "b": "id", "c/d": "x2"}], "1/a", "1/c~1d"],
        "types that do not fit": [["with_column", {"a": "explode(id)", "b": "id"}], "1/a"],
        "cast": [{"function": "cast", "types": {"x1": "int", "id": "int", "x2": "int"}}, "types/x1", "types/x2"],
        "casts": [["cast", {"id": "date", "name": "string"}], "1/id"],
        "rename": [["rename", {"x1": "a", "x2": "b"}], "1/x1", "1/x2"],
        "by": [["group_by", ["id", "x1", "x2"], [total]], "1/1", "1/2"],
        "aggregates": [
            ["cube", ["id"], [{**total, "column": "x1"}, total, {**total, "column": "name"}]],
            "2/0/column",
            "2/2/column",
        ],
        "window": [
            ["window", [{"function": "rank"}, {"function": "min", "column": "x1"}], ["id"], ["id"]],
            "1/1/column",
        ],
        "join": [["join", "people", ["id", "x1", {"left": "name", "right": "id"}]], "2/1", "2/2"],
    }
    for name, (step, *places) in steps.items():
        found = [place for place, _, _ in faults(analyst, PEOPLE, other, step)]
        assert (name, found) == (name, [f"/steps/2/{place}" for place in places])


async def test_webhooks_that_may_not_be_called_are_told_by_address_and_by_name(stage: Stage) -> None:
    step = {"function": "map_webhook", "url": "http://127.0.0.1:1/"}
    named = {"function": "map_webhook", "url": "http://inside.example/"}
    async with stage.batches.changes() as changes, resolving(["127.0.0.2"]) as names:
        settings = stage.settings.model_copy(update={"webhook_nameservers": f"127.0.0.1:{names.port}"})
        service = BatchService(stage.batches, changes, settings)
        analyst = Analyst(stage.engine, stage.catalog, settings, service)
        for hook in (step, named):
            analysis = Analysis(str(uuid4()), [PEOPLE, hook, ["collect"]], "default")
            (fault,) = (await asyncio.to_thread(analyst.analyse, analysis, lambda: None)).faults
            assert fault.pointer == "/steps/1/url"
            assert "leads to an address that webhooks may not call" in fault.detail
            assert fault.hint == OPENS
    assert names.asked == 1


async def test_the_faults_of_a_template_stand_at_its_parameters(
    stage: Stage, analyst: Analyst, analyses: AnalysisStore
) -> None:
    steps = [PEOPLE, ["drop_nulls", {"parameter": "columns"}], ["drop_duplicates", ["idd"]]]
    content = Content(steps, {"columns": {"type": "list"}})
    body = {"template": "people", "parameters": {"columns": ["nmae"]}}
    check = partial(read_submission, catalog=stage.catalog, roots=stage.settings.roots(), max_steps=100)
    template = Template("people", 1, 0, content)
    submission = read_template_submission(body, template, check, most_bytes=10_000)
    running = asyncio.create_task(Analyses(analyses, stage.engine, analyst, max_seconds=60).run())
    try:
        async with stage.store.changes() as changes:
            with pytest.raises(InvalidRequest) as caught:
                await Asking(analyses, Waiting(changes), max_seconds=60).analyse(submission)
    finally:
        running.cancel()
        await asyncio.wait({running})
    assert [fault.pointer for fault in caught.value.faults] == ["/parameters/columns/0", "/steps/2/1/0"]
    assert "there is no column `nmae`" in caught.value.faults[0].detail
    assert caught.value.faults[1].detail.endswith("(in the template `people@1`)")


@pytest.mark.parametrize("step", [["load_csv", "in.txt"], ["load_json", "in.txt", "a INT"], ["load_rdd", "in.txt"]])
def test_the_bytes_of_a_file_count_once(analyst: Analyst, stage: Stage, step: list[Any]):
    stage.write("in.txt", "a,b", "1,2")
    assert analysed(analyst, step, ["collect"]).bytes == 8


def columns_of(found: Findings, step: int) -> list[str]:
    return [column["name"] for column in found.steps[step]["columns"]]


@pytest.mark.parametrize(("name", "packed"), [("in.jsonl", False), ("in.jsonl.gz", True)], ids=["in ranges", "packed"])
def test_columns_that_stand_in_the_data_are_looked_for_in_its_beginning_alone(
    stage: Stage, name: str, packed: bool
) -> None:
    lines = b'{"a": 1, "t": "{\\"x\\": 1}"}\n' * 300_000 + b'{"late": 2, "t": "{\\"y\\": 1}"}\n'
    (stage.folder / name).write_bytes(gzip.compress(lines, 1) if packed else lines)
    size = (stage.folder / name).stat().st_size
    steps = [
        ["load_rows", [{"id": 1}]],
        ["load_json", name],
        ["parse_json_column", "t"],
        ["pivot", ["t"], "a", [{"function": "count"}]],
    ]
    small = Analyst(stage.engine, stage.catalog, stage.settings, sample_bytes=1 << 15)
    found = analysed(small, *steps, ["collect"])
    assert found.faults == ()
    assert columns_of(found, 1) == ["a", "t"]
    assert found.steps[2]["columns"][1]["type"] == "struct<x:bigint>"
    told = [text for text in found.warnings if "looked only at the beginning" in text]
    assert [text.split(" finds")[0] for text in told] == [
        "step 1 (`load_json`)",
        "step 2 (`parse_json_column`)",
        "step 3 (`pivot`)",
    ]
    assert all(f"(of `{name}`)" in text for text in told)
    assert found.bytes == size

    whole = analysed(Analyst(stage.engine, stage.catalog, stage.settings), *steps[:2], ["collect"])
    assert columns_of(whole, 1) == ["a", "late", "t"]
    assert not any("beginning" in text for text in whole.warnings)


def test_each_step_that_looks_at_a_large_input_is_told_without_secrets(stage: Stage) -> None:
    (stage.folder / "a-very-secret-word").write_text('{"a": 1}\n' * 1000)
    small = Analyst(stage.engine, stage.catalog, stage.settings, sample_bytes=1 << 10)
    step = ["load_json", "a-very-secret-word"]
    secrets = {"aws_access_key_id": "AKIATESTTESTTEST", "aws_secret_access_key": "a-very-secret-word"}
    steps = [step, ["name_table", "t"], step, ["join", "t", ["a"]], ["count"]]
    found = small.analyse(Analysis(str(uuid4()), steps, "default", secrets=secrets), lambda: None)
    told = [text for text in found.warnings if "beginning" in text]
    assert found.faults == ()
    assert [text.split(" finds")[0] for text in told] == ["step 0 (`load_json`)", "step 2 (`load_json`)"]
    assert all("(of `***`)" in text for text in told)


def test_large_inputs_are_planned_whole_unless_a_step_looks_at_data(stage: Stage) -> None:
    made = stage.engine.session().range(0, 200_000, 1, 4).selectExpr("id", "1 AS one", "id DIV 50000 AS part")
    made.write.parquet(str(stage.folder / "in"))
    small = Analyst(stage.engine, stage.catalog, stage.settings, sample_bytes=1 << 10)
    steps = [["load_rows", [{"id": 1}]], ["name_table", "t"], ["load_parquet", "in"], ["join", "t", ["id"]]]

    whole = analysed(small, *steps, ["collect"])
    assert (whole.faults, [text for text in whole.warnings if "beginning" in text]) == ((), [])
    assert "parquet" in whole.plans[0]["plan"]

    looked = analysed(small, *steps, ["pivot", ["one"], "part", [{"function": "count"}]], ["collect"])
    assert looked.faults == ()
    assert columns_of(looked, 4) == ["one", "0"]
    assert [text.split(" finds")[0] for text in looked.warnings if "beginning" in text] == ["step 4 (`pivot`)"]
    assert looked.bytes == whole.bytes


@pytest.mark.parametrize(
    ("wrong", "column"),
    [
        (["flatten_struct", "att"], "at.x"),
        (["flatten_struct", 5], "at.x"),
        (["explode", "tagz"], "value"),
        (["word_count", "nme"], "count"),
        ({"function": "tokenize", "form": "none", "column": "name"}, "tokens"),
    ],
    ids=str,
)
def test_columns_that_a_step_at_fault_would_have_made_are_not_missed(analyst: Analyst, wrong: Any, column: str):
    row = {"name": "Ada", "at": {"x": 1}, "tags": {"a": 1}}
    rows = ["load_rows", [row], "name STRING, at STRUCT<x: INT>, tags MAP<STRING, INT>"]
    [(place, _, _)] = faults(analyst, rows, wrong, ["select", [column]])
    assert place.startswith("/steps/1/")


def test_a_step_behind_none_that_makes_rows_is_passed_over(analyst: Analyst):
    found = faults(analyst, ["select", ["id"]], ["drop", ["id"]], ["collect"], PEOPLE, ["drop", ["nome"]])
    assert [place for place, _, _ in found] == ["/steps/0", "/steps/4/1/0"]
