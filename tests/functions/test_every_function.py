"""What holds for every function of the catalog, tried on its own example: no rows, nulls alone, odd names of columns,
columns that are not there, lines that are no objects. A new function is tried as all others are.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from functions.arguments.types import admit_schema
from functions.catalog import Catalog, Function, StepFaults, load
from functions.errors import StepFailed
from functions.workspace import Tables, quoted
from tests.functions.running_steps import ELSEWHERE, Steps

CATALOG = load()
#: Their example starts with rows of its own.
OF_ROWS = [
    item for item in CATALOG if "load_rows" in {step[0] for step in item.example_steps[:-1] if isinstance(step, list)}
]
OF_FRAMES = [item for item in CATALOG if item.takes and item.name not in ELSEWHERE]
OF_LINES = [item for item in OF_FRAMES if "load_rdd" in item.example_steps[0]]
#: Their columns come of the values.
COLUMNS_OF_VALUES = {"pivot", "explode_tables"}
ODD = ["a.b", "back`tick", "quo\"te's", "sp ace", "日本", "ÜNÏ", "x/y~z", "{z}", "select", "$1", "new\u2028line"]
#: Text of Spark SQL, in which names stand within.
EXPRESSIONS = {"filter", "with_column", "sql"}


@pytest.fixture
def steps(catalog: Catalog, spark: SparkSession, tmp_path: Path) -> Iterator[Steps]:
    made = Steps(catalog, spark, tmp_path)
    yield made
    made.release()


def in_order(step: Any) -> list[Any]:
    """A step with its arguments in order."""
    if isinstance(step, list):
        return copy.deepcopy(step)
    found = CATALOG.find(step["function"])
    assert found is not None
    return [found.name, *[step.get(parameter.name, parameter.default) for parameter in found.parameters]]


@pytest.fixture(scope="module")
def kinds() -> dict[str, dict[str, str]]:
    """The types of examples' rows, found once."""
    return {}


@pytest.fixture
def example(item: Function, steps: Steps, kinds: dict[str, dict[str, str]]) -> list[list[Any]]:
    """The function's example, with the types of its rows told, so that other rows get the same."""
    made = [in_order(step) for step in item.example_steps]
    for step in made:
        if step[0] == "load_rows" and len(step) > 2:
            step[2] = admit_schema(step[2])
        elif step[0] == "load_rows":
            key = json.dumps(step)
            if key not in kinds:
                frame = steps.run([step]).frame
                assert frame is not None
                kinds[key] = {field.name: field.dataType.simpleString() for field in frame.frame.schema}
            step.append(kinds[key])
    return made


def collected(frames: list[DataFrame]) -> list[Any]:
    return [row for frame in frames for row in frame.collect()]


@pytest.mark.parametrize("item", OF_FRAMES, ids=lambda item: item.name)
def test_no_rows_give_the_same_columns(item: Function, steps: Steps, example: list[list[Any]]):
    columns, _ = steps.outcome(item, example)
    empty: list[list[Any]] = []
    for step in example:
        empty += [step, ["limit", 0]] if step[0].startswith("load_") else [step]
    without, frames = steps.outcome(item, empty)
    collected(frames)
    assert without == columns or item.name in COLUMNS_OF_VALUES


@pytest.mark.parametrize("item", OF_ROWS, ids=lambda item: item.name)
def test_nulls_alone_give_the_same_columns(item: Function, steps: Steps, example: list[list[Any]]):
    columns, _ = steps.outcome(item, example)
    for step in example:
        if step[0] == "load_rows":
            step[1] = [dict.fromkeys(step[2]), dict.fromkeys(step[2])]
    found, frames = steps.outcome(item, example)
    collected(frames)
    assert found == columns or item.name in COLUMNS_OF_VALUES


def renamed(value: Any, names: dict[str, str], is_text: bool) -> Any:
    """An argument that names columns, with other names."""
    if isinstance(value, dict):
        return {
            names.get(key, key): renamed(inner, names, is_text or key == "expression") for key, inner in value.items()
        }
    if isinstance(value, list):
        return [renamed(inner, names, is_text) for inner in value]
    if is_text and isinstance(value, str):
        words = "|".join(map(re.escape, names))
        return re.sub(rf"(?<![\w'`])({words})(?![\w(])", lambda found: quoted(names[found.group()]), value)
    return names.get(value, value) if isinstance(value, str) else value


@pytest.mark.parametrize("item", OF_ROWS, ids=lambda item: item.name)
def test_columns_may_have_any_names(item: Function, steps: Steps, example: list[list[Any]]):
    columns, _ = steps.outcome(item, example)
    known = list(dict.fromkeys(name for step in example if step[0] == "load_rows" for row in step[1] for name in row))
    assert len(known) <= len(ODD)
    # Not every function has so many columns; all of them together try each name many times.
    shift = OF_ROWS.index(item)
    names = {name: (ODD * 2)[shift % len(ODD) + place] for place, name in enumerate(known)}
    odd: list[list[Any]] = []
    for step in example:
        if step[0] == "load_rows":
            values = [{names[name]: value for name, value in row.items()} for row in step[1]]
            odd.append([step[0], values, {names[name]: kind for name, kind in step[2].items()}, *step[3:]])
        else:
            odd.append([step[0], *[renamed(each, names, step[0] in EXPRESSIONS) for each in step[1:]]])
    found, frames = steps.outcome(item, odd)
    assert collected(frames) or not frames
    assert [name.rpartition(": ")[2] for name in found] == [name.rpartition(": ")[2] for name in columns], names


def misspelt(value: Any, names: list[str]) -> Iterator[tuple[Any, str]]:
    """An argument with one of its names of columns misspelt, once for each; and the name."""
    if isinstance(value, str) and value in names:
        yield f"{value}_", value
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            for other, name in misspelt(inner, names):
                yield [*value[:place], other, *value[place + 1 :]], name
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key in names:
                yield {(f"{key}_" if each == key else each): told for each, told in value.items()}, key
            for other, name in misspelt(inner, names):
                yield {**value, key: other}, name


@pytest.mark.parametrize("item", OF_ROWS, ids=lambda item: item.name)
def test_a_column_that_is_not_there_is_told_with_a_near_name(item: Function, steps: Steps, example: list[list[Any]]):
    before = steps.run(example[:-1])
    assert before.frame is not None
    tables = before.tables or Tables()
    known = {*before.frame.frame.columns}
    for table in tables.tables:
        known |= {*tables.rows(table, argument="name").columns}
    tried, told = 0, 0
    for place, argument in enumerate(example[-1][1:], 1):
        for wrong, name in misspelt(argument, sorted(known)):
            tried += 1
            fault = failure(steps, [*example[:-1], [*example[-1][:place], wrong, *example[-1][place + 1 :]]])
            if fault is not None:  # else it names what the step makes
                told += 1
                assert f"`{name}_`" in fault.detail, wrong
                assert fault.argument == item.parameters[place - 1].name, wrong
                assert fault.hint == f"did you mean `{name}`?", wrong
    assert told or not tried


def failure(steps: Steps, wrong: list[Any]) -> StepFailed | None:
    try:
        steps.run(wrong)
    except StepFailed as error:
        return error
    return None


LINES = ["null", "[]", "{}", '"text"', "17", "[{}]", "", "{", '{"order_id": null, "items": null, "customer": null}']
LINES += ['{"order_id": {"a": [1]}, "items": [null, 1, {}, []], "customer": "é", "paid": {}}', '{"items": {"sku": 1}}']


@pytest.mark.parametrize("item", OF_LINES, ids=lambda item: item.name)
def test_lines_that_hold_other_things_do_no_harm(item: Function, steps: Steps, example: list[list[Any]]):
    columns, _ = steps.outcome(item, example)
    (steps.folder / example[0][1]).write_text("\n".join(LINES))
    found, frames = steps.outcome(item, example)
    collected(frames)
    assert found == columns or item.name in COLUMNS_OF_VALUES


def test_every_function_is_tried(catalog: Catalog):
    tried = {item.name for item in (*OF_ROWS, *OF_FRAMES, *OF_LINES)} | ELSEWHERE
    sources = {item.name for item in catalog if not item.takes}
    assert tried | sources == {item.name for item in catalog}


SETS_ASIDE = [item for item in CATALOG if any(parameter.name == "on_error" for parameter in item.parameters)]
#: Sources that have nothing to set aside: numbers, names of files, outputs that were JSON when they were made, and the
#: original's lines, which are kept whatever they hold.
HAS_NO_RECORDS = {"load_range", "load_binary_listing", "load_batch", "load_rdd"}
CONVERTS = {
    "cast",
    "parse_date",
    "parse_timestamp",
    "parse_json_column",
    "get_path",
    "regex_extract",
    "format",
    "jsonify",
}


def test_all_that_reads_or_converts_says_what_becomes_of_bad_records():
    sources = {item.name for item in CATALOG if item.group == "sources"}
    named = {item.name for item in SETS_ASIDE}
    assert named == (sources - HAS_NO_RECORDS) | CONVERTS
    for item in SETS_ASIDE:
        assert "max_rejects" in {parameter.name for parameter in item.parameters}, item.name


@pytest.mark.parametrize("item", SETS_ASIDE, ids=lambda item: item.name)
def test_what_was_read_is_what_was_kept_and_what_was_set_aside(item: Function, steps: Steps):
    *before, own = [in_order(step) for step in item.example_steps]
    names = [parameter.name for parameter in item.parameters]
    given = dict(zip(names, own[1:], strict=False)) | {"on_error": "reject"}
    _, frames = steps.outcome(item, [*before, {"function": item.name, **given}])
    rows = collected(frames)
    if item.name in {"load_parquet", "load_orc"}:  # without a schema no value can be at fault
        assert steps.rejects.sets == []
        return
    counted = steps.rejects.sets[-1].counted()
    assert (counted.read - counted.rejected, counted.read > 0) == (len(rows), True)


OTHER_TYPES = ["binary", "struct<x: int>", "array<array<int>>", "variant"]


@pytest.mark.parametrize("item", OF_ROWS, ids=lambda item: item.name)
def test_columns_of_other_types_are_taken_or_refused_in_words(item: Function, steps: Steps, example: list[list[Any]]):
    for kind in OTHER_TYPES:
        for step in example:
            if step[0] == "load_rows":
                step[1], step[2] = [dict.fromkeys(step[2])], dict.fromkeys(step[2], kind)
        fault = failure(steps, example)
        assert fault is None or fault.detail


def with_others(value: Any, names: list[str]) -> Iterator[Any]:
    """An argument with one of its texts replaced by each name, once for each."""
    if isinstance(value, str):
        yield from (name for name in names if name != value)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from ([*value[:place], other, *value[place + 1 :]] for other in with_others(inner, names))
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from ({**value, key: other} for other in with_others(inner, names))


@pytest.mark.parametrize("item", OF_ROWS, ids=lambda item: item.name)
def test_no_two_columns_get_one_name(item: Function, steps: Steps, example: list[list[Any]]):
    before = steps.run(example[:-1])
    assert before.frame is not None
    known = before.frame.frame.columns
    for place, argument in enumerate(example[-1][1:], 1):
        for other in with_others(argument, known):
            try:
                made = steps.run([*example[:-1], [*example[-1][:place], other, *example[-1][place + 1 :]]])
            except (StepFailed, StepFaults):
                continue
            assert made.frame is not None
            assert len(set(made.frame.frame.columns)) == len(made.frame.frame.columns), other
