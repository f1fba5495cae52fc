"""Keeping rows at hand, and forgetting how they were made."""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import functions as F

from functions.columns.cast import cast
from functions.control.checkpoint import checkpoint
from functions.kept import KeptFrames
from functions.records.rejects import Rejects, Tally
from functions.workspace import Lines, Objects, Rows
from spark_runner.engine import Engine
from tests.functions.conftest import MakeObjects, MakeRows, dicts_of, objects_of


def test_rows_are_worked_out_once_and_their_plan_is_forgotten(rows: MakeRows, engine: Engine):
    given = rows("`a.b` int, m map<string,int>", (1, {"x": 1}), (None, None))
    found = checkpoint.call(Rows(given.frame.withColumn("chance", F.uuid())), kept=KeptFrames(), rejects=Rejects())
    assert dicts_of(found) == dicts_of(found)
    assert [(row["a.b"], row["m"]) for row in dicts_of(found)] == [(1, {"x": 1}), (None, None)]
    assert "uuid" not in engine.plan(found.frame)


def test_nothing_is_worked_out_before_a_step_needs_the_rows(rows: MakeRows):
    given = rows("id int", (1,))
    failing = Rows(given.frame.select(F.raise_error(F.lit("worked out")).alias("id")))
    checkpoint.call(failing, kept=KeptFrames(), rejects=Rejects())


def test_lines_and_objects_stay_what_they_are(lines: Callable[..., Lines], objects: MakeObjects):
    assert isinstance(checkpoint.call(lines(["a"]), kept=KeptFrames(), rejects=Rejects()), Lines)
    found = checkpoint.call(objects([{"é": [None]}]), kept=KeptFrames(), rejects=Rejects())
    assert isinstance(found, Objects)
    assert objects_of(found) == [{"é": [None]}]
    assert dicts_of(checkpoint.call(lines([]), kept=KeptFrames(), rejects=Rejects())) == []


def test_what_was_set_aside_before_can_still_be_counted(rows: MakeRows, rejects: Rejects):
    given = cast.call(rows("id string", ("1",), ("x",)), {"id": "INT"}, rejects=rejects)
    assert dicts_of(checkpoint.call(given, kept=KeptFrames(), rejects=rejects)) == [{"id": 1}]
    assert rejects.sets[0].is_cut_off
    assert rejects.sets[0].counted() == Tally(2, 1)
