"""Which files a path stands for, on S3 and on disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from functions.errors import InputMissing, InputUnreadable, StepFailed, StorageFailed
from functions.storage.reading import listing
from functions.storage.reading.splits import File
from functions.storage.roots import Roots
from functions.storage.s3 import S3
from functions.storage.s3_access import Access
from tests.functions.conftest import CREDENTIALS


@pytest.fixture
def s3(endpoint: str) -> S3:
    return S3(Access(CREDENTIALS, endpoint))


class Tree:
    """The same files on disk and on S3, listed both ways."""

    def __init__(self, s3: S3, bucket: Any, roots: Roots) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._roots = roots

    def put(self, *names: str) -> None:
        for name in names:
            file = self._roots.base / "in" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(name.encode())
            self._bucket.put_object(Key=f"in/{name}", Body=name.encode())

    def files(self, path: str, *, nested: bool = False) -> list[File]:
        """What both ways find, places from `in` on."""
        found = []
        for prefix, files in (
            (f"{self._bucket.name}/", self._s3.expand(f"s3://{self._bucket.name}/{path}", nested=nested)),
            (f"{self._roots.base}/", listing.on_disk(self._roots, path, nested=nested)),
        ):
            found.append([File(file.place.removeprefix(prefix), file.size, file.partition) for file in files])
        assert found[0] == found[1]
        return found[0]

    def names(self, path: str, *, nested: bool = False) -> list[str]:
        return [file.place for file in self.files(path, nested=nested)]


@pytest.fixture
def tree(s3: S3, bucket: Any, roots: Roots) -> Tree:
    return Tree(s3, bucket, roots)


def test_files_folders_and_globs_stand_for_the_same_on_disk_and_on_s3(tree: Tree) -> None:
    tree.put("a.txt", "b.txt", "_DONE", ".hidden", "deep/c.txt", "deep/_no.txt", "deep/er/d.txt", "also.txt")
    assert tree.files("in/a.txt") == [File("in/a.txt", 5)]
    assert tree.names("in") == ["in/a.txt", "in/also.txt", "in/b.txt"]
    assert tree.names("in/") == tree.names("in")
    assert tree.names("in/*") == ["in/a.txt", "in/also.txt", "in/b.txt", "in/deep/c.txt"]
    assert tree.names("in/[ab].t?t") == ["in/a.txt", "in/b.txt"]
    assert tree.names("in/d*") == ["in/deep/c.txt"]
    assert tree.names("in/*/c.txt") == ["in/deep/c.txt"]
    assert tree.names("in/*/*/*") == ["in/deep/er/d.txt"]
    assert tree.names("in/_D*") == ["in/_DONE"]
    assert tree.names("in/_DONE") == ["in/_DONE"]
    assert tree.names("in", nested=True) == ["in/a.txt", "in/also.txt", "in/b.txt", "in/deep/c.txt", "in/deep/er/d.txt"]
    assert tree.names("in/d*", nested=True) == ["in/deep/c.txt", "in/deep/er/d.txt"]


def test_folders_tell_columns_from_the_folder_that_was_named(tree: Tree) -> None:
    tree.put("year=2024/city=a%2Fb c/x.csv", "year=2024/_tmp/x.csv", "_year=1/x.csv", ".git/x.csv")
    assert [file.partition for file in tree.files("in", nested=True)] == [
        (("_year", "1"),),
        (("year", "2024"), ("city", "a/b c")),
    ]
    assert [file.partition for file in tree.files("in/year=2024", nested=True)] == [(("city", "a/b c"),)]
    for path in ("in/year=*/*", "in/year=2024/*/x*", "in/year=2024/city=*/x.csv", "in/year=2024/city=a%2Fb c/x.csv"):
        assert [file.partition for file in tree.files(path, nested=True)] == [()]


@pytest.mark.parametrize("name", ["a b", "a%20b", "ç日本", "a+b&c=d?x#y", "a[1]*.txt", "it's", "a\\b", "a:b", " sp "])
def test_odd_names_are_found_to_the_letter(tree: Tree, name: str) -> None:
    tree.put(name, "other")
    assert tree.names(f"in/{name}") == [f"in/{name}"]
    assert f"in/{name}" in tree.names("in")


def test_what_is_not_there_is_missing(s3: S3, bucket: Any) -> None:
    bucket.put_object(Key="in/a.txt", Body=b"a")
    bucket.put_object(Key="empty/", Body=b"")
    for path in ("in/b.txt", "in/a.txt/", "in/*.csv", "i", "nothing", "empty", "empty/"):
        with pytest.raises(InputMissing, match="there is no object at"):
            s3.expand(f"s3://{bucket.name}/{path}")
    with pytest.raises(InputMissing, match="NoSuchBucket"):
        s3.expand("s3://no-such-bucket-at-all/a")
    with pytest.raises(StepFailed, match="is no S3 path"):
        s3.expand("s3:///a")


def test_the_whole_bucket_and_other_schemes_can_be_named(s3: S3, bucket: Any) -> None:
    bucket.put_object(Key="a.txt", Body=b"a")
    for path in (f"s3://{bucket.name}", f"s3a://{bucket.name}/", f"s3n://{bucket.name}/*"):
        assert [file.place for file in s3.expand(path)] == [f"{bucket.name}/a.txt"]


@pytest.mark.parametrize("key", ["in/../a", "in/./a", "in//a", "/in/a"])
def test_keys_that_cannot_be_read_are_refused_not_left_out(s3: S3, bucket: Any, key: str) -> None:
    bucket.put_object(Key=key, Body=b"a")
    for path in (f"s3://{bucket.name}/{key}", f"s3://{bucket.name}/"):
        with pytest.raises(InputUnreadable, match="a part of its key is empty"):
            s3.expand(path, nested=True)


def test_more_objects_than_one_answer_lists_are_all_found(s3: S3, bucket: Any) -> None:
    for place in range(1005):
        bucket.put_object(Key=f"in/{place:04d}", Body=b"a")
    assert len(s3.expand(f"s3://{bucket.name}/in")) == 1005


def test_a_wrong_endpoint_is_told(bucket: Any) -> None:
    with pytest.raises(StorageFailed, match="S3 did not answer"):
        S3(Access(CREDENTIALS, "http://127.0.0.1:9")).expand("s3://bucket-of-mine/a")


# -- markers


def mark(bucket: Any, folder: str, marker: str = "_SUCCESS", **sizes: int) -> None:
    files = [{"name": name.replace("__", "."), "size": size, "sha256": "0"} for name, size in sizes.items()]
    bucket.put_object(Key=f"{folder}/{marker}", Body=json.dumps({"files": files}).encode())


def test_a_complete_folder_means_what_its_marker_lists(s3: S3, bucket: Any) -> None:
    for name in ("a.csv", "b.csv", "left-by-a-dead-attempt.csv"):
        bucket.put_object(Key=f"out/{name}", Body=b"12345")
    mark(bucket, "out", a__csv=5)
    mark(bucket, "out", "_DONE", b__csv=5)
    bucket.put_object(Key="other/c.csv", Body=b"12")
    for path in ("out", "out/", "out/*", "ou*", "*/*.csv"):
        found = [file.place.split("/")[-1] for file in s3.expand(f"s3://{bucket.name}/{path}")]
        assert [name for name in found if name != "c.csv"] == ["a.csv", "b.csv"], path
    nested = [file.place.split("/", 1)[1] for file in s3.expand(f"s3://{bucket.name}", nested=True)]
    assert nested == ["other/c.csv", "out/a.csv", "out/b.csv"]
    assert len(s3.expand(f"s3://{bucket.name}/out/[bl]*")) == 1
    # Named to the letter, it is read all the same.
    assert len(s3.expand(f"s3://{bucket.name}/out/left-by-a-dead-attempt.csv")) == 1


def test_a_marker_of_others_says_nothing(s3: S3, bucket: Any) -> None:
    bucket.put_object(Key="out/a.csv", Body=b"12345")
    for body in (b"", b"no json", b"[]", b'{"files": 5}', b'{"files": [{"name": "a.csv"}]}', b'{"other": []}'):
        bucket.put_object(Key="out/_SUCCESS", Body=body)
        assert len(s3.expand(f"s3://{bucket.name}/out")) == 1


def test_a_complete_folder_that_lost_a_file_is_refused(s3: S3, bucket: Any) -> None:
    bucket.put_object(Key="out/a.csv", Body=b"12345")
    mark(bucket, "out", a__csv=5, b__csv=5)
    for path in ("out", "ou*"):
        with pytest.raises(InputUnreadable, match=r"`out/b\.csv`, which the folder's marker lists, is missing"):
            s3.expand(f"s3://{bucket.name}/{path}")
    assert len(s3.expand(f"s3://{bucket.name}/out/a*")) == 1
    mark(bucket, "out", a__csv=6)
    for path in ("out", "out/a*"):
        with pytest.raises(InputUnreadable, match="has 5 bytes instead of 6"):
            s3.expand(f"s3://{bucket.name}/{path}")
    mark(bucket, "none", a__csv=6)
    with pytest.raises(InputUnreadable, match="is missing"):
        s3.expand(f"s3://{bucket.name}/none")


def test_files_whose_names_are_no_text_are_refused(roots: Roots, tmp_path: Path) -> None:
    Path(bytes(tmp_path / "in").decode() + "/\udcff.txt").touch()
    with pytest.raises(InputUnreadable, match="not UTF-8"):
        listing.on_disk(roots, "in")


def test_a_long_listing_stops_when_it_is_told_to(endpoint: str, tree: Tree) -> None:
    tree.put("a.txt")

    def check() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        S3(Access(CREDENTIALS, endpoint), check=check).expand(f"s3://{tree._bucket.name}/in")
