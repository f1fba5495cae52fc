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


DIVIDED = """An error occurred while calling o1.collect.
: org.apache.spark.SparkException: Job aborted: [DIVIDE_BY_ZERO] Division by zero. Use `try_divide` to tolerate it. If \
necessary set "spark.sql.ansi.enabled" to "false" to bypass this error. SQLSTATE: 22012
== SQL (line 1, position 3) ==
1 + `a` / `b`
    ^^^^^^^^^
"""


def test_a_value_that_cannot_be_worked_out_is_the_fault_of_the_step_that_holds_the_expression(tmp_path: Path) -> None:
    made = {"c": "a", "d": "1 + a / b"}
    steps = [["load_rows", [{"a": 1, "b": 0}]], ["with_column", made], ["filter", "a > 0"], ["count"]]
    calls = load().check(steps, Flow(Roots.of(tmp_path, [], [])))
    reason = reason_of(PySparkException(DIVIDED), calls[3], calls)
    assert (reason.code, reason.step, reason.function, reason.argument) == ("bad_value", 1, "with_column", "name")
    assert reason.detail == "step 1 (`with_column`): Division by zero. Use `try_divide` to tolerate it. In ``a` / `b``"
    unknown = reason_of(PySparkException("[CANNOT_PARSE_TIMESTAMP] Text 'x' is bad. SQLSTATE: 22007"), calls[3], calls)
    assert (unknown.code, unknown.step, unknown.detail) == ("bad_value", 3, "step 3 (`count`): Text 'x' is bad.")
