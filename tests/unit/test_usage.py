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
