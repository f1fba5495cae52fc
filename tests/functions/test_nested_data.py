"""Nested data through every function that changes rows: what a step does not name comes through as it was.

What a step makes of nested values themselves is in `test_nested_columns.py` and `test_nested_rows.py`, what it refuses
in `test_refusals.py`.
"""

from __future__ import annotations

import pytest

from tests.functions.branches import Branches, Outcome
from tests.functions.edge_cases import CARRIED, KEEPS, MAKES, OF_NONE, ROWS


@pytest.fixture(scope="module")
def kept(branches: Branches) -> dict[str, Outcome]:
    return branches.collected({name: case.steps for name, case in KEEPS.items()})


@pytest.fixture(scope="module")
def made(branches: Branches) -> dict[str, Outcome]:
    return branches.collected({name: steps for name, (steps, _) in MAKES.items()})


@pytest.fixture(scope="module")
def of_none(branches: Branches) -> dict[str, Outcome]:
    steps = {name: case.steps for name, case in KEEPS.items()} | {name: steps for name, (steps, _) in MAKES.items()}
    return branches.collected({name: OF_NONE.get(name, [["limit", 0], *own]) for name, own in steps.items()})


@pytest.mark.parametrize("name", KEEPS)
def test_nested_columns_come_through_as_they_were(name: str, kept: dict[str, Outcome]):
    found = kept[name].by_key("k")
    names = [each for each in CARRIED if each in kept[name].columns]
    assert {"s", "l", "ls"} <= {*names}
    expected = {row["k"]: {each: row[each] for each in names} for row in ROWS}
    assert {key: {each: row[each] for each in names} for key, row in found.items()} == expected


@pytest.mark.parametrize("name", KEEPS)
def test_text_of_any_script_and_null_give_what_is_said(name: str, kept: dict[str, Outcome]):
    found, case = kept[name].by_key("k"), KEEPS[name]
    assert {each: found[1][each] for each in case.first} == case.first
    assert {each: found[4][each] for each in case.null} == case.null


@pytest.mark.parametrize("name", MAKES)
def test_other_rows_are_made_of_text_of_any_script_and_null(name: str, made: dict[str, Outcome]):
    assert sorted(made[name].rows, key=str) == sorted(MAKES[name][1], key=str)


@pytest.mark.parametrize("name", [*KEEPS, *MAKES])
def test_no_rows_give_no_rows(name: str, of_none: dict[str, Outcome]):
    assert of_none[name].rows == []
