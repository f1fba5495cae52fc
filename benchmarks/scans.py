"""Scans of local files: this project's readers against Spark's own, on the same driver.

    python -m benchmarks.scans [ROWS [RUNS]]

For each format all columns of all rows are read (a hash over them is added up), and for those of columns one column
of the rows that meet a condition. The first pair of runs warms up, and its sums are compared; the others alternate.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.datasource import GreaterThan

from benchmarks.direct import Direct
from benchmarks.figures import ratio, spread
from functions.storage.reading import csv, orc, parquet, text
from functions.storage.reading.filesystem import LOCAL
from functions.storage.reading.filters import as_column
from functions.storage.reading.source import load
from functions.storage.reading.splits import File, plan

Read = Callable[[], DataFrame]


class Scans:
    """The same table in each format, and both ways to read each."""

    def __init__(self, direct: Direct, folder: Path, rows: int) -> None:
        self.session = direct.engine.session()
        self.cores = direct.engine.context.defaultParallelism
        self.folder = folder
        frame = self.session.range(0, rows, 1, self.cores).selectExpr(
            "id",
            "id % 1000 AS kind",
            "id / 7 AS amount",
            "concat('name ', id) AS name",
            "date_add(date'2020-01-01', CAST(id % 2000 AS INT)) AS day",
            "id % 3 = 0 AS yes",
            "sha2(CAST(id AS STRING), 256) AS note",
        )
        self.schema = frame.schema
        frame.write.csv(self.url("csv"), header=True)
        frame.write.parquet(self.url("parquet"))
        frame.write.orc(self.url("orc"))
        for form, packing in (("text", "none"), ("text.gz", "gzip"), ("text.bz2", "bzip2")):
            frame.select(F.to_json(F.struct("*"))).write.text(self.url(form), compression=packing)

    def url(self, form: str) -> str:
        """The folder of a format, for Spark."""
        return f"file://{self.folder / form}"

    def files(self, form: str) -> list[File]:
        """The files of a format."""
        return [File(str(file), file.stat().st_size) for file in sorted((self.folder / form).glob("part-*"))]

    def pairs(self) -> dict[str, tuple[str, Read, Read]]:
        """By name of a scan: its format, ours, Spark's."""
        few = [GreaterThan(("kind",), 989)]
        return {
            "text": ("text", self._text, lambda: self.session.read.text(self.url("text"))),
            "text, gz": ("text.gz", lambda: self._text("text.gz"), lambda: self.session.read.text(self.url("text.gz"))),
            "text, bz2": (
                "text.bz2",
                lambda: self._text("text.bz2"),
                lambda: self.session.read.text(self.url("text.bz2")),
            ),
            "csv": ("csv", self._csv, lambda: self.session.read.csv(self.url("csv"), header=True, schema=self.schema)),
            "parquet": ("parquet", self._parquet, lambda: self.session.read.parquet(self.url("parquet"))),
            "orc": ("orc", self._orc, lambda: self.session.read.orc(self.url("orc"))),
            "parquet, 2 columns, 1 row in 100": (
                "parquet",
                lambda: self._parquet(["kind", "note"], few).where(as_column(few[0])),
                lambda: self.session.read.parquet(self.url("parquet")).where("kind > 989").select("kind", "note"),
            ),
        }

    def _text(self, form: str = "text") -> DataFrame:
        reader = text.TextReader(LOCAL, plan(self.files(form), parallelism=self.cores))
        return load(self.session, text.SCHEMA, reader)

    def _csv(self) -> DataFrame:
        files, form = self.files("csv"), csv.Form()
        layout = csv.layout_of(LOCAL, files, form, None, self.schema)
        tasks = plan(files, parallelism=self.cores, splittable=form.is_splittable)
        return load(self.session, layout.shape.schema, csv.CsvReader(LOCAL, tasks, layout, form))

    def _parquet(self, columns: list[str] | None = None, where: list[GreaterThan] | None = None) -> DataFrame:
        files = self.files("parquet")
        shape = parquet.shape_of(LOCAL, files, columns)
        tasks = plan(files, parallelism=self.cores, splittable=bool)
        return load(self.session, shape.schema, parquet.ParquetReader(LOCAL, tasks, shape, where or []))

    def _orc(self) -> DataFrame:
        files = self.files("orc")
        shape = orc.shape_of(LOCAL, files, None)
        tasks = plan(files, parallelism=self.cores, splittable=bool)
        return load(self.session, shape.schema, orc.OrcReader(LOCAL, tasks, shape))


def scanned(read: Read) -> tuple[float, tuple[object, ...]]:
    """Seconds for a scan, and what it saw."""
    began = time.perf_counter()
    frame = read()
    hashed = F.xxhash64(*[F.col(f"`{name}`") for name in frame.columns])
    seen = frame.agg(F.count(F.lit(1)), F.sum(hashed.cast("decimal(38,0)"))).collect()[0]
    return time.perf_counter() - began, tuple(seen)


def main(rows: int = 1_000_000, runs: int = 5) -> None:
    """Measures."""
    with tempfile.TemporaryDirectory() as name, Direct(Path(name)) as direct:
        scans = Scans(direct, Path(name), rows)
        for scan, (form, ours, theirs) in scans.pairs().items():
            mine: list[float] = []
            peers: list[float] = []
            for run in range(runs + 1):
                spent, seen = scanned(ours)
                peer_spent, peer_seen = scanned(theirs)
                if seen != peer_seen:
                    raise SystemExit(f"{scan}: {seen} against {peer_seen}")
                if run:
                    mine.append(spent)
                    peers.append(peer_spent)
            size = sum(file.size for file in scans.files(form)) / 1e6
            print(f"{scan}: {seen[0]:,} rows of {rows:,}, {size:.0f} MB, the same both ways")
            print("  ours:   ", spread(mine, "s"))
            print("  Spark's:", spread(peers, "s"))
            print("  ratio:  ", ratio(peers, mine), flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
