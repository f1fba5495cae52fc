"""Spreading rows over partitions."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from functions.catalog import Catalog, StepFaults
from functions.check import Flow
from functions.control.repartition import repartition
from functions.errors import StepFailed
from functions.storage.roots import Roots
from functions.workspace import Lines, Objects, Rows, quoted
from tests.functions.conftest import MakeObjects, MakeRows, dicts_of, objects_of


@pytest.mark.parametrize(
    ("steps", "pointer", "told"),
    [
        ([["load_range", 9], ["repartition"]], "/steps/1", "needs a `number`, `columns`, or both"),
        ([["load_range", 9], ["repartition", 0]], "/steps/1/1", "must be at least 1"),
        ([["load_rdd", "in/x"], ["jsonify"], ["repartition", 2, ["a"]]], "/steps/2/2", "objects have no columns"),
    ],
)
def test_what_makes_no_partitions_is_refused(
    catalog: Catalog, roots: Roots, steps: list[object], pointer: str, told: str
):
    with pytest.raises(StepFaults) as caught:
        catalog.check(steps, Flow(roots))
    assert caught.value.faults[0].pointer == pointer
    assert told in caught.value.faults[0].detail


def test_columns_that_cannot_part_rows_are_told(rows: MakeRows, objects: MakeObjects):
    with pytest.raises(StepFailed) as caught:
        repartition.call(rows("age int"), None, ["aeg"])
    assert (caught.value.argument, caught.value.hint) == ("columns", "did you mean `age`?")
    with pytest.raises(StepFailed, match="cannot be compared"):
        repartition.call(rows("v variant"), 2, ["v"])
    with pytest.raises(StepFailed, match="objects have no columns"):
        repartition.call(objects([{}]), 2, ["a"])


def test_rows_are_dealt_out_evenly(spark: SparkSession):
    found = repartition.call(Rows(spark.range(0, 100, 1, 1).toDF("id")), 4)
    sizes = found.frame.groupBy(F.spark_partition_id()).count().collect()
    assert [row["count"] for row in sizes] == [25] * 4


@pytest.mark.parametrize("number", [None, 3])
def test_rows_that_are_equal_in_columns_stay_together(rows: MakeRows, number: int | None):
    values = [(place % 5 or None, place) for place in range(50)]
    found = repartition.call(rows("`a.b` int, id int", *values), number, ["a.b"])
    placed = found.frame.select(quoted("a.b"), F.spark_partition_id()).distinct().collect()
    assert len(placed) == len({row[0] for row in placed}) == 5
    assert sorted(row["id"] for row in dicts_of(found)) == list(range(50))
    assert dicts_of(repartition.call(rows("id int"), number, ["id"])) == []


def test_lines_and_objects_stay_what_they_are(lines: Callable[..., Lines], objects: MakeObjects):
    assert isinstance(repartition.call(lines(["a"]), 2, ["value"]), Lines)
    found = repartition.call(objects([{"é": [None]}, [1]]), 2)
    assert isinstance(found, Objects)
    assert sorted(map(str, objects_of(found))) == ["[1]", "{'é': [None]}"]
