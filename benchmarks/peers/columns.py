"""Columns of any type: chosen, cast, taken apart, put together."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from benchmarks.peers.pair import Given, over
from functions.constants import JSON_TIMES

_people = over("people", ["id", "name", "age", "score"])
_dates = over("people", ["id", "born", "seen", "price"])
_texts = over("texts", ["id", "number", "amount"])
_nested = over("nested")
_DATA = "STRUCT<city: STRING, tags: ARRAY<STRING>, at: STRUCT<lat: DOUBLE>, price: STRING>"


def _cast(given: Given) -> DataFrame:
    made = given.rows.select(
        F.col("number").try_cast("int").alias("number"),
        F.col("amount").try_cast("decimal(10,3)").alias("amount"),
        *[F.col(name).alias(f"{name}_before") for name in ("number", "amount")],
        "id",
    )
    is_bad = (F.col("number").isNull() & F.col("number_before").isNotNull()) | (
        F.col("amount").isNull() & F.col("amount_before").isNotNull()
    )
    return given.good(made, is_bad).select("id", "number", "amount")


def _get_path(given: Given) -> DataFrame:
    price = F.get_json_object("data", "$.price").try_cast("decimal(10,2)")
    made = given.rows.select("id", "data", price.alias("price"))
    is_bad = F.col("price").isNull() & F.get_json_object("data", "$.price").isNotNull()
    return given.good(made, is_bad)


def _parse_json(given: Given) -> DataFrame:
    options = {"mode": "PERMISSIVE", "columnNameOfCorruptRecord": "bad"}
    kind = _DATA.removesuffix(">") + ", bad: STRING>"
    made = given.rows.select("id", F.from_json("data", kind, options).alias("data"))
    fields = [F.col(f"data.{name}").alias(name) for name in ("city", "tags", "at", "price")]
    return given.good(made, F.col("data.bad").isNotNull()).select("id", F.struct(*fields).alias("data"))


PAIRS = [
    _people("select", [["select", ["score", "id"]]], lambda given: given.rows.select("score", "id")),
    _people("drop", [["drop", "name"]], lambda given: given.rows.drop("name")),
    _people("rename", [["rename", {"name": "full"}]], lambda given: given.rows.withColumnRenamed("name", "full")),
    _people(
        "with_column",
        [["with_column", {"total": "round(score * age, 2)", "old": "age > 60"}]],
        lambda given: given.rows.withColumns({"total": F.expr("round(score * age, 2)"), "old": F.expr("age > 60")}),
    ),
    _people(
        "fill_nulls",
        [["fill_nulls", {"name": "unknown", "age": 0}]],
        lambda given: given.rows.fillna({"name": "unknown", "age": 0}),
    ),
    over("people", ["id", "city", "age"])(
        "replace_values",
        [["replace_values", {"city": {"Recife": "REC", "Belém": "BEL", "?": None}, "age": [{"from": 12, "to": 13}]}]],
        lambda given: given.rows.withColumns(
            {
                "city": F.when(F.col("city") == "Recife", "REC")
                .when(F.col("city") == "Belém", "BEL")
                .when(F.col("city") != "?", F.col("city")),
                "age": F.when(F.col("age") == 12, 13).otherwise(F.col("age")),
            }
        ),
    ),
    _people(
        "round_column",
        [["round_column", "score", 2]],
        lambda given: given.rows.withColumn("score", F.round("score", 2)),
    ),
    _texts("cast", [["cast", {"number": "int", "amount": "decimal(10, 3)"}]], _cast),
    _texts(
        "cast",
        [["cast", {"number": "int", "amount": "decimal(10, 3)"}, "null"]],
        lambda given: given.rows.withColumns(
            {"number": F.col("number").try_cast("int"), "amount": F.col("amount").try_cast("decimal(10,3)")}
        ),
        label="on_error null",
    ),
    _people(
        "concat_columns",
        [["concat_columns", ["name", "age", "id"], "all", " "]],
        lambda given: given.rows.withColumn("all", F.concat_ws(" ", "name", F.col("age").cast("string"), "id")),
    ),
    _people(
        "hash_columns",
        [["hash_columns", ["id", "name", "age"], "hash"]],
        lambda given: given.rows.withColumn(
            "hash",
            F.sha2(
                F.concat(
                    *[
                        F.expr(f"coalesce(concat(length(cast({c} AS STRING)), ':', {c}), '-')")
                        for c in ("id", "name", "age")
                    ]
                ),
                256,
            ),
        ),
    ),
    _nested(
        "flatten_struct",
        [["flatten_struct", "address", "_", True]],
        lambda given: given.rows.select(
            "id",
            F.col("address.city").alias("address_city"),
            F.col("address.at.lat").alias("address_at_lat"),
            F.col("address.at.lon").alias("address_at_lon"),
            "items",
            "tags",
            "props",
        ),
    ),
    over("nested", ["id", "items"])(
        "explode",
        [["explode", "items", None, False, None, True]],
        lambda given: given.rows.select("id", F.inline("items")),
    ),
    over("texts", ["id", "data"])(
        "get_path",
        [["get_path", "data", "price", "price", "decimal(10, 2)"]],
        _get_path,
        label="of JSON text",
        more="reads the text as JSON, where get_json_object takes what is broken behind the value",
    ),
    over("nested", ["id", "items"])(
        "get_path",
        [["get_path", "items", "items[0].price".removeprefix("items"), "price"]],
        lambda given: given.rows.withColumn("price", F.col("items")[0]["price"]),
        label="of a list of structs",
    ),
    over("texts", ["id", "data"])("parse_json_column", [["parse_json_column", "data", _DATA[7:-1]]], _parse_json),
    over("nested", ["id", "items", "tags"])(
        "to_json_column",
        [["to_json_column", ["items", "tags"]]],
        lambda given: given.rows.withColumns({"items": F.to_json("items"), "tags": F.to_json("tags")}),
    ),
    _dates(
        "to_json_column",
        [["to_json_column", ["id", "born", "seen"], "all", True]],
        lambda given: given.rows.withColumn(
            "all", F.to_json(F.struct("id", "born", "seen"), {"ignoreNullFields": "false", **JSON_TIMES})
        ),
        label="as one object",
    ),
]
