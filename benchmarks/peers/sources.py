"""Sources: the same files read by Spark's own readers."""

from __future__ import annotations

from functools import partial

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from benchmarks.peers.pair import Given, Pair

_COLUMNS = "id BIGINT, email STRING, city STRING, age INT, score DOUBLE, born DATE"
_XML = "id BIGINT, email STRING, city STRING, age INT"
_WATCHED = {"mode": "PERMISSIVE", "columnNameOfCorruptRecord": "bad"}
_CODES = [{"id": number, "name": f"code {number}", "rate": number / 4} for number in range(10_000)]
_CARELESS = "the same as above, against a reader that counts and sets aside nothing: bad values become null"


def _counted(form: str, name: str, schema: str, given: Given, **options: object) -> DataFrame:
    """Spark's reader, told to keep what it cannot read; that is counted and left out."""
    reader = given.session.read.schema(f"{schema}, bad STRING").options(**_WATCHED, **options)  # type: ignore[arg-type]
    return given.good(reader.format(form).load(given.url(name)), F.col("bad").isNotNull()).drop("bad")


def _careless(form: str, name: str, schema: str, given: Given, **options: object) -> DataFrame:
    """Spark's reader as it comes; the rows at fault are left out behind it, by what their reader made of them."""
    frame = given.session.read.schema(schema).options(**options).format(form).load(given.url(name))  # type: ignore[arg-type]
    return frame.where("id IS NOT NULL")


def _csv(read: object, name: str = "csv") -> object:
    return partial(read, "csv", name, _COLUMNS, header=True, escape='"')  # type: ignore[arg-type]


def _listing(given: Given) -> DataFrame:
    files = given.session.read.format("binaryFile").load(given.url("many")).drop("content")
    return files.select(
        F.replace("path", F.lit("file:"), F.lit("")).alias("path"),
        F.col("length").alias("size"),
        F.col("modificationTime").alias("modified"),
    )


PAIRS = [
    Pair("load_text", [["load_text", "@text"]], lambda given: given.session.read.text(given.url("text"))),
    Pair("load_rdd", [["load_rdd", "@text"]], lambda given: given.session.read.text(given.url("text"))),
    Pair("load_parquet", [["load_parquet", "@people"]], lambda given: given.session.read.parquet(given.url("people"))),
    Pair("load_orc", [["load_orc", "@orc"]], lambda given: given.session.read.orc(given.url("orc"))),
    Pair("load_csv", [["load_csv", "@csv", _COLUMNS]], _csv(_counted)),  # type: ignore[arg-type]
    Pair("load_csv", [["load_csv", "@csv", _COLUMNS]], _csv(_careless), label="careless peer", more=_CARELESS),  # type: ignore[arg-type]
    Pair("load_csv", [["load_csv", "@csv_quoted", _COLUMNS]], _csv(_counted, "csv_quoted"), label="all in quotes"),  # type: ignore[arg-type]
    Pair(
        "load_csv",
        [["load_csv", "@csv"]],
        lambda given: given.session.read.csv(given.url("csv"), header=True, escape='"', inferSchema=True),
        label="types found",
        compared=[],
        more="finds types in 1,000 records; by hand all are read once more, and one bad `id` makes all of them text",
    ),
    Pair("load_json", [["load_json", "@json", _COLUMNS]], partial(_counted, "json", "json", _COLUMNS)),
    Pair(
        "load_json",
        [["load_json", "@json", _COLUMNS]],
        partial(_careless, "json", "json", _COLUMNS),
        label="careless peer",
        more=_CARELESS,
    ),
    Pair(
        "load_xml",
        [["load_xml", "@xml", "row", _XML]],
        partial(_counted, "xml", "xml", _XML, rowTag="row"),
    ),
    Pair("load_range", [["load_range", 1_000_000]], lambda given: given.session.range(1_000_000)),
    Pair(
        "load_rows",
        [["load_rows", _CODES, "id BIGINT, name STRING, rate DOUBLE"]],
        lambda given: given.session.createDataFrame(
            [(code["id"], code["name"], code["rate"]) for code in _CODES], "id BIGINT, name STRING, rate DOUBLE"
        ),
        label="10,000 rows",
        more="checks 10,000 objects of a request, and each against the schema",
    ),
    Pair(
        "load_binary_listing",
        [["load_binary_listing", "@many"]],
        _listing,
        label="200 files",
        compared=["path", "size"],
    ),
]
