"""Rows: kept, ordered, counted by their words; and checked."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from benchmarks.peers.pair import Given, over
from functions.words import WORD

_people = over("people", ["id", "city", "age", "score"])
_pairs = over("pairs")
_lines = over("lines")


def _words() -> F.Column:  # type: ignore[name-defined]
    return F.regexp_extract_all(F.lower("value"), F.lit(WORD), F.lit(0))


def _first_of_each(given: Given) -> DataFrame:
    window = Window.partitionBy("age", "city").orderBy(F.col("id").asc_nulls_last())
    return given.rows.withColumn("place", F.row_number().over(window)).where("place = 1").drop("place")


def _top(given: Given) -> DataFrame:
    window = Window.partitionBy("city").orderBy(F.col("score").desc_nulls_last(), F.col("id").asc_nulls_last())
    return given.rows.withColumn("place", F.row_number().over(window)).where("place <= 10").drop("place")


def _expect(given: Given) -> DataFrame:
    is_bad = F.col("city").isNull() | F.coalesce(~F.col("age").between(0, 90), F.lit(False)) | (F.col("city") == "?")
    return given.good(given.rows, is_bad)


_CHECKS = [
    {"check": "not_null", "column": "city"},
    {"check": "between", "column": "age", "min": 0, "max": 90},
    {"check": "in_set", "column": "city", "values": ["Recife", "São Paulo", "Belém", "Olinda"]},
]

PAIRS = [
    _people(
        "filter",
        [["filter", "age >= 18 AND city LIKE 'R%'"]],
        lambda given: given.rows.where("age >= 18 AND city LIKE 'R%'"),
    ),
    _people("drop_nulls", [["drop_nulls", ["age"]]], lambda given: given.rows.dropna(subset=["age"])),
    _pairs("distinct", [["distinct"]], lambda given: given.rows.distinct()),
    _pairs("drop_duplicates", [["drop_duplicates", ["id"]]], lambda given: given.rows.dropDuplicates(["id"])),
    _people(
        "drop_duplicates",
        [["drop_duplicates", ["age", "city"], "first", ["id"]]],
        _first_of_each,
        label="the first",
    ),
    _people(
        "sort",
        [["sort", [{"column": "score", "order": "desc"}, "id"]]],
        lambda given: given.rows.sort(F.col("score").desc_nulls_last(), F.col("id").asc_nulls_last()),
    ),
    _people("limit", [["limit", 100_000]], lambda given: given.rows.limit(100_000), compared=[]),
    _people("sample", [["sample", 0.1]], lambda given: given.rows.sample(0.1, 0)),
    _people(
        "sample",
        [["sample", None, 1000]],
        lambda given: given.rows.withColumn("draw", F.rand(0)).orderBy("draw").limit(1000).drop("draw"),
        label="an exact amount",
    ),
    _people(
        "top_by_group",
        [["top_by_group", ["city"], [{"column": "score", "order": "desc"}, "id"], 10]],
        _top,
    ),
    _lines(
        "word_count",
        [["word_count"]],
        lambda given: given.rows.select(F.explode(_words()).alias("word")).groupBy("word").count(),
    ),
    _lines("tokenize", [["tokenize"]], lambda given: given.rows.withColumn("tokens", _words())),
    _people("expect", [["expect", _CHECKS, "quarantine"]], _expect),
]
