"""Where rows lie between steps."""

from __future__ import annotations

from pyspark import StorageLevel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from benchmarks.peers.pair import Given, over

_people = over("people", ["id", "age", "score"])
_TWICE = [["name_table", "kept"], ["union", ["kept"]]]


def _cached(given: Given) -> DataFrame:
    # A frame that equals an earlier one would find what that kept.
    kept = given.rows.persist(StorageLevel.MEMORY_AND_DISK)
    given.kept.append(kept)
    return kept.union(kept)


def _checkpointed(given: Given) -> DataFrame:
    kept = given.rows.localCheckpoint(eager=False)
    return kept.union(kept)


PAIRS = [
    _people("cache", [["cache"], *_TWICE], _cached, label="read twice"),
    _people("checkpoint", [["checkpoint"], *_TWICE], _checkpointed, label="read twice"),
    _people("coalesce", [["coalesce", 2]], lambda given: given.rows.coalesce(2)),
    _people("repartition", [["repartition", 4]], lambda given: given.rows.repartition(4)),
    _people(
        "repartition",
        [["repartition", None, ["age"]]],
        lambda given: given.rows.repartition(F.col("age")),
        label="by a column",
    ),
]
