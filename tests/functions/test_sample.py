"""Choosing rows at random."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pyspark.sql import SparkSession

from functions.catalog import Catalog, StepFaults
from functions.check import Flow
from functions.rows.sample import sample
from functions.storage.roots import Roots
from functions.workspace import Lines, Objects, Rows
from tests.functions.conftest import MakeObjects, MakeRows, dicts_of


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "either a `fraction` or an `amount`"),
        ([0.5, 3], "either a `fraction` or an `amount`"),
        ([None, 3, True], "without replacement"),
        ([1.5], "must be at most 1"),
        ([None, -1], "must be at least 0"),
    ],
)
def test_a_size_that_is_none_is_refused(catalog: Catalog, roots: Roots, arguments: list[object], told: str):
    with pytest.raises(StepFaults) as caught:
        catalog.check([["load_range", 10], ["sample", *arguments]], Flow(roots))
    assert any(told in fault.detail for fault in caught.value.faults)


def ids(found: Rows) -> list[int]:
    return [row["id"] for row in dicts_of(found)]


def test_a_fraction_keeps_about_that_share_and_the_seed_settles_which(spark: SparkSession):
    given = Rows(spark.range(0, 10_000, 1, 3).toDF("id"))
    found = ids(sample.call(given, 0.2))
    assert 1700 < len(found) < 2300
    assert len(set(found)) == len(found)
    assert ids(sample.call(given, 0.2)) == found
    assert ids(sample.call(given, 0.2, seed=1)) != found
    assert ids(sample.call(given, 0.0)) == []
    assert ids(sample.call(given, 1)) == list(range(10_000))


def test_with_replacement_rows_come_more_than_once(spark: SparkSession):
    found = ids(sample.call(Rows(spark.range(10_000).toDF("id")), 1.0, None, True))
    assert 9_500 < len(found) < 10_500
    assert 6_000 < len(set(found)) < 6_700  # all but 1/e of them


def test_an_amount_is_kept_exactly(spark: SparkSession, rows: MakeRows):
    given = Rows(spark.range(0, 1000, 1, 3).toDF("draw"))
    found = sorted(row["draw"] for row in dicts_of(sample.call(given, None, 100)))
    assert len(set(found)) == 100
    assert sorted(row["draw"] for row in dicts_of(sample.call(given, None, 100))) == found
    assert sorted(row["draw"] for row in dicts_of(sample.call(given, None, 100, seed=7))) != found
    assert 300 < sum(found) / 100 < 700
    assert len(dicts_of(sample.call(given, None, 5000))) == 1000
    assert dicts_of(sample.call(given, None, 0)) == []
    assert dicts_of(sample.call(rows("`a.b` map<string,int>"), None, 3)) == []


def test_lines_and_objects_stay_what_they_are(lines: Callable[..., Lines], objects: MakeObjects):
    assert isinstance(sample.call(lines(["a"]), 0.5), Lines)
    found = sample.call(objects([{"a": 1}, {}]), None, 2)
    assert isinstance(found, Objects)
    assert found.frame.count() == 2
