"""What the client reads: the same rows as JSON in the driver."""

from __future__ import annotations

import json
from typing import Any

from pyspark.sql import functions as F

from benchmarks.peers.pair import Given, over

_people = over("people", ["id", "name", "age", "score"])


def _rows(frame: Any) -> list[Any]:
    whole = F.to_json(F.struct("*"), {"ignoreNullFields": "false"})
    return [row.row for row in frame.select(whole.alias("row")).collect()]


def _describe(given: Given) -> list[Any]:
    shares = [0.25, 0.5, 0.75]
    numbers = {
        name: [F.avg(name).alias(f"mean:{name}"), F.stddev(name).alias(f"stddev:{name}"),
               F.percentile_approx(name, shares).alias(f"quantiles:{name}")]
        for name in ("id", "age", "score")
    }  # fmt: skip
    every = [
        figure(name).alias(f"{label}:{name}")
        for name in given.rows.columns
        for label, figure in {
            "count": F.count, "distinct": F.approx_count_distinct, "min": F.min, "max": F.max,
        }.items()
    ]  # fmt: skip
    found = given.rows.agg(F.count("*").alias("rows"), *every, *[each for name in numbers for each in numbers[name]])
    row = found.first()
    if row is None:
        return []
    told = []
    for name, kind in given.rows.dtypes:
        is_number = name in numbers
        quantiles = dict(zip(map(str, shares), row[f"quantiles:{name}"], strict=True)) if is_number else None
        figures = {label: row[f"{label}:{name}"] for label in ("count", "distinct", "min", "max")}
        mean, stddev = (row[f"{label}:{name}"] if is_number else None for label in ("mean", "stddev"))
        nulls = row["rows"] - row[f"count:{name}"]
        told.append(
            {"column": name, "type": kind, "nulls": nulls, "mean": mean, "stddev": stddev, "quantiles": quantiles}
            | figures
        )
    return [json.dumps(each) for each in told]


PAIRS = [
    _people("take", [["take", 1000]], lambda given: _rows(given.rows.limit(1000))),
    _people("count", [["count"]], lambda given: [{"count": given.rows.count()}]),
    _people("collect", [["collect"]], lambda given: _rows(given.rows), more="writes them to a file and syncs it"),
    _people("describe", [["describe"]], _describe),
    _people(
        "sample_rows",
        [["sample_rows", 1000]],
        lambda given: _rows(given.rows.withColumn("draw", F.rand(0)).orderBy("draw").limit(1000).drop("draw")),
    ),
]
