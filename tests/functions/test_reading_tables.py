"""CSV, Parquet and ORC as frames: the same rows that Spark's own readers give, in bounded pieces."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from py4j.protocol import Py4JJavaError
from pyarrow import orc, parquet
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.datasource import (
    EqualNullSafe,
    EqualTo,
    GreaterThan,
    GreaterThanOrEqual,
    In,
    IsNull,
    LessThan,
    LessThanOrEqual,
    Not,
    StringContains,
    StringEndsWith,
    StringStartsWith,
)
from pyspark.sql.types import LongType, StringType, StructField, StructType

from functions.errors import InputUnreadable, StepFailed
from functions.storage.layout import Layout
from functions.storage.reading.csv import Form
from functions.storage.storage import Storage
from server.jobs.job import Reason
from spark_runner.reasons import reason_of
from tests.functions.conftest import Publish


def everything(count: int = 100) -> pyarrow.Table:
    """A table of many types, with nulls, whose `id` rises."""
    maybe = [None if place % 7 == 3 else place for place in range(count)]
    day = date(1969, 12, 25)
    moment = datetime(1970, 1, 1, 0, 0, 0, 999_999, tzinfo=UTC)
    kinds: dict[str, tuple[Callable[[int], Any], pyarrow.DataType]] = {
        "id": (lambda n: n, pyarrow.int64()),
        "small": (lambda n: n % 100, pyarrow.int8()),
        "unsigned": (lambda n: n + 2**31, pyarrow.uint32()),
        "real": (lambda n: float("nan") if n == 5 else n / 3, pyarrow.float64()),
        "yes": (lambda n: n % 2 == 0, pyarrow.bool_()),
        "text": (lambda n: f"tëxt {n:03d} 日", pyarrow.string()),
        "bytes": (lambda n: b"\0\xff" * n, pyarrow.binary()),
        "money": (lambda n: Decimal(n) / 4, pyarrow.decimal128(20, 2)),
        "day": (lambda n: day + timedelta(n), pyarrow.date32()),
        "moment": (lambda n: moment + timedelta(hours=n), pyarrow.timestamp("us", "UTC")),
        "list": (lambda n: [n, None], pyarrow.list_(pyarrow.int32())),
        "struct": (lambda n: {"a": n, "b": {"c": str(n)}}, pyarrow.struct(
            {"a": pyarrow.int64(), "b": pyarrow.struct({"c": pyarrow.string()})}
        )),
        "a.b": (str, pyarrow.string()),
    }  # fmt: skip
    return pyarrow.table(
        {
            name: pyarrow.array(
                [None if n is None and name != "id" else make(place) for place, n in enumerate(maybe)], kind
            )
            for name, (make, kind) in kinds.items()
        }
    )


def rows(frame: DataFrame) -> list[Any]:
    """The rows in the order of `id`, with NaN as a word, so that it equals itself."""
    found = sorted(frame.collect(), key=lambda row: row.id)
    return [tuple("NaN" if value != value else value for value in row) for row in found]


def write_parquet(table: pyarrow.Table, file: Path, row_group_size: int = 20) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(table, file, row_group_size=row_group_size)


class Reading:
    """Reads what lies under `in`, from the disk (by Spark's own readers, some formats) or, the same files, from S3."""

    def __init__(self, storage: Storage, bucket: Any, folder: Path) -> None:
        self._storage = storage
        self._bucket = bucket
        self._folder = folder
        self._uploaded: dict[Path, int] = {}

    def _place(self, path: str) -> str:
        if self._bucket is None:
            return path
        for file in filter(Path.is_file, (self._folder / "in").rglob("*")):
            if self._uploaded.get(file) != file.stat().st_mtime_ns:
                self._bucket.upload_file(str(file), str(file.relative_to(self._folder)))
                self._uploaded[file] = file.stat().st_mtime_ns
        return f"s3://{self._bucket.name}/{path}"

    def csv(self, path: str, form: Form, **wanted: Any) -> DataFrame:
        return self._storage.read_csv(self._place(path), form, **wanted)

    def parquet(self, path: str, **wanted: Any) -> DataFrame:
        return self._storage.read_parquet(self._place(path), **wanted)

    def orc(self, path: str, **wanted: Any) -> DataFrame:
        return self._storage.read_orc(self._place(path), **wanted)


@pytest.fixture(params=["disk", "s3"])
def read(request: pytest.FixtureRequest, on_s3: Storage, bucket: Any, tmp_path: Path) -> Reading:
    return Reading(on_s3, bucket if request.param == "s3" else None, tmp_path)


@pytest.fixture
def csv_file(tmp_path: Path) -> Callable[..., Path]:
    def write(text: str | bytes, name: str = "a.csv") -> Path:
        file = tmp_path / "in" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    return write


def refused(read: Callable[[], DataFrame]) -> Reason:
    """The reason with which a job that reads a frame fails: before it runs, or while it does."""
    with pytest.raises((PySparkException, Py4JJavaError, InputUnreadable)) as caught:
        read().collect()
    return reason_of(caught.value, None, [])


# -- Parquet and ORC


def test_parquet_is_read_as_spark_reads_it(read: Reading, spark: SparkSession, tmp_path: Path) -> None:
    file = tmp_path / "in/a.parquet"
    write_parquet(everything(), file)
    ours, theirs = read.parquet("in/a.parquet"), spark.read.parquet(f"file://{file}")
    assert ours.schema.simpleString() == theirs.schema.simpleString()
    assert rows(ours) == rows(theirs)


def test_orc_is_read_as_spark_reads_it(read: Reading, spark: SparkSession, tmp_path: Path) -> None:
    file = tmp_path / "in/a.orc"
    table = everything().drop_columns(["unsigned"])
    orc.write_table(table, file, stripe_size=1024)
    ours, theirs = read.orc("in/a.orc"), spark.read.orc(f"file://{file}")
    assert ours.schema.simpleString() == theirs.schema.simpleString()
    assert rows(ours) == rows(theirs)


CONDITIONS = {
    "id = 41": [EqualTo(("id",), 41)],
    "id >= 41 and id < 60": [GreaterThanOrEqual(("id",), 41), LessThan(("id",), 60)],
    "id in (1, 41)": [In(("id",), (1, 41))],
    "small in (1, null)": [In(("small",), (1, None))],
    "not small in (1, 41)": [Not(In(("small",), (1, 41)))],
    "text > 'tëxt 07'": [GreaterThan(("text",), "tëxt 07")],
    "text like 'tëxt 04%'": [StringStartsWith(("text",), "tëxt 04")],
    "text like '%41%'": [StringContains(("text",), "41")],
    "not text like '%日'": [Not(StringEndsWith(("text",), "日"))],
    "small is null": [IsNull(("small",))],
    "not small is null and small <= 9": [Not(IsNull(("small",))), LessThanOrEqual(("small",), 9)],
    "not small <=> 5": [Not(EqualNullSafe(("small",), 5))],
    "yes = true": [EqualTo(("yes",), True)],
    "real < 20": [LessThan(("real",), 20.0)],
    "not real = double('NaN')": [Not(EqualTo(("real",), float("nan")))],
    "money = 10.25": [EqualTo(("money",), Decimal("10.25"))],
    "day < date'1970-01-05'": [LessThan(("day",), date(1970, 1, 5))],
    "moment >= timestamp'1970-01-03 05:00:00.999999Z'": [
        GreaterThanOrEqual(("moment",), datetime(1970, 1, 3, 5, 0, 0, 999_999, tzinfo=UTC))
    ],
    "struct.a = 41": [EqualTo(("struct", "a"), 41)],
    "`a.b` = '41'": [EqualTo(("a.b",), "41")],
    "id = 1000": [EqualTo(("id",), 1000)],
    "unsigned > 2147483700": [GreaterThan(("unsigned",), 2147483700)],
    "small = 1000": [EqualTo(("small",), 1000)],
}


def test_conditions_give_the_rows_that_spark_gives(read: Reading, spark: SparkSession, tmp_path: Path) -> None:
    write_parquet(everything(), tmp_path / "in/a.parquet")
    orc.write_table(everything().drop_columns(["unsigned"]), tmp_path / "in/a.orc", stripe_size=1024)
    whole = spark.createDataFrame(read.parquet("in/a.parquet").toArrow())
    met = whole.select("id", *[F.expr(words).alias(str(place)) for place, words in enumerate(CONDITIONS)]).collect()
    for place, (words, conditions) in enumerate(CONDITIONS.items()):
        wanted = [row.id for row in met if row[str(place)]]
        found = read.parquet("in/a.parquet", where=conditions).select("id").collect()
        assert sorted(row.id for row in found) == wanted, words
        if place % 4 == 0:
            found = read.orc("in/a.orc", where=conditions).select("id").collect()
            assert sorted(row.id for row in found) == wanted, words


def test_row_groups_and_files_that_cannot_meet_a_condition_are_not_read(read: Reading, tmp_path: Path) -> None:
    file = tmp_path / "in/a.parquet"
    write_parquet(everything().select(["id", "text", "day"]), file)
    data = bytearray(file.read_bytes())
    group = parquet.ParquetFile(file).metadata.row_group(0)
    data[4 : 4 + group.column(0).total_compressed_size] = b"\xff" * group.column(0).total_compressed_size
    file.write_bytes(data)
    for condition in (
        GreaterThan(("id",), 19),
        In(("id",), (20, 99)),
        StringStartsWith(("text",), "tëxt 09"),
        EqualTo(("day",), date(1970, 2, 14)),
    ):
        assert read.parquet("in/a.parquet", where=[condition]).collect()
    assert refused(lambda: read.parquet("in/a.parquet")).code == "input_unreadable"


def test_a_frame_that_two_queries_use_gives_each_its_rows(read: Reading, tmp_path: Path) -> None:
    write_parquet(everything(), tmp_path / "in/a.parquet")
    frame = read.parquet("in/a.parquet")
    assert frame.where("id = 1").union(frame.where("id = 2")).count() == 2
    assert frame.count() == 100


def test_wanted_columns_come_in_the_order_asked_for(read: Reading, tmp_path: Path) -> None:
    write_parquet(everything(3), tmp_path / "in/a.parquet")
    orc.write_table(everything(3).drop_columns(["unsigned"]), tmp_path / "in/a.orc")
    for frame in (
        read.parquet("in/a.parquet", columns=["a.b", "id"]),
        read.orc("in/a.orc", columns=["a.b", "id"]),
    ):
        assert frame.columns == ["a.b", "id"]
        assert rows(frame) == [("0", 0), ("1", 1), ("2", 2)]
    with pytest.raises(StepFailed, match="no column `texd`") as caught:
        read.parquet("in/a.parquet", columns=["texd"])
    assert caught.value.hint == "did you mean `text`?"


def test_folders_tell_columns_and_conditions_on_them_choose_files(
    read: Reading, publish: Publish, tmp_path: Path
) -> None:
    for place, folder in enumerate(["year=2023/city=a%2Fb", "year=2024/city=__HIVE_DEFAULT_PARTITION__"]):
        write_parquet(everything(10).slice(place * 5, 5).select(["id"]), tmp_path / f"in/t/{folder}/a.parquet")
    (tmp_path / "in/t/_temporary").mkdir()
    (tmp_path / "in/t/_temporary/b.parquet").write_bytes(b"no")
    frame = read.parquet("in/t")
    assert frame.schema.simpleString() == "struct<id:bigint,year:bigint,city:string>"
    assert rows(frame)[0] == (0, 2023, "a/b")
    assert rows(frame)[9] == (9, 2024, None)
    # The other file is not even opened.
    other = tmp_path / "in/t/year=2024/city=__HIVE_DEFAULT_PARTITION__/a.parquet"
    other.write_bytes(b"x" * other.stat().st_size)
    chosen = read.parquet("in/t", columns=["city", "id", "year"], where=[EqualTo(("year",), 2023)])
    assert rows(chosen) == [("a/b", n, 2023) for n in range(5)]


def test_files_of_a_table_may_lack_columns_but_not_change_their_types(read: Reading, tmp_path: Path) -> None:
    write_parquet(pyarrow.table({"id": [1], "text": ["a"]}), tmp_path / "in/t/a.parquet")
    write_parquet(pyarrow.table({"id": [2]}), tmp_path / "in/t/b.parquet")
    assert rows(read.parquet("in/t")) == [(1, "a"), (2, None)]
    assert len(read.parquet("in/t", columns=["text"]).collect()) == 2
    write_parquet(pyarrow.table({"id": ["no number"]}), tmp_path / "in/t/c.parquet")
    reason = refused(lambda: read.parquet("in/t"))
    assert reason.code == "input_unreadable"
    assert "c.parquet" in reason.detail


def test_what_is_no_parquet_or_orc_is_refused_by_name(read: Reading, tmp_path: Path) -> None:
    for name in ("a.parquet", "a.orc"):
        (tmp_path / "in" / name).write_bytes(b"something else altogether, long enough to hold a footer")
    with pytest.raises(InputUnreadable, match=r"a\.parquet` cannot be read"):
        read.parquet("in/a.parquet")
    with pytest.raises(InputUnreadable, match=r"a\.orc` cannot be read"):
        read.orc("in/a.orc")
    write_parquet(pyarrow.table({"t": pyarrow.array([1], pyarrow.time64("us")), "id": [1]}), tmp_path / "in/t.parquet")
    with pytest.raises(InputUnreadable, match=r"column `t` has the type time64\[us\], which Spark cannot hold"):
        read.parquet("in/t.parquet")
    assert rows(read.parquet("in/t.parquet", columns=["id"])) == [(1,)]


@pytest.mark.parametrize("form", ["parquet", "orc"])
def test_what_is_written_is_read_back(
    storage: Storage, publish: Publish, spark: SparkSession, tmp_path: Path, form: str
) -> None:
    frame = spark.range(100).repartition(2).withColumn("text", F.col("id").cast("string"))
    storage.write_files(frame, "out/t", Layout(form, form))
    publish()
    assert sorted(file.name for file in (tmp_path / "out/t").iterdir()) == [f"part-00000.{form}", f"part-00001.{form}"]
    assert rows(getattr(storage, f"read_{form}")("out/t")) == [(n, str(n)) for n in range(100)]


# -- CSV


def test_csv_is_read_as_spark_reads_it(read: Reading, spark: SparkSession, csv_file: Callable[..., Path]) -> None:
    file = csv_file(
        "id,name,amount,day,at,yes\r\n"
        '1,"Ana, ""the"" first",1.5,2024-01-31,2024-01-31T10:11:12Z,true\r\n'
        "\r\n2,,,,,false\r\n"
        "3, spaced ,-2e3,1970-01-01,2024-01-31T10:11:12Z,true"
    )
    ours = read.csv("in/a.csv", Form())
    assert ours.schema.simpleString() == (
        "struct<id:bigint,name:string,amount:double,day:date,at:timestamp,yes:boolean>"
    )
    theirs = spark.read.csv(f"file://{file}", header=True, schema=ours.schema, escape='"')
    assert rows(ours) == rows(theirs)
    csv_file('id,name\n1,""\n2,\n', "b.csv")
    assert rows(read.csv("in/b.csv", Form())) == [(1, ""), (2, None)]


def test_a_large_csv_is_read_in_ranges_each_row_once(read: Reading, csv_file: Callable[..., Path]) -> None:
    csv_file("id|text\n" + "".join(f'{n}|"t|{n}"\n' for n in range(400_000)))
    frame = read.csv("in/a.csv", Form(separator="|"))
    assert frame.select(F.spark_partition_id()).distinct().count() > 1
    found = frame.agg(F.count("id"), F.sum("id"), F.count_distinct("id"), F.min("text")).collect()[0]
    assert tuple(found) == (400_000, 400_000 * 399_999 // 2, 400_000, "t|0")


def test_values_with_line_ends_are_whole_where_multiline_is_said(read: Reading, csv_file: Callable[..., Path]) -> None:
    text = "id,text\n" + "".join(f'{n},"one\ntwo\r\n""{n}"""\n' for n in range(200_000))
    csv_file(text)
    csv_file(gzip.compress(text[:2_000].rsplit("\n3", 1)[0].encode()), "b.csv.gz")
    frame = read.csv("in/a.csv", Form(multiline=True))
    assert frame.where("text = concat('one\ntwo\r\n\"', id, '\"')").count() == 200_000
    assert read.csv("in/b.csv.gz", Form(multiline=True)).take(2)[1].text == 'one\ntwo\r\n"1"'
    two = StructType([StructField(name, StringType()) for name in ("id", "text")])
    csv_file(b'id,text\n1,"never closed\n' + b"line\n" * 2_000_000, "c.csv")
    assert (
        "has a row of more than 2,097,152 bytes"
        in refused(lambda: read.csv("in/c.csv", Form(multiline=True), schema=two)).detail
    )
    assert refused(lambda: read.csv("in/a.csv", Form())).hint == "if values hold line ends, say that they are multiline"


def test_csv_without_header_columns_and_types_can_be_said(read: Reading, csv_file: Callable[..., Path]) -> None:
    csv_file("1;007\n2;008\n", "t/year=2024/a.csv")
    csv_file("3;009\n", "t/year=2025/a.csv")
    form = Form(separator=";", header=False)
    frame = read.csv("in/t", form)
    assert frame.columns == ["column1", "column2", "year"]
    schema = StructType([StructField("id", LongType()), StructField("code", StringType())])
    assert rows(read.csv("in/t", form, schema=schema)) == [
        (1, "007", 2024), (2, "008", 2024), (3, "009", 2025)
    ]  # fmt: skip
    only = read.csv("in/t", form, schema=schema, columns=["year", "id"])
    assert rows(only.where("year = 2025")) == [(2025, 3)]
    assert only.select("year").count() == 3


def test_what_does_not_fit_is_refused_with_file_column_and_value(read: Reading, csv_file: Callable[..., Path]) -> None:
    csv_file("id,age\n1,5\n", "t/a.csv")
    csv_file("id,age\n2,old\n", "t/b.csv")
    reason = refused(lambda: read.csv("in/t", Form()))
    assert reason.code == "input_unreadable"
    assert "b.csv`: a value of column `age` is no int64: invalid value 'old'" in reason.detail
    assert reason.hint == "say the column's type in a schema, such as string"
    csv_file("age,id\n2,1\n", "t/b.csv")
    assert "has the header `age,id`, not that of the first file" in refused(lambda: read.csv("in/t", Form())).detail
    csv_file('id,age\n2,"open\nline"\n', "t/b.csv")
    assert "multiline" in str(refused(lambda: read.csv("in/t", Form())).hint)
    csv_file("id,id\n1,2\n", "u/a.csv")
    with pytest.raises(InputUnreadable, match="names the column `id` twice"):
        read.csv("in/u", Form())


@pytest.mark.parametrize("text", ["", "\n", "id,age\n", "id,age", "\ufeffid,age\n"])
def test_a_csv_without_rows_gives_none(read: Reading, csv_file: Callable[..., Path], text: str) -> None:
    csv_file(text)
    assert read.csv("in/a.csv", Form()).collect() == []


def test_files_without_rows_among_others_do_no_harm(read: Reading, csv_file: Callable[..., Path]) -> None:
    csv_file("", "t/a.csv")
    csv_file("id,age\n", "t/b.csv")
    csv_file("id,age\n1,2\n", "t/c.csv")
    schema = StructType([StructField("id", LongType()), StructField("age", LongType())])
    assert rows(read.csv("in/t", Form(), schema=schema)) == [(1, 2)]
