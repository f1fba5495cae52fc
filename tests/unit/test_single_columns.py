"""One column where a list of columns is wanted: it is a list of one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from functions.catalog import StepFaults, load
from functions.check import Flow
from functions.storage.roots import Roots

CATALOG = load()
ROOTS = Roots.of(Path(), ["in"], ["out"])
BEFORE = [["load_range", 3], ["name_table", "x"]]
COUNT = [{"function": "count"}]


def argument(step: list[Any] | dict[str, Any], name: str) -> Any:
    found = CATALOG.check([*BEFORE, step], Flow(ROOTS))[-1].arguments[name]
    return [item.model_dump(exclude_unset=True) if isinstance(item, BaseModel) else item for item in found]


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("columns", ["select", "id"]),
        ("columns", ["trim", "id"]),
        ("columns", ["drop_duplicates", "id"]),
        ("columns", ["drop_nulls", "id"]),
        ("columns", ["describe", "id"]),
        ("columns", ["repartition", 4, "id"]),
        ("columns", ["unpivot", "id"]),
        ("by", ["group_by", "id", COUNT]),
        ("by", ["cube", "id", COUNT]),
        ("by", ["cube", "a_name_of_more_than_8_characters", COUNT]),
        ("by", ["rollup", "id", COUNT]),
        ("by", ["pivot", "id", "b", COUNT]),
        ("on", ["join", "x", "id"]),
        ("partition_by", {"function": "window", "functions": [{"function": "rank"}], "partition_by": "id"}),
        ("partition_by", {"function": "store_parquet", "path": "out/x", "partition_by": "id"}),
        ("columns", {"function": "load_csv", "path": "in/x", "columns": "id"}),
    ],
)
def test_one_name_is_a_list_of_it(name: str, step: list[Any] | dict[str, Any]):
    (only,) = argument(step, name)
    assert only in (step.values() if isinstance(step, dict) else step)


@pytest.mark.parametrize("key", ["id", {"column": "id", "order": "desc"}])
def test_one_key_of_an_order(key: Any):
    wanted = [{"column": "id"} if key == "id" else key]
    assert argument(["sort", key], "by") == wanted
    assert argument({"function": "window", "functions": [{"function": "rank"}], "order_by": key}, "order_by") == wanted
    assert argument(["drop_duplicates", "id", "first", key], "order") == wanted


def test_one_pair_of_a_join():
    pair = {"left": "id", "right": "id"}
    assert argument(["join", "x", pair], "on") == [pair]


@pytest.mark.parametrize(
    ("step", "place"),
    [
        (["sort", ""], "/steps/2/1"),
        (["sort", {"column": "id", "order": "up"}], "/steps/2/1/order"),
        (["join", "x", {"left": "id"}], "/steps/2/2/right"),
        (["group_by", 5, COUNT], "/steps/2/1"),
        (["cube", [str(n) for n in range(9)], COUNT], "/steps/2/1"),
    ],
)
def test_what_is_no_name_is_refused_at_its_place(step: list[Any], place: str):
    with pytest.raises(StepFaults) as caught:
        CATALOG.check([*BEFORE, step], Flow(ROOTS))
    assert [fault.pointer for fault in caught.value.faults] == [place]


def test_the_schema_of_the_arguments_tells_it():
    for name, parameter in (("sort", "by"), ("group_by", "by"), ("join", "on"), ("drop_duplicates", "columns")):
        found = CATALOG.find(name)
        assert found is not None
        forms = {form.get("type") for form in found.json_schema["properties"][parameter]["anyOf"]}
        assert {"string", "array"} <= forms, name
