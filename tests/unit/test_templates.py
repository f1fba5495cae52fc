"""Templates by themselves: names, declarations, places, substitution, and what a made-up value may have caused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions import catalog
from functions.check import Fault
from server.errors import InvalidRequest
from server.jobs.submission import read_submission
from server.limits import Limits
from server.settings import Settings
from server.templates.check import Checker
from server.templates.declarations import Declaration, read_declarations, value_faults
from server.templates.submission import read_template_submission
from server.templates.substitution import Place, Substitution, TooLarge, form_of, place_of, places
from server.templates.template import Content, Reference, Template, is_name, read_reference

EXAMPLES = Path(__file__).parents[2] / "examples"
MOST = 1_000_000
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@pytest.fixture
def checker(tmp_path: Path) -> Checker:
    settings = Settings(base=tmp_path)
    return Checker(catalog.load(), settings, Limits(settings))


def pointers(checker: Checker, body: Any) -> list[str]:
    try:
        checker.check(body, "default")
    except InvalidRequest as error:
        return [fault.pointer for fault in error.faults]
    return []


# -- names


@pytest.mark.parametrize(
    "text", ["", ".", "..", "a b", "a@", "a@0", "a@01", "a@-1", "a@x", "a@1@2", "@1", "x" * 101, "a\n"]
)
def test_what_names_no_template(text: str) -> None:
    assert read_reference(text) is None


def test_references_are_read_and_written() -> None:
    for text, reference in (("a", Reference("a")), ("a.b-c_D@12", Reference("a.b-c_D", 12))):
        assert read_reference(text) == reference
        assert str(reference) == text
    assert is_name("..a")


def test_content_that_means_the_same_has_the_same_fingerprint() -> None:
    one = Content([["take", {"a": 1, "b": 2}]], {"p": {"type": "string"}})
    assert one.fingerprint == Content([["take", {"b": 2, "a": 1}]], {"p": {"type": "string"}}).fingerprint
    assert one.fingerprint != Content([["take", {"a": 1, "b": 2}]]).fingerprint


# -- declarations


def declared(**members: Any) -> Declaration:
    faults: list[Fault] = []
    found = read_declarations({"p": members}, faults)
    assert not faults
    return found["p"]


@pytest.mark.parametrize(
    ("members", "right", "wrong"),
    [
        ({"type": "string"}, ["", "a"], [1, None, [], {}, True]),
        ({"type": "integer"}, [0, -1, 2**62], [1.0, "1", True, None]),
        ({"type": "number"}, [0, 1.5], ["1", False, None]),
        ({"type": "boolean"}, [True, False], [0, 1, "true"]),
        ({"type": "list"}, [[], [1]], [{}, "a"]),
        ({"type": "object"}, [{}, {"a": 1}], [[], None]),
        ({"type": "string", "default": None}, [None, "a"], [1]),
        ({"type": "integer", "enum": [1, 2]}, [1, 2], [3, True]),
        ({"type": "number", "minimum": 0, "maximum": 1.5}, [0, 1.5], [-0.1, 2]),
        ({"type": "string", "min_length": 1, "max_length": 2}, ["a", "ab"], ["", "abc"]),
        ({"type": "list", "max_length": 1}, [[1]], [[1, 2]]),
    ],
)
def test_values_fit_or_do_not(members: dict[str, Any], right: list[Any], wrong: list[Any]) -> None:
    declaration = declared(**members)
    for value in wrong:
        found = declaration.fault(value)
        assert found is not None, value
        assert found[0]
    for value in right:
        assert declaration.fault(value) is None, value
    if declaration.is_required:
        assert declaration.fault(declaration.made_up()) is None


def test_values_that_are_missing_or_unknown_are_told() -> None:
    faults = value_faults({"day": declared(type="string")}, {"dya": "x"}, "daily@1")
    assert [(fault.pointer, fault.hint) for fault in faults] == [
        ("/parameters/dya", "did you mean `day`?"),
        ("/parameters", "`day` is a string"),
    ]


# -- places and substitution


@pytest.mark.parametrize(
    "value", [{"text": "a"}, {"text": ["a"]}, {"text": [{"a": 1}]}, {"parameter": "a", "b": 1}, {}, [], "parameter"]
)
def test_objects_that_only_look_alike_stay_as_they_are(value: Any) -> None:
    assert form_of(value) is None
    assert Substitution({}, most_bytes=MOST).fill(value) == value


@given(json_values)
def test_a_literal_and_a_value_bring_exactly_themselves(value: Any) -> None:
    filling = Substitution({"p": value}, most_bytes=MOST)
    assert filling.fill({"literal": value}) == value
    assert filling.fill([{"parameter": "p"}, {"a": {"parameter": "p"}}]) == [value, {"a": value}]


def test_a_value_that_looks_like_a_parameter_is_not_looked_into() -> None:
    sly = {"parameter": "secret"}
    assert Substitution({"p": sly, "secret": "x"}, most_bytes=MOST).fill([{"parameter": "p"}]) == [sly]


def test_texts_are_put_together_of_strings_and_integers() -> None:
    text = {"text": ["s3://lake/", {"parameter": "day"}, "/", {"parameter": "part"}, ".json"]}
    filled = Substitution({"day": "2026-01-31", "part": 7}, most_bytes=MOST).fill([text])
    assert filled == ["s3://lake/2026-01-31/7.json"]


def test_what_is_put_in_is_bounded() -> None:
    with pytest.raises(TooLarge):
        Substitution({"p": "x" * 100}, most_bytes=1000).fill([{"parameter": "p"}] * 10)
    assert len(Substitution({"p": "x" * 98}, most_bytes=1000).fill([{"parameter": "p"}] * 10)) == 10


def test_places_are_found_with_their_pointers() -> None:
    value = [["f", {"a/b": {"parameter": "p"}}], {"function": "g", "x": [{"text": ["t", {"parameter": "q"}]}]}]
    found = list(places(value, "/steps"))
    assert found == [Place("/steps/0/1/a~1b", "parameter", ("p",)), Place("/steps/1/x/0", "text", ("q",))]
    by_pointer = {place.pointer: place for place in found}
    assert place_of("/steps/0/1/a~1b/0/c", by_pointer) == (found[0], "/0/c")
    assert place_of("/steps/1/x/0", by_pointer) == (found[1], "")
    for other in ("/steps/0/1", "/steps/0/1/a~1bc", "", "/steps/1/x/1"):
        assert place_of(other, by_pointer) is None


# -- the check at storing

TEXT = {"type": "string"}
SPLIT = [["load_rdd", "README.md"], ["jsonify"], ["split_into_tables", {"people": {"fields": ["id"]}}]]


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        # What the made-up value stands in, or stands beside it in an argument, may be right with another.
        ([["load_rdd", {"parameter": "t"}], ["take", 1]], []),
        ([*SPLIT, ["group_by_table", [{"parameter": "t"}]]], []),
        # A step after one that makes a table of the parameter's name: it may be this one.
        ([*SPLIT[:2], ["split_into_tables", {"parameter": "o"}], ["group_by_table", ["people"]]], []),
        ([*SPLIT, ["group_by_table", [{"parameter": "t"}]], ["flatten_tables", {"people": {}}]], []),
        # What has nothing to do with the value is told, before it and after it.
        ([["load_rdd", "/etc/passwd"], ["take", {"parameter": "n"}]], ["/steps/0/1"]),
        ([["load_rdd", {"parameter": "t"}], ["store_rdd", "/etc/x"]], ["/steps/1/1"]),
        ([["load_rdd", {"parameter": "t"}], ["take", "1"]], ["/steps/1/1"]),
        ([["load_rdd", {"parameter": "t"}], ["group_by_table", ["people"]]], ["/steps/1"]),
        ([*SPLIT, ["group_by_table", ["poeple"]], ["take", {"parameter": "n"}]], ["/steps/3/1/0"]),
        # No value of its type would do.
        ([["load_rdd", "README.md"], ["take", {"parameter": "t"}]], ["/steps/1/1"]),
        ([["load_rdd", {"parameter": "o"}], ["take", 1]], ["/steps/0/1"]),
    ],
)
def test_only_faults_that_no_value_would_mend_are_told(checker: Checker, steps: Any, told: list[str]) -> None:
    used = {str(name) for place in places(steps, "/steps") for name in place.names}
    kinds = {"t": TEXT, "n": {"type": "integer"}, "o": {"type": "object"}}
    body = {"parameters": {name: kind for name, kind in kinds.items() if name in used}, "steps": steps}
    assert pointers(checker, body) == told


def test_a_default_that_makes_a_step_wrong_is_told_at_the_default(checker: Checker) -> None:
    body = {
        "parameters": {"n": {"type": "integer", "default": -1}},
        "steps": [["load_rdd", "README.md"], ["take", {"parameter": "n"}]],
    }
    assert pointers(checker, body) == ["/parameters/n/default"]


def test_a_null_default_may_not_stand_in_a_text(checker: Checker) -> None:
    body = {
        "parameters": {"d": {"type": "string", "default": None}},
        "steps": [["load_rdd", {"text": ["a", {"parameter": "d"}]}], ["take", 1]],
    }
    assert pointers(checker, body) == ["/steps/0/1"]


# -- any value of a job may become a parameter


def values_in(value: Any, pointer: list[Any]) -> Iterator[tuple[list[Any], Any]]:
    """Every value inside a value, with the way to it."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield [*pointer, key], member
        yield from values_in(member, [*pointer, key])


def put_at(value: Any, way: list[Any], what: Any) -> Any:
    copy = json.loads(json.dumps(value))
    inner = copy
    for key in way[:-1]:
        inner = inner[key]
    inner[way[-1]] = what
    return copy


def kind_of(value: Any) -> str:
    kinds: dict[type, str] = {str: "string", bool: "boolean", int: "integer", list: "list", dict: "object"}
    return kinds[type(value)]


def test_any_value_of_a_job_may_become_a_parameter(checker: Checker, tmp_path: Path) -> None:
    steps = json.loads((EXAMPLES / "orders-job.json").read_text())["steps"]
    check = partial(read_submission, catalog=catalog.load(), roots=Settings(base=tmp_path).roots(), max_steps=100)
    ways = [
        (way, value)
        for way, value in values_in(steps, [])
        if len(way) > 1 and not (len(way) == 2 and way[1] in (0, "function"))
    ]
    assert len(ways) > 80
    for way, value in ways:
        parameters = {"p": {"type": kind_of(value)}}
        with_parameter = put_at(steps, way, {"parameter": "p"})
        content = checker.check({"parameters": parameters, "steps": with_parameter}, "default").content
        template = Template("orders", 1, 0, content)
        body = {"template": "orders", "parameters": {"p": value}}
        submission = read_template_submission(body, template, check, most_bytes=MOST)
        assert submission.job.steps == steps, way
        assert submission.job.template == "orders@1"


def test_what_storing_leaves_open_is_told_at_use_at_the_value_that_brought_it(checker: Checker, tmp_path: Path) -> None:
    steps = json.loads((EXAMPLES / "orders-job.json").read_text())["steps"]
    check = partial(read_submission, catalog=catalog.load(), roots=Settings(base=tmp_path).roots(), max_steps=100)
    for way in ([0, 1], [3, 1, 0], [11, "names", 1], [11, "extension"], [11, "folderpath"]):
        parameters = {"p": {"type": "string"}}
        content = checker.check(
            {"parameters": parameters, "steps": put_at(steps, way, {"parameter": "p"})}, "d"
        ).content
        body = {"template": "orders", "parameters": {"p": "/etc/x"}}
        with pytest.raises(InvalidRequest) as caught:
            read_template_submission(body, Template("orders", 1, 0, content), check, most_bytes=MOST)
        assert caught.value.faults[0].pointer.startswith("/parameters/p"), way
