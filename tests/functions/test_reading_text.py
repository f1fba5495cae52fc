"""Text as rows: the same whether Spark reads the disk or tasks of ours read S3."""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path
from typing import Any

import pytest
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from functions.catalog import Call, Catalog, Flow
from functions.storage.roots import Roots
from functions.storage.storage import Storage
from server.jobs.job import Reason
from spark_runner.reasons import reason_of

HOSTILE = {
    "plain.txt": b"one\ntwo\n",
    "no end.txt": b"one\ntwo",
    "empty lines.txt": b"\n\none\n\n",
    "ends.txt": b"crlf\r\nlf\ncr\rcrcr\r\rlfcr\n\rlast\r",
    "mark.txt": b"\xef\xbb\xbfmarked\n\xef\xbb\xbfnot at the start\n",
    "mark alone.txt": b"\xef\xbb\xbf",
    "nothing.txt": b"",
    "no text.txt": b"\xff\xfe\x00 \xc3\n\xed\xa0\x80\n\x00\n",
    "wide.txt": "日本 😀 \u2028 \x85 \x0b\x0c\n".encode(),
    "members.txt.gz": gzip.compress(b"one\r") + gzip.compress(b"\ntwo") + gzip.compress(b"three"),
    "long.txt": b"x" * 5_000_000 + b"\n" + b"y" * 100 + b"\r\n",
}


def read_lines(frame: DataFrame) -> list[bytes]:
    """The lines' bytes, in their order."""
    return sorted(bytes(row[0]) for row in frame.select(F.col("value").cast("binary")).collect())


@pytest.mark.parametrize("name", HOSTILE)
def test_lines_are_the_same_from_the_disk_and_from_s3(on_s3: Storage, bucket: Any, tmp_path: Path, name: str) -> None:
    (tmp_path / "in" / name).write_bytes(HOSTILE[name])
    bucket.put_object(Key=f"in/{name}", Body=HOSTILE[name])
    assert read_lines(on_s3.read_text(f"s3://{bucket.name}/in")) == read_lines(on_s3.read_text("in"))


def test_large_objects_are_read_in_ranges_and_small_ones_together(on_s3: Storage, bucket: Any) -> None:
    bucket.put_object(Key="in/large", Body=b"".join(b"%d\n" % number for number in range(1_000_000)))
    for place in range(40):
        bucket.put_object(Key=f"small/{place}", Body=b"%d\n" % place)
    for folder, rows, tasks in (("in", 1_000_000, {2}), ("small", 40, {1, 2})):
        frame = on_s3.read_text(f"s3://{bucket.name}/{folder}")
        numbers = frame.select(F.col("value").cast("long").alias("number"), F.spark_partition_id().alias("task"))
        seen = numbers.agg(F.count("number"), F.sum("number"), F.count_distinct("task")).collect()[0]
        assert tuple(seen[:2]) == (rows, rows * (rows - 1) // 2)
        assert seen[2] in tasks


def test_an_object_that_is_gone_or_changed_is_told_with_its_name(
    on_s3: Storage, bucket: Any, calls: list[Call]
) -> None:
    for change, code in (
        (lambda: bucket.Object("in/b").delete(), "input_missing"),
        (again(bucket), "input_unreadable"),
    ):
        bucket.put_object(Key="in/a", Body=b"one\n")
        bucket.put_object(Key="in/b", Body=b"two\n")
        frame = on_s3.read_text(f"s3://{bucket.name}/in")
        change()
        reason = failed(frame, calls)
        assert (reason.code, reason.step, reason.function, reason.argument) == (code, 0, "load_rdd", "filepath")
        assert f"`{bucket.name}/in/b`" in reason.detail
        assert "while the job read it" in reason.detail


@pytest.mark.parametrize("way", ["disk", "s3"])
@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.gz", gzip.compress(b"text\n" * 10_000)[:-20]),
        ("a.bz2", b"no bzip2 at all\n"),
        ("a.bz2", bz2.compress(b"text\n" * 10_000)[:-9]),
        ("a.zst", b"no zstd\n"),
    ],
    ids=["gz, cut off", "no bz2", "bz2, cut off", "no zstd"],
)
def test_what_cannot_be_unpacked_fails_the_step_that_reads(
    on_s3: Storage, bucket: Any, tmp_path: Path, calls: list[Call], way: str, name: str, data: bytes
) -> None:
    (tmp_path / "in" / name).write_bytes(data)
    bucket.put_object(Key=f"in/{name}", Body=data)
    reason = failed(on_s3.read_text(f"s3://{bucket.name}/in" if way == "s3" else "in"), calls)
    assert (reason.code, reason.step, reason.argument) == ("input_unreadable", 0, "filepath")
    assert name in reason.detail
    assert "SQLSTATE" not in reason.detail


def test_no_secret_shows_in_a_plan_or_a_failure(on_s3: Storage, bucket: Any) -> None:
    bucket.put_object(Key="in/a", Body=b"one\n")
    frame = on_s3.read_text(f"s3://{bucket.name}/in")
    query = frame._jdf.queryExecution()
    bucket.Object("in/a").delete()
    with pytest.raises((PySparkException, Py4JJavaError)) as caught:
        frame.collect()
    shown = f"{query.toString()} {query.debug().toString()} {caught.value} {frame!r}"
    assert "a-very-secret-word" not in shown
    assert "AKIATESTTESTTEST" not in shown


def again(bucket: Any) -> Any:
    return lambda: bucket.put_object(Key="in/b", Body=b"two\nthree\n")


@pytest.fixture
def calls(catalog: Catalog, roots: Roots) -> list[Call]:
    return catalog.check([["load_rdd", "in/a.txt"], ["take", 1]], Flow(roots))


def failed(frame: DataFrame, calls: list[Call]) -> Reason:
    """The reason of a job whose first step, `load_rdd`, made the frame and whose second used it."""
    with pytest.raises((PySparkException, Py4JJavaError)) as caught:
        frame.collect()
    return reason_of(caught.value, calls[1], calls)
