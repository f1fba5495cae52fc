"""A job's way to S3: session policies of roles, places in steps, allow-lists."""

from __future__ import annotations

import json
import pickle
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from functions.catalog import Catalog, StepFaults, load
from functions.check import Flow
from functions.errors import StorageFailed
from functions.storage import s3_access, s3a
from functions.storage.roots import Roots
from functions.storage.s3_access import Access, Policy, Prefix, Session
from functions.storage.s3_allow import AllowList
from functions.storage.s3_places import places, policy
from server.settings import Settings
from tests.s3_server import Fault, Proxy, running_proxy, running_s3

ROLE = "arn:aws-cn:iam::123456789012:role/reader"
KEYS = {"aws_access_key_id": "AKIA-canary", "aws_secret_access_key": "ca/na+ry", "region": "eu-west-1"}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load()


def steps(*more: Any) -> list[Any]:
    return [["load_rdd", "s3://lake/in/*.gz"], ["jsonify"], ["group_by_table", ["a"]], *more]


@pytest.mark.parametrize(
    ("entry", "path", "is_written"),
    [
        ("other", "s3://lake/in", False),
        ("lake/in", "s3://lake/in-secret/x", False),
        ("lake/in", "s3://lake/in*", False),
        ("lake/in", "s3://lake/*", False),
        ("lake/in", "s3://lake", False),
        ("lake/in", "s3a://lake/i", True),
        ("lak", "s3://lake/x", True),
        ("", "s3://lake/x", True),
    ],
)
def test_a_place_outside_the_list_is_not_covered(entry: str, path: str, is_written: bool) -> None:
    assert not AllowList((entry,)).covers(path, is_written=is_written)


@pytest.mark.parametrize(
    ("entry", "path"),
    [
        ("*", "s3://any/thing*"),
        ("lake", "s3://lake/*"),
        ("lake/", "s3n://lake/x"),
        ("lake/in", "s3://lake/in"),
        ("lake/in/", "s3://lake/in/a/*.gz"),
        ("lake/in", "s3://lake/in/*"),
    ],
)
def test_a_place_inside_the_list_is_covered(entry: str, path: str) -> None:
    assert AllowList(("nothing", entry)).covers(path, is_written=False)


@pytest.mark.parametrize("text", ["s3://lake", "lake/in*", "Lake", "lake;other", "lake,,other", "/in", "**"])
def test_a_list_that_would_not_mean_what_it_looks_like_is_no_setting(text: str) -> None:
    with pytest.raises(ValidationError):
        Settings(s3_allow=text)


@pytest.mark.parametrize("text", ["", "*", "lake", " lake/in/ , other.bucket/a b/ç ,x-1"])
def test_a_list_of_buckets_and_prefixes_is_a_setting(text: str) -> None:
    assert len(AllowList.of(Settings(s3_allow=text).s3_allow).entries) == len(text.split(",")) - (not text)


@pytest.mark.parametrize(
    "text", ["example.com", "ftp://example.com", "https://a.com/path", "https://a.com https://b.com"]
)
def test_a_list_of_endpoints_holds_addresses_only(text: str) -> None:
    with pytest.raises(ValidationError):
        Settings(s3_endpoints_allowed=text)


def test_every_place_that_is_not_allowed_is_told_with_its_argument(catalog: Catalog, tmp_path: Path) -> None:
    flow = Flow(Roots.of(tmp_path, [], [tmp_path]), (AllowList(("*",)), AllowList(("lake/in", "out"))))
    given = [
        ["load_rdd", "s3://lake/in/x"],
        {"function": "load_rdd", "filepath": "s3://lake/private"},
        ["jsonify"],
        ["group_by_table", ["a"]],
        ["store_rdd", "s3://lake/elsewhere"],
        ["upload_tables", ["a"], "lake", "exports", "csv"],
        ["upload_tables", ["a"], "out", "exports", "csv"],
    ]
    with pytest.raises(StepFaults) as caught:
        catalog.check(given, flow)
    faults = {fault.pointer: fault for fault in caught.value.faults}
    assert set(faults) == {"/steps/1/filepath", "/steps/4/1", "/steps/5/3"}
    assert {fault.code for fault in faults.values()} == {"path_not_allowed"}
    assert faults["/steps/5/3"].detail == "`s3://lake/exports` is outside what jobs may use on S3"
    assert faults["/steps/4/1"].hint == "allowed: `lake/in`, `out`"


@pytest.mark.parametrize("path", ["s3://lake/in/../private", "s3://lake/./x", "s3://lake/a/.."])
def test_a_key_that_points_upwards_is_refused(catalog: Catalog, tmp_path: Path, path: str) -> None:
    with pytest.raises(StepFaults):
        catalog.check([["load_rdd", path]], Flow(Roots.of(tmp_path, [], [])))


def test_a_session_policy_allows_what_the_steps_need_and_nothing_else(catalog: Catalog, tmp_path: Path) -> None:
    given = steps(["store_tables", ["a"], "s3a://out/a?b$"], ["upload_tables", ["a"], "upper", "/x/", "csv"])
    # `?` is no part of a destination on disk; on S3 it is a letter.
    found = places(catalog.check(given, Flow(Roots.of(tmp_path, [], []))))
    assert [(p.path, p.is_written) for p in found] == [
        ("s3://lake/in/*.gz", False),
        ("s3a://out/a?b$", True),
        ("s3://upper/x", True),
    ]
    statements = json.loads(policy(found, ROLE))["Statement"]
    by_action = {action: s for s in statements for action in s["Action"]}
    assert set(by_action["s3:PutObject"]["Resource"]) == {
        "arn:aws-cn:s3:::out/a${?}b${$}",
        "arn:aws-cn:s3:::out/a${?}b${$}/*",
        "arn:aws-cn:s3:::upper/x",
        "arn:aws-cn:s3:::upper/x/*",
    }
    assert "arn:aws-cn:s3:::lake/in/*" in by_action["s3:GetObject"]["Resource"]
    assert not any("lake" in str(s["Resource"]) for s in statements if "s3:PutObject" in s["Action"])
    listing = {
        s["Resource"]: s["Condition"]["StringLike"]["s3:prefix"] for s in statements if "s3:ListBucket" in s["Action"]
    }
    assert listing["arn:aws-cn:s3:::lake"] == ["in/*", "in/_*"]
    assert listing["arn:aws-cn:s3:::upper"] == ["x*"]
    assert all(s["Effect"] == "Allow" for s in statements)


def test_a_session_policy_for_a_glob_reaches_the_marker_of_its_folder() -> None:
    reads, listing, _ = json.loads(Policy(reads=[Prefix("lake", "in/a", is_open=True)]).to_text())["Statement"]
    assert set(reads["Resource"]) == {f"arn:aws:s3:::lake/in/{name}" for name in ("a*", "_DONE", "_SUCCESS")}
    assert listing["Condition"]["StringLike"]["s3:prefix"] == ["in/a*", "in/_*"]


def test_a_policy_that_is_too_long_names_buckets_and_one_that_is_still_too_long_is_told() -> None:
    many = [Prefix("lake", f"in/{n}" + "x" * 100) for n in range(50)]
    text = Policy(reads=many).to_text()
    assert len(text) <= 2048
    assert "arn:aws:s3:::lake/*" in text
    with pytest.raises(StorageFailed):
        Policy(reads=[Prefix(f"bucket-{n}") for n in range(100)]).to_text()


def test_nothing_of_the_credentials_is_shown() -> None:
    access = Access({**KEYS, "aws_session_token": "to=ken"})
    assert not any(word in repr(access) + str(access) for word in ("canary", "ca/na+ry", "to=ken"))
    text = "failed: AKIA-canary ca/na+ry ca%2Fna%2Bry to=ken eu-west-1"
    assert access.hide(text) == "failed: *** *** *** *** eu-west-1"
    with pytest.raises(TypeError):
        pickle.dumps(access)  # it must never come into a plan


def test_s3a_is_told_where_s3_is_and_which_jars_to_use() -> None:
    found = s3a.conf("http://127.0.0.1:9000", "/opt/a.jar, org.apache.hadoop:hadoop-aws:3.5.0,b.jar")
    assert found["spark.jars"] == "/opt/a.jar,b.jar"
    assert found["spark.jars.packages"] == "org.apache.hadoop:hadoop-aws:3.5.0"
    assert found["spark.hadoop.fs.s3a.endpoint"] == "http://127.0.0.1:9000"
    assert found["spark.hadoop.fs.s3a.connection.ssl.enabled"] == "false"
    assert not {"spark.jars", "spark.jars.packages", "spark.hadoop.fs.s3a.endpoint"} & set(s3a.conf("", ""))


def test_s3a_takes_names_with_the_signs_of_globs_to_the_letter() -> None:
    assert s3a.paths(["lake/a[1]{b}*?.txt"]) == ["s3a://lake/a\\[1\\]\\{b\\}\\*\\?.txt"]


ASSUMABLE = "arn:aws:iam::123456789012:role/reader"


@pytest.fixture(scope="module")
def proxy() -> Iterator[Proxy]:
    with running_s3() as endpoint, running_proxy(endpoint) as proxy:
        yield proxy


def test_a_role_is_asked_for_the_time_of_the_job_and_for_an_hour_where_it_allows_no_more(proxy: Proxy) -> None:
    proxy.faults = [Fault(lambda *_: True, status=400, code="ValidationError", times=1)]
    before = len(proxy.seen)
    access = Access({**KEYS, "role_arn": ASSUMABLE}, proxy.url, Session(seconds=20_000))
    found = access.credentials()
    assert len(proxy.seen) - before == 2
    assert set(found) == {"aws_access_key_id", "aws_secret_access_key", "aws_session_token", "region"}
    assert found["aws_access_key_id"] != KEYS["aws_access_key_id"]
    assert found["region"] == "eu-west-1"
    assert access.hide(found["aws_session_token"]) == "***"


def test_a_roles_credentials_are_kept_while_they_last_and_renewed_before_they_end(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = Access({**KEYS, "role_arn": ASSUMABLE}, proxy.url)
    first = access.credentials()
    client = access.client()
    assert access.credentials() == first
    assert access.client() is client
    now = time.time()
    monkeypatch.setattr(s3_access.time, "time", lambda: now + 3400)
    assert access.credentials() != first
    assert access.client() is not client


@pytest.mark.parametrize("code", ["AccessDenied", "ValidationError", "MalformedPolicyDocument"])
def test_a_role_that_cannot_be_assumed_is_told(proxy: Proxy, code: str) -> None:
    proxy.faults = [Fault(lambda *_: True, status=403, code=code)]
    with pytest.raises(StorageFailed, match=f"role `{ASSUMABLE}` cannot be assumed: {code}"):
        Access({"role_arn": ASSUMABLE, **KEYS}, proxy.url, Session(seconds=20_000)).client()
    proxy.faults = []
