"""Objects and tables without a schema, as chains of steps on the lines of a file.

By hand a schema is given, with text for all values: that is how these tables are used afterwards. Another kind of value
than expected (a list where text was) would be lost or garbled by hand; the catalog keeps it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from benchmarks.peers.pair import Given, Pair

_LINES: list[Any] = [["load_text", "@event_lines"], ["jsonify"]]
_FIELDS = ["id", "created_at", "name", "cpf", "total"]
_SCHEMA = "id STRING, created_at STRING, name STRING, cpf STRING, total STRING"
_ITEMS = "items ARRAY<STRUCT<quantity: STRING, sku: STRING>>"
_CUSTOMER = "customer STRUCT<sex: STRING, address: STRUCT<city: STRING>>"
_MORE = "keeps the kind of every value; by hand all is text"


def _split(fields: Sequence[str]) -> list[Any]:
    return [*_LINES, ["split_into_tables", {"events": {"fields": list(fields)}}], ["group_by_table", ["events"]]]


def _parsed(given: Given, schema: str) -> DataFrame:
    """The objects of the lines as columns; what is no JSON is counted and left out."""
    options = {"mode": "PERMISSIVE", "columnNameOfCorruptRecord": "bad"}
    lines = given.session.read.text(given.url("event_lines"))
    found = lines.select(F.from_json("value", f"{schema}, bad STRING", options).alias("object")).select("object.*")
    return given.good(found, F.col("bad").isNotNull()).drop("bad")


def _chain(
    function: str,
    steps: list[Any],
    made: Callable[[DataFrame], DataFrame],
    fields: Sequence[str] = _FIELDS,
    schema: str = _SCHEMA,
    *,
    compared: Sequence[str] | None = None,
) -> Pair:
    whole = [*_split(fields), *steps, ["use_table", "events"]]
    return Pair(
        function,
        whole,
        lambda given: made(_parsed(given, schema)),
        label="a chain from lines",
        more=_MORE,
        compared=compared,
    )


def _jsonify(given: Given) -> DataFrame:
    lines = given.session.read.text(given.url("event_lines"))
    found = lines.select(F.try_parse_json("value").alias("object"))
    return given.good(found, F.col("object").isNull()).select(F.to_json("object").alias("object"))


def _split_by_hand(given: Given) -> DataFrame:
    found = _parsed(given, "id BIGINT, name STRING, cpf STRING")
    tables = [F.struct("id", "name").alias("people"), F.struct("id", "cpf").alias("codes")]
    return found.select(F.to_json(F.struct(*tables), {"ignoreNullFields": "false"}).alias("object"))


def _formatted(rows: DataFrame) -> DataFrame:
    digits = F.trim("cpf")
    pieces = [F.substring(digits, *place) for place in ((1, 3), (4, 3), (7, 3), (10, 2))]
    dots = [pieces[0], F.lit("."), pieces[1], F.lit("."), pieces[2], F.lit("-"), pieces[3]]
    day = F.substring_index("created_at", "T", 1)
    return rows.withColumns(
        {
            "created_at": F.when(day.try_cast("date").isNotNull(), day),
            "name": F.nullif(F.trim("name"), F.lit("")),
            "cpf": F.when(digits.rlike("^[0-9]{11}$"), F.concat(*dots)),
            "total": F.bround(F.col("total").try_cast("decimal(38,4)"), 2).cast("double").cast("string"),
        }
    )


PAIRS = [
    Pair("jsonify", _LINES, _jsonify, label="a chain from lines"),
    Pair(
        "split_into_tables",
        [*_LINES, ["split_into_tables", {"people": {"fields": ["id", "name"]}, "codes": {"fields": ["id", "cpf"]}}]],
        _split_by_hand,
        label="a chain from lines",
        more=_MORE,
    ),
    _chain("group_by_table", [], lambda rows: rows),
    _chain(
        "flatten_tables",
        [["flatten_tables", {"events": {"customer": {"sex": ["sex"], "city": ["address", "city"]}}}]],
        lambda rows: rows.select(
            "id", F.col("customer.sex").alias("sex"), F.col("customer.address.city").alias("city")
        ),
        ["id", "customer"],
        f"id STRING, {_CUSTOMER}",
    ),
    _chain(
        "explode_tables",
        [["explode_tables", {"events": ["items"]}]],
        lambda rows: rows.select("id", F.inline_outer("items")),
        ["id", "items"],
        f"id STRING, {_ITEMS}",
        compared=["id", "quantity", "sku"],
    ),
    _chain(
        "rename_tables_fields",
        [["rename_tables_fields", {"events": {"id": "event_id"}}]],
        lambda rows: rows.withColumnRenamed("id", "event_id"),
        compared=["event_id", "created_at", "name", "cpf", "total"],
    ),
    _chain(
        "expand_tables",
        [["expand_tables", {"events": [{"field": "country", "default_value": "BR"}]}]],
        lambda rows: rows.withColumn("country", F.lit("BR")),
    ),
    _chain(
        "format_tables",
        [
            [
                "format_tables",
                {
                    "events": {
                        "created_at": "timestamp_to_date",
                        "name": "trim",
                        "cpf": "pretty_cpf",
                        "total": "ensure_money",
                    }
                },
            ]
        ],
        _formatted,
    ),
    _chain(
        "ensure_not_nulls",
        [["ensure_not_nulls", {"events": ["id", "name"]}]],
        lambda rows: rows.dropna(subset=["id", "name"]),
    ),
    _chain(
        "json_to_list_for_tables",
        [["json_to_list_for_tables", {"events": ["id", "name", "cpf"]}]],
        lambda rows: rows.select("id", "name", "cpf").toDF("0", "1", "2"),
    ),
    _chain(
        "unify_tables",
        [["unify_tables", [{"sources": ["events", "events"], "sink": "events"}]]],
        lambda rows: rows.union(rows),
    ),
]
