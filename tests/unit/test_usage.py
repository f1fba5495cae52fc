"""Steps that do nothing for what comes of a job."""

from __future__ import annotations

from typing import Any

import pytest

from functions.catalog import Catalog, load
from functions.check import Flow
from functions.storage.roots import Roots

LINES, RANGE, COUNT = ["load_rdd", "README.md"], ["load_range", 3], ["count"]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load()


@pytest.mark.parametrize(
    ("steps", "unused"),
    [
        ([RANGE, COUNT], []),
        ([RANGE], [0]),
        ([RANGE, COUNT, ["sort", ["id"]]], [2]),
        ([LINES, RANGE, COUNT], [0]),
        ([RANGE, ["limit", 2], LINES, COUNT], [0, 1]),
        ([RANGE, ["take", 1], COUNT], [1]),
        ([RANGE, ["name_table", "t"], COUNT], [1]),
        ([RANGE, ["name_table", "t"], LINES, ["use_table", "t"], COUNT], [2]),
        ([RANGE, ["name_table", "t"], RANGE, ["join", "t", ["id"]], COUNT], []),
        ([RANGE, ["name_table", "t"], ["sql", "SELECT * FROM t"], ["store_csv", "out"]], []),
        ([RANGE, ["expect", [{"check": "row_count", "min": 1}]]], []),
        ([RANGE, ["store_json", "out"], ["limit", 1], ["store_json", "out2"], COUNT, ["distinct"]], [5]),
    ],
)
def test_a_warning_tells_each(catalog: Catalog, tmp_path: Any, steps: list[Any], unused: list[int]):
    (tmp_path / "README.md").write_text("a")
    flow = Flow(Roots.of(tmp_path, ["README.md"], ["."]))
    catalog.check(steps, flow)
    assert [int(warning.split()[1]) for warning in flow.warnings] == unused


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (["cast", {"id": "int"}, "null", 5], ["`max_rejects` has no effect, since `on_error` is `null`"]),
        (["cast", {"id": "int"}, "fail", 0], ["`max_rejects` has no effect, since `on_error` is `fail`"]),
        (["cast", {"id": "int"}, "reject", 0], []),
        (["cast", {"id": "int"}, "null"], []),
        (
            ["expect", [{"check": "not_null", "column": "id"}], "warn", 0.5],
            ["`max_rejects` has no effect, since `on_failure` is `warn`"],
        ),
        (["expect", [{"check": "not_null", "column": "id"}], "quarantine", 0.5], []),
    ],
)
def test_a_bound_of_rejects_where_nothing_is_set_aside_is_a_warning(
    catalog: Catalog, tmp_path: Any, step: list[Any], told: list[str]
):
    flow = Flow(Roots.of(tmp_path, [], []))
    catalog.check([RANGE, step, COUNT], flow)
    assert [warning.partition("): ")[2] for warning in flow.warnings] == told
