"""Numbers."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from functions.catalog import Catalog, StepFaults
from functions.check import Flow
from functions.sources.load_range import load_range
from functions.storage.roots import Roots
from tests.functions.conftest import dicts_of


def test_a_step_of_zero_is_refused(catalog: Catalog, roots: Roots):
    with pytest.raises(StepFaults, match="must not be 0"):
        catalog.check([["load_range", 10, 0, 0]], Flow(roots))


def test_numbers_up_to_the_end(spark: SparkSession):
    assert dicts_of(load_range.call(3, session=spark)) == [{"id": 0}, {"id": 1}, {"id": 2}]
    assert dicts_of(load_range.call(0, 5, -2, "a.b", session=spark)) == [{"a.b": 5}, {"a.b": 3}, {"a.b": 1}]
    assert dicts_of(load_range.call(0, session=spark)) == []


def test_every_number_is_there_whatever_its_place_and_step(spark: SparkSession) -> None:
    frame = load_range.call(64_000, -64_000, 64, session=spark).frame
    assert [row.id for row in frame.collect()] == list(range(-64_000, 64_000, 64))
