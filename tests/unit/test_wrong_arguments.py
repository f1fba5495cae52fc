"""Whatever is given to a function of the catalog: an answer, and every fault at a place that the request has."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import pytest

from functions.catalog import Function, StepFaults, load
from functions.check import Fault, Flow
from functions.storage.roots import Roots

CATALOG = load()
ROOTS = Roots.of(Path(), ["in"], ["out"])
ODD: list[Any] = [
    None, True, 0, -1, 1.0, 1.5, 10**30, "", "x", "`", "a.b", "\ud7ff", "日" * 50, "x" * 5_000, "\0", [], [[]], [None],
    {}, {"": ""}, {"a": {"b": []}}, [{"function": "sum"}], [{"check": "unique"}], ["a"] * 100, "((((((", "int",
    "struct<a:int>", "array<" * 60, "id INT", "../../etc/passwd", "/etc/passwd", "s3://", "s3://b/../x", "file:///x",
    "in/a\0", "**/**", "[", {"sources": 1}, [{"field": {}}], ["a", 0, -1], {"column": "a", "order": "up"},
    [{"left": 1}],
]  # fmt: skip
BEFORE = [["load_range", 3], ["name_table", "x"]]


def reached(request: Any, pointer: str) -> bool:
    """Whether a pointer leads to something in a request, or to a member that an object of it lacks."""
    *parts, last = pointer.split("/")[1:]
    for part in parts:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(request, dict) and key in request:
            request = request[key]
        elif isinstance(request, list) and key.isdecimal() and int(key) < len(request):
            request = request[int(key)]
        else:
            return False
    return isinstance(request, dict) or (isinstance(request, list) and last.isdecimal() and int(last) < len(request))


def wrong_steps(item: Function) -> list[Any]:
    choose = random.Random(item.name)
    names = [parameter.name for parameter in item.parameters]
    found: list[Any] = []
    for _ in range(60):
        found.append([item.name, *choose.choices(ODD, k=choose.randint(0, len(names) + 1))])
        found.append({"function": item.name, **{name: choose.choice(ODD) for name in names if choose.random() < 0.7}})
    return found


def faults_of(steps: list[Any]) -> list[Fault]:
    try:
        CATALOG.check(steps, Flow(ROOTS))
    except StepFaults as error:
        return error.faults
    return []


@pytest.mark.parametrize("item", list(CATALOG), ids=lambda item: item.name)
def test_every_fault_has_a_place_in_the_request(item: Function):
    for step in wrong_steps(item):
        steps = [*BEFORE, step]
        faults = faults_of(steps)
        places = [fault.pointer for fault in faults]
        assert all(reached({"steps": steps}, place) for place in places), (step, places)
        assert all(fault.detail for fault in faults)


#: Words of pydantic, which speaks of Python to who sends JSON.
FOREIGN = re.compile(
    r"Input should|instance of|Extra inputs|valid (dictionary|string|list|integer|number|boolean)|Field required"
    r"|(String|List|Dictionary|Value) should|Value error|\n"
)


@pytest.mark.parametrize("item", list(CATALOG), ids=lambda item: item.name)
def test_every_fault_is_told_in_words_of_json_on_one_line(item: Function):
    for step in wrong_steps(item):
        for fault in faults_of([*BEFORE, step]):
            assert not FOREIGN.search(f"{fault.detail} {fault.hint}"), (step, fault)


GROUP = ["group_by", ["id"]]


@pytest.mark.parametrize(
    ("step", "place", "detail", "hint"),
    [
        ([*GROUP, [{"func": "count"}]], "2/0/func", "there is no member `func`", "did you mean `function`?"),
        ([*GROUP, [{"function": "count", "sa": "n"}]], "2/0/sa", "there is no member `sa`", "did you mean `as`?"),
        ([*GROUP, [{"qqq": 1}]], "2/0/qqq", "there is no member `qqq`", "known are `function`, `column`, `expression`"),
        ([*GROUP, [{"function": "cuont"}]], "2/0/function", "must be one of count, ", "did you mean `count`?"),
        ([*GROUP, ["count"]], "2/0", "must be an object", "`aggregates`: What to work out for each group"),
        (["window", [{"function": "rnak"}]], "1/0/function", "must be one of row_number, ", "did you mean `rank`?"),
        (["expect", [{"check": "uniqe"}]], "1/0/check", "must be one of not_null, ", "did you mean `unique`?"),
        (["expect", [{"check": "unique", "colums": ["id"]}]], "1/0/colums", "there is no", "did you mean `columns`?"),
        (["join", "x", [{"left": "id", "right": "id", "rihgt": "id"}]], "2/0/rihgt", "there is no member `rihgt`",
         "did you mean `right`?"),
        (["join", "x", ["id"], "outer"], "3", "must be one of inner, left, right, full", "`how`: Which rows are kept"),
        (["join", "x", ["id"], "lfet"], "3", "must be one of inner, left, right, full", "did you mean `left`?"),
        (["join", "x", [5]], "2/0", "must be text; or must be an object", "`on`: What makes rows belong together"),
        (["sort", [{"column": "id", "ordr": "desc"}]], "1/0/ordr", "there is no member", "did you mean `order`?"),
        (["sort", [{"column": "id", "order": "dsc"}]], "1/0/order", "must be one of asc", "did you mean `desc`?"),
        (["limit", "5"], "1", "must be a whole number", "`amount`: "),
        (["select", []], "1", "must not be empty", "`columns`: "),
        (["cast", {"": "int"}], "1/", "its name must not be empty", "`types`: "),
        (["split_into_tables", {"fields": {"feilds": []}}], "1/fields/feilds", "there is no member `feilds`",
         "did you mean `fields`?"),
    ],
)  # fmt: skip
def test_members_and_values_are_told_with_near_names(step: list[Any], place: str, detail: str, hint: str):
    before = [["load_text", "in/x"], ["jsonify"]] if step[0] == "split_into_tables" else BEFORE
    found = {fault.pointer: fault for fault in faults_of([*before, step])}
    assert f"/steps/2/{place}" in found, found
    fault = found[f"/steps/2/{place}"]
    assert fault.detail.startswith(detail)
    assert fault.hint is not None
    assert fault.hint.startswith(hint)
    assert not any(fault.pointer.startswith(f"{other}/") for other in found)


@pytest.mark.parametrize(
    ("step", "hint"),
    [
        (["select", "a", "b"], 'write ["select", ["a", "b"]]'),
        (["select", "a", "ü", "c"], 'write ["select", ["a", "ü", "c"]]'),
        (["drop", "a", "b", "c"], 'write ["drop", ["a", "b", "c"]]'),
        (["sort", "qty", "desc"], 'write ["sort", [{"column": "qty", "order": "desc"}]]'),
        (["sort", "a", "b"], 'write ["sort", ["a", "b"]]'),
        (["group_by", "a", "b", [{"function": "count"}]], 'write ["group_by", ["a", "b"], [{"function": "count"}]]'),
        (["select", "a", "a"], "`select` takes columns"),
        (["select", *("x" * n for n in range(1, 30))], "`select` takes columns"),
        (["limit", 5, "a"], "`limit` takes amount"),
    ],
)
def test_too_many_names_are_told_the_right_form(step: list[Any], hint: str):
    faults = faults_of([*BEFORE, step])
    assert faults
    extra = [fault for fault in faults if fault.detail == "is one argument too many"]
    assert extra
    assert all(fault.hint == hint for fault in extra)


@pytest.mark.parametrize("most", [1.0, 1.5, -1, -0.5, 0.0, True, "1", [], {}])
def test_a_bound_of_rejects_that_is_none_is_one_mistake(most: Any):
    with pytest.raises(StepFaults) as caught:
        CATALOG.check([*BEFORE, ["cast", {"id": "int"}, "reject", most]], Flow(ROOTS))
    (fault,) = caught.value.faults
    assert (fault.pointer, fault.detail) == ("/steps/2/3", "must be a count from 0, or a share above 0 and below 1")


@pytest.mark.parametrize("most", [None, 0, 1, 10**12, 1e-9, 0.999])
def test_bounds_of_rejects(most: Any):
    calls = CATALOG.check([*BEFORE, ["cast", {"id": "int"}, "reject", most]], Flow(ROOTS))
    assert calls[-1].arguments["max_rejects"] == most


@pytest.mark.parametrize(
    "check",
    [
        {"check": "row_count", "min": 5, "max": 1},
        {"check": "between", "column": "id", "min": 2, "max": 1.5},
    ],
)
def test_a_check_that_nothing_meets_is_refused(check: dict[str, Any]):
    with pytest.raises(StepFaults, match="so that nothing meets it"):
        CATALOG.check([*BEFORE, ["expect", [check]]], Flow(ROOTS))
