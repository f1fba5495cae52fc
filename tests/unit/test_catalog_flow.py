"""What is known of a job's tables, objects and paths while its steps are checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from functions.catalog import Catalog, StepFaults, load
from functions.check import Fault, Flow
from functions.storage.roots import Roots

OBJECTS = [["load_rdd", "in/x"], ["jsonify"]]
TABLES = [*OBJECTS, ["group_by_table", ["people", "orders"]]]
SPLIT = [*OBJECTS, ["split_into_tables", {"people": {"fields": ["id"]}, "orders": {"fields": ["id", "items"]}}]]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load()


@pytest.fixture
def check(catalog: Catalog, tmp_path: Path) -> Any:
    def checked(*steps: list[Any]) -> list[Fault]:
        try:
            catalog.check(list(steps), Flow(Roots.of(tmp_path, ["in"], ["out"])))
        except StepFaults as error:
            return error.faults
        return []

    return checked


def places(found: list[Fault]) -> list[str]:
    return [fault.pointer for fault in found]


def test_split_objects_are_known_by_their_tables(check: Any):
    assert check(*SPLIT, ["group_by_table", ["people", "orders"]]) == []
    found = check(*SPLIT, ["group_by_table", ["people", "ordres"]])
    assert places(found) == ["/steps/3/1/1"]
    assert found[0].detail == "the objects were not split into a table `ordres` (tables here: `orders`, `people`)"
    assert found[0].hint == "did you mean `orders`?"


def test_objects_that_were_not_split_may_hold_any_table(check: Any):
    assert check(*OBJECTS, ["group_by_table", ["anything"]]) == []
    assert check(*SPLIT, *OBJECTS, ["group_by_table", ["anything"]]) == []


def test_split_objects_may_be_split_again(check: Any):
    again = ["split_into_tables", {"all": {"fields": ["people", "orders"]}}]
    assert check(*SPLIT, again, ["group_by_table", ["all"]]) == []
    assert places(check(*SPLIT, again, ["group_by_table", ["people"]])) == ["/steps/4/1/0"]


def test_a_split_at_fault_leaves_the_tables_unknown(check: Any):
    found = check(*OBJECTS, ["split_into_tables", {"people": {"feilds": []}}], ["group_by_table", ["people"]])
    assert places(found) == ["/steps/2/1/people/fields", "/steps/2/1/people/feilds"]


def test_tables_stay_when_others_are_made(check: Any):
    more = ["group_by_table", ["more"]]
    assert check(*TABLES, more, ["ensure_not_nulls", {"people": [], "more": []}]) == []


def test_unified_tables_are_made_and_dropped_in_order(check: Any):
    def unify(*items: dict[str, Any]) -> list[Any]:
        return ["unify_tables", list(items)]

    both = {"sources": ["people", "orders"], "sink": "all", "sources_to_delete": ["people", "orders"]}
    assert check(*TABLES, unify(both), ["ensure_not_nulls", {"all": []}]) == []
    assert check(*TABLES, unify(both, {"sources": ["all"], "sink": "more"})) == []
    assert check(*TABLES, unify({"sources": ["people"], "sink": "people"})) == []
    assert places(check(*TABLES, unify(both), ["ensure_not_nulls", {"people": []}])) == ["/steps/4/1/people"]
    assert places(check(*TABLES, unify(both, {"sources": ["people"], "sink": "x"}))) == ["/steps/3/1/1/sources/0"]
    assert places(check(*TABLES, unify({"sources": [], "sink": "x"}))) == ["/steps/3/1/0/sources"]
    assert places(check(*TABLES, unify({"sources": ["people"]}))) == ["/steps/3/1/0/sink"]
    assert places(check(*TABLES, unify({**both, "deletes": []}))) == ["/steps/3/1/0/deletes"]
    twice = {"sources": ["people"], "sink": "x", "sources_to_delete": ["people", "people"]}
    assert places(check(*TABLES, unify(twice))) == ["/steps/3/1/0/sources_to_delete/1"]


def test_tables_of_lists_have_no_fields_for_later_steps(check: Any):
    lists = ["json_to_list_for_tables", {"people": ["id"]}]
    assert check(*TABLES, lists, ["store_tables", ["people"], "out/t"]) == []
    assert check(*TABLES, lists, ["explode_tables", {"orders": ["items"]}]) == []
    found = check(*TABLES, lists, ["explode_tables", {"people": ["items"]}])
    assert [(fault.pointer, fault.detail) for fault in found] == [
        ("/steps/4/1/people", "the rows of `people` have become lists, which have no fields")
    ]
    assert places(check(*TABLES, lists, lists)) == ["/steps/4/1/people"]
    unified = ["unify_tables", [{"sources": ["orders", "people"], "sink": "all"}]]
    assert places(check(*TABLES, lists, unified, ["explode_tables", {"all": ["items"]}])) == ["/steps/5/1/all"]
    replaced = ["unify_tables", [{"sources": ["orders"], "sink": "people"}]]
    assert check(*TABLES, lists, replaced, ["explode_tables", {"people": ["items"]}]) == []
    assert check(*TABLES, lists, ["group_by_table", ["people"]], ["explode_tables", {"people": ["items"]}]) == []


def test_an_unknown_formatter_is_told_with_a_near_name(check: Any):
    found = check(*TABLES, ["format_tables", {"people": {"cpf": "prety_cpf", "id": "zzz"}}])
    assert [(fault.pointer, fault.detail) for fault in found] == [
        ("/steps/3/1/people/cpf", "there is no formatter `prety_cpf`"),
        ("/steps/3/1/people/id", "there is no formatter `zzz`"),
    ]
    assert found[0].hint == "did you mean `pretty_cpf`?"
    assert (found[1].hint or "").startswith("the formatters are ensure_boolean, ensure_float")


@pytest.mark.parametrize("name", ["__class__", "str_", "", "os.system", "Trim"])
def test_only_the_formatters_own_names_are_found(name: str, check: Any):
    assert places(check(*TABLES, ["format_tables", {"people": {"a": name}}])) == ["/steps/3/1/people/a"]


def test_paths_are_checked_when_the_job_is_submitted(check: Any):
    found = check(["load_rdd", "/etc/passwd"], ["store_rdd", "in/x"])
    assert places(found) == ["/steps/0/1", "/steps/1/1"]
    assert "outside the folders that jobs may read" in found[0].detail
    assert check(["load_rdd", "in/*.gz"], ["store_rdd", "out/x", 3, True]) == []


@pytest.mark.parametrize(
    "path", ["s3://my-bucket/a/b.txt", "s3a://my-bucket/a", "s3n://my-bucket/a/*.gz", "s3://my-bucket"]
)
def test_s3_paths_may_be_read(path: str, check: Any):
    assert check(["load_rdd", path]) == []


@pytest.mark.parametrize(
    "path", ["s3://", "s3://A/b", "s3:///b", "s3://my-bucket/a\nb", "s3://my-bucket/" + "a" * 1025]
)
def test_a_path_that_names_nothing_in_s3_is_refused(path: str, check: Any):
    assert places(check(["load_rdd", path])) == ["/steps/0/1"]


def test_a_destination_in_s3_needs_a_key(check: Any):
    assert check(["load_rdd", "in/x"], ["store_rdd", "s3://my-bucket/copy"]) == []
    assert places(check(["load_rdd", "in/x"], ["store_rdd", "s3://my-bucket"])) == ["/steps/1/1"]
    assert places(check(["load_rdd", "in/x"], ["store_rdd", "s3://my-bucket/a//b"])) == ["/steps/1/1"]


@pytest.mark.parametrize("amount", [0, 10_001, -1, "1", 1.5, None])
def test_the_number_of_files_is_bounded(amount: object, check: Any):
    assert places(check(["load_rdd", "in/x"], ["store_rdd", "out/x", amount])) == ["/steps/1/2"]


@pytest.mark.parametrize("amount", [-1, 2**31, 10**30, "5", 5.5, True, None, [5]])
def test_the_amount_to_take_is_a_whole_number(amount: object, check: Any):
    assert places(check(["load_rdd", "in/x"], ["take", amount])) == ["/steps/1/1"]


@pytest.mark.parametrize("value", [None, True, 5, 10**50, 1.5, "x", [], {}, [{"a": [None]}]])
def test_any_json_value_may_be_a_default(value: object, check: Any):
    assert check(*TABLES, ["expand_tables", {"people": [{"field": "x", "default_value": value}]}]) == []


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value", [nested(600), 10**1000, float("nan"), float("inf"), "\ud800", {"\udfff": 1}, ["\ud83d"]]
)
def test_a_default_that_has_no_exact_json_form_is_refused(value: object, check: Any):
    found = check(*TABLES, ["expand_tables", {"people": [{"field": "x", "default_value": value}]}])
    assert places(found) == ["/steps/3/1/people/0/default_value"]


def test_a_default_must_be_named(check: Any):
    found = check(*TABLES, ["expand_tables", {"people": [{"field": "x"}]}])
    assert places(found) == ["/steps/3/1/people/0/default_value"]


def upload(**changed: Any) -> dict[str, Any]:
    given = {"table_names": ["people"], "bucket_name": "my-bucket", "keypath": "a/b", "extension": "csv"}
    return {"function": "upload_tables", **given, **changed}


@pytest.mark.parametrize("name", ["abc", "my.bucket-1", "0" * 63])
def test_a_bucket_name_is_taken(name: str, check: Any):
    assert check(*TABLES, upload(bucket_name=name)) == []


@pytest.mark.parametrize(
    "name",
    [
        "",
        "ab",
        "A-bucket",
        "my_bucket",
        "-abc",
        "abc-",
        "a..b",
        "1.2.3.4",
        "xn--abc",
        "abc-s3alias",
        "0" * 64,
        "a/b",
        "abc\n",
    ],
)
def test_what_cannot_be_a_bucket_name_is_refused(name: str, check: Any):
    assert places(check(*TABLES, upload(bucket_name=name))) == ["/steps/3/bucket_name"]


@pytest.mark.parametrize("path", ["a", "a/b c/é", "/a/b/", "exports/dt=2024-01-01"])
def test_a_key_path_is_taken(path: str, check: Any):
    assert check(*TABLES, upload(keypath=path)) == []


@pytest.mark.parametrize("path", ["", "/", "a//b", "../a", "a/./b", "a\nb", "a\\b", "a" * 801])
def test_what_cannot_be_a_key_path_is_refused(path: str, check: Any):
    assert places(check(*TABLES, upload(keypath=path))) == ["/steps/3/keypath"]


@pytest.mark.parametrize("extension", ["", ".csv", "a/b", "a b", "x" * 21, "csv\n"])
def test_what_cannot_be_a_file_ending_is_refused(extension: str, check: Any):
    assert places(check(*TABLES, upload(extension=extension))) == ["/steps/3/extension"]


@pytest.mark.parametrize("name", ["../x", "a/b", ".hidden", "a\\b", "a:b", "a*", "a\nb", "a ", "x" * 201, "a%b"])
def test_a_table_that_cannot_name_a_file_is_not_stored(name: str, check: Any):
    made = [*OBJECTS, ["group_by_table", [name]]]
    assert check(*made, ["ensure_not_nulls", {name: []}]) == []
    assert places(check(*made, ["store_tables", [name], "out/t"])) == ["/steps/3/1/0"]


@pytest.mark.parametrize("name", ["people", "Pessoas físicas", "2024-01", "a.b", "_x"])
def test_a_table_that_can_name_a_file_is_stored(name: str, check: Any):
    assert check(*OBJECTS, ["group_by_table", [name]], ["store_tables", [name], "out/t"]) == []


def test_no_tables_cannot_be_stored(check: Any):
    assert places(check(*TABLES, ["store_tables", [], "out/t"])) == ["/steps/3/1"]
