"""Output on S3: data under the attempt's own keys first, then one marker; moto's server on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from functions.errors import DestinationExists, StepFailed, StorageFailed
from functions.storage import s3_output, s3_upload
from functions.storage.manifest import Manifest
from functions.storage.publish import publish
from functions.storage.roots import Roots
from functions.storage.s3_access import Access
from functions.storage.s3_output import Uploads
from functions.storage.staging import Staging
from tests.s3_server import KEYS, Fault, Proxy, client, running_proxy, running_s3

JOB = "0b5f0e8e-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def proxy() -> Iterator[Proxy]:
    with running_s3() as endpoint, running_proxy(endpoint) as proxy:
        yield proxy


class Place:
    """A bucket, and attempts of jobs that write to it."""

    def __init__(self, proxy: Proxy, folder: Path) -> None:
        self.proxy = proxy
        self.folder = folder
        self.s3 = client(proxy.upstream)
        self.bucket = f"bucket-{uuid4().hex[:8]}"
        self.s3.create_bucket(Bucket=self.bucket)

    def attempt(self, fence: int = 1, job: str = JOB) -> Writer:
        return Writer(self, fence, job)

    def put(self, key: str, body: str = "") -> None:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body.encode())

    def content(self) -> dict[str, str]:
        found = self.s3.list_objects_v2(Bucket=self.bucket).get("Contents", ())
        return {o["Key"]: self.s3.get_object(Bucket=self.bucket, Key=o["Key"])["Body"].read().decode() for o in found}

    def under_way(self) -> list[str]:
        return [u["Key"] for u in self.s3.list_multipart_uploads(Bucket=self.bucket).get("Uploads", ())]

    def listed(self, marker: str) -> list[str]:
        return [file["name"] for file in json.loads(self.content()[marker])["files"]]


class Writer:
    """One attempt of a job."""

    def __init__(self, place: Place, fence: int, job: str) -> None:
        self.place = place
        self.own = place.folder / job / f"{fence}-a"
        self.own.mkdir(parents=True)
        self.stopped = False
        self.uploads = Uploads(Access(KEYS, place.proxy.url), job, fence, self.check)
        self.staging = Staging(Roots.of(place.folder, [], [place.folder]), job, f"{fence}-a", self.own, self.check)

    def check(self) -> None:
        if self.stopped:
            raise InterruptedError

    def stage(self, key: str = "out", *, overwrite: bool = False, fixed: bool = False, **files: str) -> None:
        path, names = f"s3://{self.place.bucket}/{key}", [f"{name}.csv" for name in files]
        standing = self.uploads.begin(path, "_DONE", overwrite=overwrite, fixed=names if fixed else ())
        folder = self.staging.output(path, overwrite=overwrite, marker="_DONE", fixed=fixed, standing=standing)
        self.staging.begin(folder)
        for name, text in zip(names, files.values(), strict=True):
            (folder / name).write_text(text)
        if not fixed:
            self.staging.settle(folder, self.uploads.send)

    def publish(self, manifest: Manifest | None = None) -> list[str]:
        return publish(manifest or self.staging.seal(), self.own, self.uploads)


@pytest.fixture
def place(proxy: Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setattr(s3_output, "_PAUSES", (0.01, 0.01))
    yield Place(proxy, tmp_path)
    proxy.faults.clear()


def test_data_is_on_s3_before_the_decision_and_counts_after_it(place: Place) -> None:
    writer = place.attempt()
    writer.stage(a="1", b="2")
    manifest = writer.staging.seal()
    keys = {f"out/a-{JOB}-1.csv": "1", f"out/b-{JOB}-1.csv": "2"}
    assert place.content() == keys
    assert not list(writer.own.glob("upload/*"))
    assert writer.publish(Manifest.from_bytes(manifest.to_bytes())) == []
    content = place.content()
    marker = json.loads(content.pop("out/_DONE"))
    assert content == keys
    assert [file["name"] for file in marker["files"]] == [f"a-{JOB}-1.csv", f"b-{JOB}-1.csv"]
    assert all(len(file["sha256"]) == 64 and file["size"] == 1 for file in marker["files"])


@pytest.mark.parametrize("key", ["out/_DONE", "out/other.csv", "out/deep/er"])
def test_a_destination_that_holds_output_is_refused_before_anything_is_uploaded(place: Place, key: str) -> None:
    place.put(key)
    with pytest.raises(DestinationExists):
        place.attempt().stage(a="1")
    assert set(place.content()) == {key}


def test_leftovers_of_other_attempts_are_no_output(place: Place) -> None:
    place.put(f"out/a-{uuid4()}-7.csv", "left")
    place.put("out/", "")
    writer = place.attempt()
    writer.stage(a="1")
    writer.publish()
    assert place.listed("out/_DONE") == [f"a-{JOB}-1.csv"]


def test_of_two_jobs_with_one_destination_the_first_marker_counts(place: Place) -> None:
    one, two = place.attempt(), place.attempt(job=str(uuid4()))
    one.stage(a="1")
    two.stage(a="2")
    one.publish()
    with pytest.raises(DestinationExists):
        two.publish()
    two.uploads.discard(two.staging.seal().outputs)
    assert place.content().keys() == {"out/_DONE", f"out/a-{JOB}-1.csv"}


def test_publishing_again_adopts_this_jobs_own_marker(place: Place) -> None:
    for fixed in (False, True):
        writer = place.attempt(job=str(uuid4()))
        writer.stage(f"out{fixed}", fixed=fixed, a="1")
        manifest = writer.staging.seal()
        writer.publish(manifest)
        (writer.own / "published").unlink()
        writer.publish(manifest)


@pytest.mark.parametrize("fixed", [False, True])
@pytest.mark.parametrize("passes", [False, True])
def test_a_put_whose_answer_is_lost_is_repeated_and_counts_once(place: Place, fixed: bool, passes: bool) -> None:
    writer = place.attempt()
    writer.stage(fixed=fixed, a="1")
    place.proxy.faults = [Fault(lambda method, _: method == "PUT", reset=True, passes=passes, times=2)]
    writer.publish()
    assert len(place.content()) == 2


def test_a_conflict_on_the_marker_is_tried_again(place: Place) -> None:
    writer = place.attempt()
    writer.stage(a="1")
    place.proxy.faults = [
        Fault(lambda method, path: method == "PUT", status=409, code="ConditionalRequestConflict", times=1)
    ]
    writer.publish()
    assert "out/_DONE" in place.content()


def test_overwrite_replaces_what_counts_in_one_put_and_removes_the_rest_afterwards(place: Place) -> None:
    first, second = place.attempt(), place.attempt(2, str(uuid4()))
    first.stage(a="1", gone="x")
    first.publish()
    place.put("out/not-ours.txt", "stays: no marker lists it")
    second.stage(overwrite=True, a="2")
    before: dict[str, str] = {}
    place.proxy.faults = [Fault(lambda _, path: "delete" in path, before=lambda: before.update(place.content()))]
    second.publish()
    assert {f"out/gone-{JOB}-1.csv", "out/_DONE"} <= set(before)
    assert place.listed("out/_DONE") == [second.staging.outputs[0].files[0].name]
    assert place.content().keys() == {"out/_DONE", "out/not-ours.txt", f"out/{place.listed('out/_DONE')[0]}"}


def test_overwrite_of_a_folder_of_others_removes_what_it_held(place: Place) -> None:
    place.put("out/_SUCCESS")
    place.put("out/part-0", "old")
    place.put(f"out/a-{uuid4()}-9.csv", "another job is at work")
    writer = place.attempt()
    writer.stage(overwrite=True, a="1")
    place.put("out/later.txt", "put while the job ran")
    writer.publish()
    assert {"out/_SUCCESS", "out/part-0"}.isdisjoint(place.content())
    assert len(place.content()) == 4


def test_a_destination_that_changed_while_the_job_ran_is_not_overwritten(place: Place) -> None:
    first = place.attempt()
    first.stage(a="1")
    first.publish()
    second, third = place.attempt(2, str(uuid4())), place.attempt(3, str(uuid4()))
    second.stage(overwrite=True, a="2")
    third.stage(overwrite=True, a="3")
    third.publish()
    with pytest.raises(DestinationExists):
        second.publish()
    assert place.listed("out/_DONE") == [third.staging.outputs[0].files[0].name]


def test_old_files_that_cannot_be_removed_are_told_and_the_output_counts(place: Place) -> None:
    place.put("out/part-0", "old")
    writer = place.attempt()
    writer.stage(overwrite=True, a="1")
    place.proxy.faults = [Fault(lambda _, path: "delete" in path, status=403, code="AccessDenied")]
    (problem,) = writer.publish()
    assert "s3://" in problem
    assert "out/_DONE" in place.content()


def test_a_job_with_two_outputs_publishes_both_or_none(place: Place) -> None:
    place.put("two/part-0", "old")
    place.put("two/_DONE", "")
    writer = place.attempt()
    writer.stage("one", a="1")
    writer.stage("two", overwrite=True, a="1")
    writer.stage("three", fixed=True, a="1")
    writer.stage("zzz", a="1")
    place.put("zzz/_DONE", "somebody else's")
    with pytest.raises(DestinationExists):
        writer.publish()
    writer.uploads.discard(writer.staging.seal().outputs)
    assert place.content() == {"two/part-0": "old", "two/_DONE": "", "zzz/_DONE": "somebody else's"}


def test_a_publication_that_s3_refuses_leaves_nothing_that_looks_complete(place: Place) -> None:
    writer = place.attempt()
    writer.stage(fixed=True, a="1", b="2")
    place.proxy.faults = [Fault(lambda method, path: method == "PUT" and "b.csv" in path, status=403, code="No")]
    with pytest.raises(StorageFailed):
        writer.publish()
    assert place.content() == {}


def test_tables_under_fixed_names_are_not_mixed_with_those_of_another_job(place: Place) -> None:
    place.put("out/a.csv", "left by a job that never ended")
    one, two = place.attempt(), place.attempt(2, str(uuid4()))
    one.stage(fixed=True, a="1", b="1")
    two.stage(fixed=True, a="2", b="2")
    one.publish()
    with pytest.raises(DestinationExists):
        two.publish()
    content = place.content()
    assert (content["out/a.csv"], content["out/b.csv"]) == ("1", "1")
    assert set(content) == {"out/a.csv", "out/b.csv", "out/_DONE"}


def test_a_large_file_goes_in_parts_and_comes_out_whole(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_upload, "PART", 5 << 20)
    text = "0123456789abcde\n" * (12 << 16)
    for fixed in (False, True):
        writer = place.attempt(job=str(uuid4()))
        writer.stage(f"out{fixed}", fixed=fixed, a=text)
        writer.publish()
    assert sorted(map(len, place.content().values()))[-2:] == [len(text)] * 2
    assert place.under_way() == []


@pytest.mark.parametrize("fault", ["refused", "stopped"])
def test_an_upload_that_fails_or_is_stopped_leaves_no_parts(
    place: Place, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr(s3_upload, "PART", 5 << 20)
    writer = place.attempt()

    def stop() -> None:
        writer.stopped = True

    def last_part(method: str, path: str) -> bool:
        return method == "PUT" and "partNumber=3" in path

    expected: type[Exception] = StepFailed if fault == "refused" else InterruptedError
    place.proxy.faults = [
        Fault(last_part, status=403, code="AccessDenied")
        if fault == "refused"
        else Fault(last_part, reset=True, passes=True, before=stop)
    ]
    with pytest.raises(expected):
        writer.stage(small="1", wide="x" * (13 << 20))
    assert place.under_way() == []
    assert place.content() == {}


def test_a_later_attempt_sweeps_what_dead_ones_of_the_same_job_left_and_nothing_else(place: Place) -> None:
    dead = place.attempt(3)
    dead.stage(a="1")
    other = f"out/a-{uuid4()}-3.csv"
    place.put(other, "another job")
    for fence in (4, 6):
        place.s3.create_multipart_upload(Bucket=place.bucket, Key=f"out/b-{JOB}-{fence}.csv")
    place.attempt(5).uploads.sweep(f"s3://{place.bucket}/out")
    assert set(place.content()) == {other}
    assert place.under_way() == [f"out/b-{JOB}-6.csv"]


def test_sweeping_what_may_not_be_listed_is_no_failure(place: Place) -> None:
    place.proxy.faults = [Fault(lambda *_: True, status=403, code="AccessDenied")]
    place.attempt().uploads.sweep(f"s3://{place.bucket}/out")


def test_staged_tables_that_are_gone_are_told(place: Place) -> None:
    writer = place.attempt()
    writer.stage(fixed=True, a="1")
    manifest = writer.staging.seal()
    Path(manifest.outputs[0].staged, "a.csv").unlink()
    with pytest.raises(StorageFailed, match="gone"):
        writer.publish(manifest)


def test_names_with_spaces_signs_and_unicode_are_keys_like_others(place: Place) -> None:
    writer = place.attempt()
    writer.stage("a b/50% ç/日本+&=?", **{"x y%20ü": "1"})
    writer.publish()
    (marker,) = [key for key in place.content() if key.endswith("/_DONE")]
    assert place.content()["/".join([*marker.split("/")[:-1], place.listed(marker)[0]])] == "1"


def test_a_manifest_of_an_output_on_s3_survives_its_file(place: Place) -> None:
    place.put("out/_DONE", '{"files":[]}')
    writer = place.attempt()
    writer.stage(overwrite=True, a="1")
    manifest = writer.staging.seal()
    again: Any = Manifest.from_bytes(manifest.to_bytes())
    assert again == manifest
    assert again.digest == manifest.digest


def test_a_job_that_fails_leaves_what_another_job_put_with_the_same_content(place: Place) -> None:
    one, two = place.attempt(), place.attempt(job=str(uuid4()))
    for writer in (one, two):
        writer.stage("out", fixed=True, t="same")
    one.stage("other", fixed=True, t="x")
    two.publish()
    with pytest.raises(DestinationExists):
        one.publish()
    assert place.content()["out/t.csv"] == "same"
    assert place.listed("out/_DONE") == ["t.csv"]
    assert not [key for key in place.content() if key.startswith("other")]


def test_what_another_kind_of_sink_wrote_is_replaced_too(place: Place) -> None:
    first = place.attempt(job=str(uuid4()))
    first.stage(a="old")
    first.publish()
    path = f"s3://{place.bucket}/out"
    writer = place.attempt()
    with pytest.raises(DestinationExists):
        writer.uploads.begin(path, "_SUCCESS", overwrite=False)
    standing = writer.uploads.begin(path, "_SUCCESS", overwrite=True)
    folder = writer.staging.output(path, overwrite=True, marker="_SUCCESS", standing=standing)
    writer.staging.begin(folder)
    (folder / "part-00000").write_text("new")
    writer.staging.settle(folder, writer.uploads.send)
    assert writer.publish() == []
    assert set(place.content()) == {f"out/part-00000-{JOB}-1", "out/_SUCCESS"}


def test_a_missing_marker_is_missing_although_s3_does_not_say_so(place: Place) -> None:
    place.proxy.faults.append(
        Fault(lambda method, path: "_DONE" in path and "?" not in path, status=403, code="AccessDenied")
    )
    assert place.attempt().uploads.begin(f"s3://{place.bucket}/out", "_DONE", overwrite=False).etags == {}
    place.put("out/_DONE")
    with pytest.raises(StorageFailed, match="AccessDenied"):
        place.attempt(fence=2).uploads.begin(f"s3://{place.bucket}/out", "_DONE", overwrite=False)
