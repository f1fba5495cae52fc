"""Some of the rows, by chance."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pyspark.sql import SparkSession

from functions.catalog import Catalog, StepFaults
from functions.check import Flow
from functions.rows.sample import sample
from functions.storage.roots import Roots
from functions.workspace import Lines, Rows
from tests.functions.conftest import dicts_of


@pytest.mark.parametrize("fraction", [0.0, 1.5, -1.0, True, "half"])
def test_a_fraction_that_is_none_is_refused(catalog: Catalog, roots: Roots, fraction: object):
    with pytest.raises(StepFaults):
        catalog.check([["load_range", 10], ["sample", fraction]], Flow(roots))


def test_about_the_share_is_kept_and_the_same_by_the_same_seed(spark: SparkSession):
    given = Rows(spark.range(0, 10_000, 1, 1).toDF("id"))
    first, again, other = (dicts_of(sample.call(given, 0.1, seed)) for seed in (7, 7, 8))
    assert first == again != other
    assert 800 < len(first) < 1200
    assert len(dicts_of(sample.call(given, 1.0))) == 10_000
    assert len({row["id"] for row in dicts_of(sample.call(given, 1.0, 1, True))}) < 10_000


def test_lines_stay_lines(lines: Callable[..., Lines]):
    assert isinstance(sample.call(lines([]), 0.5), Lines)
