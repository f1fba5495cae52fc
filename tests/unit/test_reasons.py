"""To which step a failure of Spark's tasks is put down."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.errors import PySparkException

from functions.catalog import load
from functions.check import Flow
from functions.errors import InputMissing
from functions.storage.reading.faults import TaskFault
from functions.storage.roots import Roots
from spark_runner.reasons import reason_of

STEPS = [
    ["load_rdd", "README.md"],
    ["map_webhook", "https://example.com"],
    ["take", 1],
    ["load_batch", "some-batch"],
    ["store_rdd", "out/copy"],
]


@pytest.mark.parametrize(
    ("failed", "at_fault"), [(1, "load_rdd"), (2, "map_webhook"), (3, "load_batch"), (4, "load_batch")]
)
def test_rows_that_cannot_be_read_are_the_fault_of_the_step_that_they_come_from(
    failed: int, at_fault: str, tmp_path: Path
) -> None:
    calls = load().check(STEPS, Flow(Roots.of(tmp_path, ["README.md"], ["out"])))
    error = PySparkException(f"a task failed: {TaskFault(InputMissing('it vanished'))}")
    reason = reason_of(error, calls[failed], calls)
    assert (reason.code, reason.function) == ("input_missing", at_fault)
    assert calls[reason.step or 0].function.name == at_fault
