"""The catalog mechanism: from a function's signature to checked steps, with every mistake told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from functions.arguments.tables import FieldName, MakesTable, UsesTable
from functions.catalog import BadDefinition, Catalog, Function, StepFaults, function, load
from functions.check import Flow
from functions.storage.roots import Roots
from functions.workspace import Dataset, Frame, Lines, Objects, Tables


@function
def source(path: str) -> Lines:
    """Makes lines.

    Args:
        path: Where.

    Example:
        ["source", "x"]
    """
    raise AssertionError(path)


@function
def parse(lines: Lines) -> Objects:
    """Makes objects of lines.

    Example:
        ["parse"]
    """
    raise AssertionError(lines)


@function
def first(
    frame: Frame, amount: Annotated[int, Field(ge=0)], how: Literal["top", "bottom"] = "top", *, collaborator: Path
) -> Dataset:
    """Takes rows.

    It has a long description.

    Args:
        amount: How many.
        how: From where.

    Example:
        ["first", 5]
    """
    raise AssertionError(frame, amount, how, collaborator)


@function
def table(objects: Objects, name: MakesTable) -> Tables:
    """Makes a table.

    Args:
        name: The table.

    Example:
        ["table", "people"]
    """
    raise AssertionError(objects, name)


@function
def change(tables: Tables, fields: dict[UsesTable, dict[FieldName, list[int]]]) -> Tables:
    """Changes tables.

    Args:
        fields: What to change.

    Example:
        ["change", {"people": {"age": [1]}}]
    """
    raise AssertionError(tables, fields)


@pytest.fixture
def catalog() -> Catalog:
    return Catalog({item.name: item for item in (source, parse, first, table, change)})


@pytest.fixture
def flow(tmp_path: Path) -> Flow:
    return Flow(Roots.of(tmp_path, ["in"], ["out"]))


def faults(catalog: Catalog, flow: Flow, *steps: object, **options: int) -> list[tuple[str, str, str | None]]:
    with pytest.raises(StepFaults) as caught:
        catalog.check(list(steps), flow, **options)
    return [(fault.pointer, fault.detail, fault.hint) for fault in caught.value.faults]


SOURCE, PARSE, TABLE = ["source", "x"], ["parse"], ["table", "people"]


# -- what a signature says ---------------------------------------------------------------------------------------------


def test_a_signature_says_what_a_step_takes_gives_and_needs():
    assert (first.name, first.takes, first.gives) == ("first", (Frame,), Dataset)
    assert [(p.name, p.required, p.default) for p in first.parameters] == [
        ("amount", True, None),
        ("how", False, "top"),
    ]
    assert dict(first.collaborators) == {"collaborator": Path}
    assert (first.summary, first.description) == ("Takes rows.", "It has a long description.")
    assert (source.takes, source.gives) == ((), Lines)


def test_a_function_is_shown_as_json_with_a_schema_of_its_arguments():
    shown = json.loads(json.dumps(first.to_json()))
    assert (shown["takes"], shown["gives"], shown["example"]) == ("a frame", "a dataset", ["first", 5])
    assert shown["arguments"] == [
        {"name": "amount", "description": "How many.", "required": True},
        {"name": "how", "description": "From where.", "required": False, "default": "top"},
    ]
    assert shown["parameters"]["required"] == ["amount"]
    assert shown["parameters"]["properties"]["amount"] == {
        "title": "Amount",
        "type": "integer",
        "minimum": 0,
        "description": "How many.",
    }
    assert shown["parameters"]["additionalProperties"] is False


def no_return(frame: Frame):
    """Summary.

    Example:
        ["no_return"]
    """


def no_annotation(frame: Frame, amount) -> Dataset:
    """Summary.

    Args:
        amount: How many.

    Example:
        ["no_annotation", 1]
    """
    raise AssertionError(frame, amount)


def no_summary(frame: Frame) -> Dataset:
    raise AssertionError(frame)


def no_description(frame: Frame, amount: int) -> Dataset:
    """Summary.

    Example:
        ["no_description", 1]
    """
    raise AssertionError(frame, amount)


def no_example(frame: Frame) -> Dataset:
    """Summary."""
    raise AssertionError(frame)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (no_return, "needs a return annotation"),
        (no_annotation, "parameter `amount` needs an annotation"),
        (no_summary, "needs a docstring with a summary"),
        (no_description, "`Args:` does not describe amount"),
        (no_example, "needs an `Example:`"),
    ],
)
def test_a_function_that_lacks_something_is_refused_with_what_it_lacks(call: Any, told: str):
    with pytest.raises(BadDefinition, match=f"{call.__name__}: .*{told}"):
        function(call)


# -- steps that are right ----------------------------------------------------------------------------------------------


def test_arguments_come_in_order_or_by_name(catalog: Catalog, flow: Flow):
    steps = [
        SOURCE,
        ["first", 5],
        ["first", 5, "bottom"],
        {"function": "first", "how": "bottom", "amount": 2},
        {"function": "first", "amount": 2},
    ]
    calls = catalog.check(steps, flow)
    assert [call.arguments for call in calls[1:]] == [
        {"amount": 5, "how": "top"},
        {"amount": 5, "how": "bottom"},
        {"amount": 2, "how": "bottom"},
        {"amount": 2, "how": "top"},
    ]
    assert [call.index for call in calls] == [0, 1, 2, 3, 4]
    assert [call.function for call in calls[:2]] == [source, first]
    assert flow.dataset


def test_as_many_steps_as_the_limit_are_taken(catalog: Catalog, flow: Flow):
    assert len(catalog.check([SOURCE] * 3, flow, max_steps=3)) == 3


# -- every mistake, with its pointer -----------------------------------------------------------------------------------


@pytest.mark.parametrize("steps", [None, {}, "x", 5, True])
def test_steps_must_be_a_list(steps: object, catalog: Catalog, flow: Flow):
    with pytest.raises(StepFaults) as caught:
        catalog.check(steps, flow)
    assert [fault.pointer for fault in caught.value.faults] == ["/steps"]


def test_there_must_be_steps_but_not_too_many(catalog: Catalog, flow: Flow):
    assert faults(catalog, flow) == [("/steps", "must hold at least one step", None)]
    assert faults(catalog, flow, *[SOURCE] * 4, max_steps=3) == [("/steps", "has 4 steps; the limit is 3", None)]


@pytest.mark.parametrize(
    ("step", "pointer", "detail"),
    [
        ("first", "/steps/1", "must be a list or an object, not text"),
        (None, "/steps/1", "must be a list or an object, not null"),
        (5, "/steps/1", "must be a list or an object, not a number"),
        (True, "/steps/1", "must be a list or an object, not true or false"),
        ([], "/steps/1", "is empty"),
        ([5], "/steps/1/0", "must be the name of a function, not a number"),
        ([["first"]], "/steps/1/0", "must be the name of a function, not a list"),
        ({}, "/steps/1/function", "must be the name of a function"),
        ({"function": 5}, "/steps/1/function", "must be the name of a function"),
        (["first"], "/steps/1", "`first` needs the argument `amount`"),
        ({"function": "first"}, "/steps/1", "`first` needs the argument `amount`"),
        (["first", 1, "top", 3, 4], "/steps/1/3", "is one argument too many"),
        ({"function": "first", "amount": 1, "a/b~": 2}, "/steps/1/a~1b~0", "`first` has no argument `a/b~`"),
        (["first", "5"], "/steps/1/1", "must be a whole number"),
        (["first", 5.5], "/steps/1/1", "must be a whole number"),
        (["first", True], "/steps/1/1", "must be a whole number"),
        (["first", None], "/steps/1/1", "must be a whole number"),
        (["first", -1], "/steps/1/1", "must be at least 0"),
        (["first", 1, "middle"], "/steps/1/2", "must be one of top, bottom"),
        ({"function": "first", "amount": -1}, "/steps/1/amount", "must be at least 0"),
    ],
)
def test_a_mistake_is_told_with_its_place(step: object, pointer: str, detail: str, catalog: Catalog, flow: Flow):
    found = faults(catalog, flow, SOURCE, step)
    assert (found[0][0], found[0][1]) == (pointer, detail)
    assert found[0][2], "what to do"


def test_every_extra_argument_is_told(catalog: Catalog, flow: Flow):
    assert [place for place, _, _ in faults(catalog, flow, SOURCE, ["first", 1, "top", 3, 4])] == [
        "/steps/1/3",
        "/steps/1/4",
    ]


def test_every_mistake_of_every_step_is_told_at_once(catalog: Catalog, flow: Flow):
    found = faults(catalog, flow, SOURCE, ["first", -1, "middle"], ["nothing"], ["first"], 5)
    assert [place for place, _, _ in found] == ["/steps/1/1", "/steps/1/2", "/steps/2/0", "/steps/3", "/steps/4"]


def test_an_unknown_function_is_told_with_a_near_name(catalog: Catalog, flow: Flow):
    assert faults(catalog, flow, ["sourec", "x"]) == [
        ("/steps/0/0", "there is no function `sourec`", "did you mean `source`?")
    ]
    assert faults(catalog, flow, {"function": "zzz"}) == [
        ("/steps/0/function", "there is no function `zzz`", "GET /functions lists all")
    ]


@pytest.mark.parametrize(
    "name", ["", "__class__", "os.system", "Source", "source ", "../x", "call", "\x00", "x" * 100_000, "é"]
)
def test_only_the_catalogs_names_are_found(name: str, catalog: Catalog, flow: Flow):
    assert catalog.find(name) is None
    (pointer, detail, _), *more = faults(catalog, flow, [name])
    assert (pointer, more) == ("/steps/0/0", [])
    assert len(detail) < 200


def test_an_unknown_argument_is_told_with_a_near_name(catalog: Catalog, flow: Flow):
    found = faults(catalog, flow, SOURCE, {"function": "first", "amuont": 1})
    assert ("/steps/1/amuont", "`first` has no argument `amuont`", "did you mean `amount`?") in found


def test_a_place_inside_an_argument_is_told_as_a_json_pointer(catalog: Catalog, flow: Flow):
    given = {"people": {"a/b": [1, "x"], "~": 5}}
    found = faults(catalog, flow, SOURCE, PARSE, TABLE, ["change", given])
    assert [place for place, _, _ in found] == ["/steps/3/1/people/a~1b/1", "/steps/3/1/people/~0"]


# -- the flow ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "place", "detail"),
    [
        ([["first", 1]], "/steps/0", "`first` takes a frame, and no earlier step produced any"),
        ([["parse"]], "/steps/0", "`parse` takes lines, and no earlier step produced any"),
        ([SOURCE, TABLE], "/steps/1", "`table` takes objects, and here the job has lines"),
        ([SOURCE, PARSE, PARSE], "/steps/2", "`parse` takes lines, and here the job has objects"),
        ([SOURCE, PARSE, ["change", {}]], "/steps/2", "`change` takes tables, and no earlier step made any"),
    ],
)
def test_a_step_whose_input_nothing_produced_is_refused(
    steps: list[Any], place: str, detail: str, catalog: Catalog, flow: Flow
):
    found = faults(catalog, flow, *steps)
    assert [(pointer, told) for pointer, told, _ in found] == [(place, detail)]


def test_a_later_source_replaces_the_frame(catalog: Catalog, flow: Flow):
    assert len(catalog.check([SOURCE, PARSE, SOURCE, PARSE, TABLE], flow)) == 5


def test_an_unknown_table_is_told_with_a_near_name(catalog: Catalog, flow: Flow):
    assert faults(catalog, flow, SOURCE, PARSE, TABLE, ["change", {"peple": {}}]) == [
        ("/steps/3/1/peple", "no earlier step made a table `peple` (tables here: `people`)", "did you mean `people`?")
    ]


def test_a_step_at_fault_brings_no_further_faults_that_it_may_have_caused(catalog: Catalog, flow: Flow):
    change_it = ["change", {"people": {}}]
    assert [p for p, _, _ in faults(catalog, flow, SOURCE, PARSE, ["tabel", "people"], change_it)] == ["/steps/2/0"]
    assert [p for p, _, _ in faults(catalog, flow, SOURCE, PARSE, ["table", 5], change_it)] == ["/steps/2/1"]
    assert [p for p, _, _ in faults(catalog, flow, ["sourec", "x"], PARSE, TABLE, change_it)] == ["/steps/0/0"]
    assert [p for p, _, _ in faults(catalog, flow, ["source", 5], PARSE, TABLE, change_it)] == ["/steps/0/1"]


# -- the catalog of this installation ----------------------------------------------------------------------------------


def test_the_catalog_holds_the_functions_of_the_original():
    original = {
        *("load_rdd", "store_rdd", "jsonify", "take", "collect", "split_into_tables", "group_by_table"),
        *("flatten_tables", "explode_tables", "rename_tables_fields", "expand_tables", "format_tables"),
        *("ensure_not_nulls", "unify_tables", "json_to_list_for_tables", "upload_tables"),
    }
    assert len(original) == 16
    assert original <= {item.name for item in load()}


def _other_form(item: Function) -> list[Any] | dict[str, Any]:
    """The function's example with its arguments by name, or in order."""
    names = [parameter.name for parameter in item.parameters]
    if isinstance(item.example, list):
        return {"function": item.name, **dict(zip(names, item.example[1:], strict=False))}
    given = item.example
    return [item.name, *(given.get(p.name, p.default) for p in item.parameters)]


@pytest.mark.parametrize("item", tuple(load()), ids=lambda item: item.name)
def test_every_function_is_documented_and_its_example_passes(item: Function, tmp_path: Path):
    assert item.summary.endswith(".")
    assert len(item.summary) < 100
    assert all(parameter.description.endswith(".") for parameter in item.parameters)
    flow = Flow(Roots.of(tmp_path, ["README.md", "examples"], ["data"]))
    steps = list(item.example_steps)
    before = steps[: len(steps) - 1 - steps[::-1].index(item.example)]
    call = load().check([*before, item.example], flow)[-1]
    assert call.function.name == item.name
    again = load().check([*before, _other_form(item)], Flow(flow.roots))[-1]
    assert again.arguments == call.arguments
    json.dumps(item.to_json())


@pytest.mark.parametrize("item", tuple(load()), ids=lambda item: item.name)
def test_every_function_has_a_test_file_of_its_own(item: Function):
    assert (Path(__file__).parents[1] / "functions" / f"test_{item.name}.py").is_file()
