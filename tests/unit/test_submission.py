from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from functions import catalog
from functions.catalog import Catalog
from functions.storage.roots import Roots
from server.errors import InvalidParameter, InvalidRequest
from server.jobs.job import NewJob, Priority
from server.jobs.submission import Submission, check_idempotency_key, read_submission

STEPS: list[Any] = [["load_rdd", "in/events.jsonl"], ["jsonify"], ["take", 5]]
S3 = {"aws_access_key_id": "AKIAxxx", "aws_secret_access_key": "s3cr3t/value"}


@pytest.fixture(scope="module")
def functions() -> Catalog:
    return catalog.load()


@pytest.fixture
def read(functions: Catalog, tmp_path: Path) -> Any:
    (tmp_path / "in").mkdir()
    roots = Roots.of(tmp_path, ["in"], ["out"])

    def read(body: object) -> Submission:
        return read_submission(body, functions, roots, max_steps=100)

    return read


@pytest.fixture
def faults(read: Any) -> Any:
    def faults(body: object) -> dict[str, tuple[str, str | None]]:
        with pytest.raises(InvalidRequest) as caught:
            read(body)
        return {fault.pointer: (fault.detail, fault.hint) for fault in caught.value.faults}

    return faults


def test_a_body_of_steps_alone_is_a_job_with_defaults(read: Any) -> None:
    assert read({"steps": STEPS}).job == NewJob(steps=STEPS)


def test_options_that_are_null_are_none(read: Any) -> None:
    assert read({"steps": STEPS, "options": None}).job == NewJob(steps=STEPS)
    assert read({"steps": STEPS, "options": {"name": None, "s3": None}}).job == NewJob(steps=STEPS)


def test_every_option_reaches_the_job(read: Any) -> None:
    options = {
        "s3": S3,
        "name": "nightly",
        "tags": ["a", "b"],
        "timeout_seconds": 1.5,
        "max_attempts": 10,
        "priority": "low",
    }
    assert read({"steps": STEPS, "options": options}).job == NewJob(
        steps=STEPS,
        options={**options, "s3": "set"},
        name="nightly",
        tags=("a", "b"),
        priority=Priority.LOW,
        timeout_seconds=1.5,
        max_attempts=10,
        secrets=S3,
    )


def test_all_faults_are_told_at_once_each_with_its_place(faults: Any) -> None:
    found = faults(
        {
            "steps": [["load_rdd", "in/a"], ["tak", 5], [], ["take", "many"], "take"],
            "options": {"priority": "urgent", "tags": ["ok", 5], "nmae": "x", "s3": {"aws_acess_key_id": "x"}},
            "option": {},
        }
    )
    assert set(found) == {
        "/option",
        "/steps/1/0",
        "/steps/2",
        "/steps/3/1",
        "/steps/4",
        "/options/priority",
        "/options/tags/1",
        "/options/nmae",
        "/options/s3/aws_acess_key_id",
    }
    assert found["/option"][1] == "did you mean `options`?"
    assert found["/steps/1/0"][1] == "did you mean `take`?"
    assert found["/options/nmae"][1] == "did you mean `name`?"
    assert found["/options/s3/aws_acess_key_id"][1] == "did you mean `aws_access_key_id`?"


@pytest.mark.parametrize("body", [None, 5, "steps", [], [["take", 5]], True])
def test_a_body_that_is_no_object_is_refused_whole(faults: Any, body: object) -> None:
    assert list(faults(body)) == [""]


def test_a_body_without_steps_is_refused(faults: Any) -> None:
    assert "steps" in faults({})[""][0]


@pytest.mark.parametrize("steps", [None, 5, "x", {}, [], [["load_rdd", "in/a"]] * 101])
def test_steps_that_are_no_list_of_a_hundred_at_most_are_refused(faults: Any, steps: object) -> None:
    assert list(faults({"steps": steps})) == ["/steps"]


@pytest.mark.parametrize("step", [None, 5, "take", [], [None], [[]], {}, {"function": 5}, [["take"], 5]])
def test_a_step_that_is_no_call_is_refused(faults: Any, step: object) -> None:
    (pointer,) = faults({"steps": [step]})
    assert pointer.startswith("/steps/0")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("name", ""),
        ("name", 5),
        ("name", "x" * 201),
        ("name", "two\nlines"),
        ("tags", "a"),
        ("tags", ["x" * 51]),
        ("tags", [""]),
        ("tags", ["x"] * 21),
        ("tags", {"a": 1}),
        ("timeout_seconds", 0),
        ("timeout_seconds", -1),
        ("timeout_seconds", "60"),
        ("timeout_seconds", True),
        ("timeout_seconds", 1e300),
        ("max_attempts", 0),
        ("max_attempts", 11),
        ("max_attempts", 2.5),
        ("max_attempts", True),
        ("priority", "HIGH"),
        ("priority", 1),
        ("priority", None),
        ("s3", "key"),
        ("s3", {}),
        ("s3", {**S3, "endpoint_url": "file:///etc/passwd"}),
        ("s3", {**S3, "aws_secret_access_key": "two\r\nlines"}),
        ("s3", {**S3, "aws_secret_access_key": ""}),
        ("s3", {**S3, "region": "eu west"}),
        ("s3", {**S3, "role_arn": "admin"}),
        ("s3", {"aws_access_key_id": "AKIAxxx"}),
        ("s3", {"aws_secret_access_key": "s3cr3t"}),
        ("s3", {"aws_session_token": "t"}),
        ("s3", {**S3, "endpoint_url": "http://169.254.169.254"}),
        ("s3", {"region": None}),
        ("s3", [S3]),
    ],
)
def test_an_option_of_a_wrong_value_is_refused(faults: Any, option: str, value: object) -> None:
    found = faults({"steps": STEPS, "options": {option: value}})
    assert found
    assert all(pointer.startswith(f"/options/{option}") for pointer in found)


@pytest.mark.parametrize("options", [5, "name", [], [["name", "x"]], True])
def test_options_that_are_no_object_are_refused(faults: Any, options: object) -> None:
    assert list(faults({"steps": STEPS, "options": options})) == ["/options"]


def test_pointers_of_strange_names_are_escaped(faults: Any) -> None:
    assert set(faults({"steps": STEPS, "a/b~c": 1, "options": {"x/y": 1}})) == {"/a~1b~0c", "/options/x~1y"}


def test_a_refusal_never_repeats_a_credential(read: Any) -> None:
    for s3 in (
        {**S3, "aws_secret_access_key": "s3cr3t value"},
        {**S3, "role_arn": "s3cr3t/value"},
        {"aws_access_key_id": ["s3cr3t/value"]},
        ["s3cr3t/value"],
        "s3cr3t/value",
    ):
        with pytest.raises(InvalidRequest) as caught:
            read({"steps": STEPS, "options": {"s3": s3}})
        assert "s3cr3t" not in str([fault.to_json() for fault in caught.value.faults]) + str(caught.value)


def test_a_path_outside_the_roots_is_refused(faults: Any) -> None:
    for path in ("/etc/passwd", "in/../../x", "in/.hidden", "other"):
        assert list(faults({"steps": [["load_rdd", path]]})) == ["/steps/0/1"]


def test_fingerprints_are_equal_for_equal_bodies_only(read: Any) -> None:
    first = read({"steps": STEPS, "options": {"name": "x", "max_attempts": 2}})
    second = read({"options": {"max_attempts": 2, "name": "x"}, "steps": STEPS})
    third = read({"options": {"max_attempts": 3, "name": "x"}, "steps": STEPS})
    assert first.fingerprint == second.fingerprint
    assert first.fingerprint != third.fingerprint
    assert len(first.fingerprint) == 64


@pytest.mark.parametrize("key", ["x", "a b", "~!" * 127, '"8e03978e-40d5-43e8-bc93-6894a57f9324"', None])
def test_a_printable_idempotency_key_is_taken(key: str | None) -> None:
    assert check_idempotency_key(key) == key


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\tin", "ñ", "nul\0", "line\n"])
def test_another_idempotency_key_is_refused(key: str) -> None:
    with pytest.raises(InvalidParameter):
        check_idempotency_key(key)


def test_steps_of_very_many_values_are_refused_before_they_are_looked_at(faults: Any) -> None:
    assert list(faults({"steps": [["take", *range(20_000)]]})) == ["/steps"]


def test_many_misspelt_names_take_no_time_to_speak_of(faults: Any) -> None:
    tables = [f"table_number_{n:05d}" for n in range(2000)]
    misspelt = {f"tabel_numbr_{n:05d}": ["a"] for n in range(2000)}
    steps = [["load_rdd", "in/a"], ["jsonify"], ["group_by_table", tables], ["ensure_not_nulls", misspelt]]
    began = time.process_time()
    assert len(faults({"steps": steps})) == 2000
    assert time.process_time() - began < 20


def test_credentials_are_no_part_of_a_fingerprint(read: Any) -> None:
    def of(**s3: str) -> str:
        found: str = read({"steps": STEPS, "options": {"s3": s3}}).fingerprint
        return found

    keys = {"aws_access_key_id": "A", "aws_secret_access_key": "B"}
    assert of(**keys) == of(**keys | {"aws_session_token": "fresh"})
    assert of(**keys, region="eu-west-1") != of(**keys)
