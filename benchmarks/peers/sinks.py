"""Sinks: the same files written by Spark alone, straight into the folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from benchmarks.peers.pair import Given, over

_people = over("people", ["id", "name", "city", "age", "score", "born"])
_lines = over("lines")
_MORE = "checksum of every file, sync, all or nothing"


def _written(write: Callable[[Any, str], None]) -> Callable[[Given], None]:
    def hand(given: Given) -> None:
        write(given.rows, f"file://{given.target}")

    return hand


def _text(session: SparkSession, path: str) -> DataFrame:
    return session.read.text(path)


def _csv(session: SparkSession, path: str) -> DataFrame:
    return session.read.csv(path, header=True, escape='"')


def _table(session: SparkSession, path: str) -> DataFrame:
    # By hand a table is a folder of files.
    return session.read.option("recursiveFileLookup", "true").text(path).where("value != ''")


def _tables(given: Given) -> None:
    rows = given.tables["people"].select("id", F.trim("email").alias("email"), "city")
    rows.write.csv(f"file://{given.target}/people.csv", sep="|", escape='"', emptyValue='""')


_JSON = {"ignoreNullFields": "false"}
PAIRS = [
    _lines(
        "store_text",
        [["store_text", "@out"]],
        _written(lambda rows, path: rows.write.text(path)),
        read=_text,
        more=_MORE,
    ),
    _lines(
        "store_rdd",
        [["store_rdd", "@out", 2]],
        _written(lambda rows, path: rows.coalesce(2).write.text(path)),
        read=_text,
        more=_MORE + "; keeps the order of the rows in so many files",
    ),
    _people(
        "store_json",
        [["store_json", "@out"]],
        _written(lambda rows, path: rows.write.options(**_JSON).json(path)),
        read=_text,
        more=_MORE,
    ),
    _people(
        "store_csv",
        [["store_csv", "@out"]],
        _written(
            lambda rows, path: rows.write.csv(
                path, header=True, escape='"', ignoreLeadingWhiteSpace=False, ignoreTrailingWhiteSpace=False
            )
        ),
        read=_csv,
        more=_MORE,
    ),
    _people(
        "store_parquet",
        [["store_parquet", "@out"]],
        _written(lambda rows, path: rows.write.parquet(path)),
        read=lambda session, path: session.read.parquet(path),
        more=_MORE,
    ),
    _people(
        "store_parquet",
        [{"function": "store_parquet", "path": "@out", "partition_by": ["city"]}],
        _written(lambda rows, path: rows.write.partitionBy("city").parquet(path)),
        read=lambda session, path: session.read.parquet(path),
        label="partition_by",
        more=_MORE,
    ),
    _people(
        "store_orc",
        [["store_orc", "@out"]],
        _written(lambda rows, path: rows.write.orc(path)),
        read=lambda session, path: session.read.orc(path),
        more=_MORE,
    ),
    over("", [], ["people"])(
        "store_tables",
        [
            ["json_to_list_for_tables", {"people": ["id", "email", "city"]}],
            ["store_tables", ["people"], "@out"],
        ],
        _tables,
        read=_table,
        more=_MORE + "; one file a table, in the order of the rows; keeps kinds of values",
    ),
]
