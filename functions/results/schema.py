"""The columns as the job's result."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from functions.catalog import function
from functions.schemaless import values
from functions.workspace import Dataset, Frame, Objects, Rows


@function
def schema(frame: Frame, *, session: SparkSession) -> Dataset:
    """Tell the columns: the job's result is a row for each, `{"name": …, "type": …, "nullable": …}`.

    Columns come in their order; nothing is read. Types are written as `cast` takes them. Lines have one column,
    `value`. Of objects the fields at the top are told, in the order of their names, and all objects are read for it:
    the type is the one that fits all values of the field, as Spark names it (`VARIANT` where none does), and a field is
    nullable where some object lacks it. Objects that were split have their tables' fields, each with the `table`.

    Example:
        ["load_rows", [{"id": 1, "name": "Ada"}]]
        ["schema"]
    """
    if isinstance(frame, Objects) and frame.parts is None:
        return Dataset(_fields(frame))
    texts = [F.lit(json.dumps(item, ensure_ascii=False, separators=(",", ":"))) for item in _columns(frame)]
    found = F.array(*texts) if texts else F.array().cast("array<string>")
    return Dataset(session.range(0, 1, 1, 1).select(F.explode(found).alias("row")), most=len(texts))


def _columns(frame: Frame) -> Iterator[dict[str, Any]]:
    if isinstance(frame, Rows):
        for field in frame.frame.schema:
            yield {"name": field.name, "type": field.dataType.simpleString(), "nullable": field.nullable}
    elif isinstance(frame, Objects):
        for table, names in (frame.parts or {}).items():
            yield from ({"table": table, "name": name, "type": "variant", "nullable": True} for name in names)


def _fields(objects: Objects) -> DataFrame:
    """The fields of all objects, in one pass; the entry without a name stands for the object itself."""
    entries = F.map_entries(F.try_variant_get("object", "$", "map<string,variant>"))
    itself = F.struct(F.lit(None).cast("string").alias("key"), values.nothing().alias("value"))
    every = F.explode(F.concat(F.coalesce(entries, F.array().cast(_ENTRIES)), F.array(itself).cast(_ENTRIES)))
    found = objects.frame.select(every.alias("entry")).select("entry.key", values.not_null(F.col("entry.value")))
    found = found.toDF("name", "value")
    by_name = found.groupBy("name").agg(
        F.schema_of_variant_agg("value").alias("type"),
        F.count("value").alias("given"),
        F.count(F.lit(1)).alias("entries"),
    )
    total = F.max(F.when(F.col("name").isNull(), F.col("entries"))).over(Window.partitionBy())
    told = by_name.select("name", "type", (F.col("given") < total).alias("nullable"))
    named = told.where(F.col("name").isNotNull()).orderBy("name")
    return named.select(F.to_json(F.struct("name", "type", "nullable")).alias("row"))


_ENTRIES = "array<struct<key: string, value: variant>>"
