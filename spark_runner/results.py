"""What a job collected, and what it set aside, written to the attempt's own folder as JSON lines."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from functions.records.first_seen import NAME as FIRST_SEEN
from functions.records.rejects import Fate, Rejects, SetAside, Tally
from functions.storage import parts
from functions.workspace import Dataset
from server.settings import Settings
from spark_runner.engine import Engine

RESULT = "result.jsonl"
REJECTS = "rejects.jsonl"

#: Up to so many rows are fetched at once; more are streamed.
_SMALL = 10_000
#: How long to wait for counts that Spark reports a moment after an action.
_SETTLE_SECONDS = 5.0


class Results:
    """Writes the result and the rejects of one attempt."""

    def __init__(self, engine: Engine, settings: Settings, folder: Path, check: Callable[[], None]) -> None:
        self._engine = engine
        self._settings = settings
        self._folder = folder
        self._check = check
        #: Step of the first action that read everything before it, and of any that may have read less.
        self.full_actions: list[int] = []
        self.partial_actions: list[int] = []
        #: Steps that streamed all rows through the driver: Spark tells counts before the first row is there.
        self.streaming_actions: list[int] = []

    def collect(self, dataset: Dataset) -> dict[str, Any]:
        """Runs the plan and spills the rows to disk, up to the result limits.

        Returns:
            The summary: `rows`, `bytes`, `truncated`.
        """
        most = self._settings.result_max_rows
        wanted = self._wanted(dataset)
        if self._is_for_disk(dataset):
            rows = self._from_disk(dataset.rows)
        elif _is_small(dataset):
            rows = (row.row.encode() for row in dataset.rows.collect())
        else:
            # One row more than may be kept tells whether there were more.
            more = dataset.amount is None or dataset.amount > most
            limited = dataset.rows.limit(wanted + 1) if more else dataset.rows.limit(wanted)
            rows = (row.row.encode() for row in _rows(limited, wanted))
        return self._write(self._folder / RESULT, rows, wanted, complete=dataset.amount is not None)

    def streams(self, dataset: Dataset) -> bool:
        """Whether `collect` streams the rows through the driver."""
        return not (self._is_for_disk(dataset) or _is_small(dataset)) and self._wanted(dataset) > _SMALL

    def _wanted(self, dataset: Dataset) -> int:
        most = self._settings.result_max_rows
        return most if dataset.amount is None else min(dataset.amount, most)

    def _is_for_disk(self, dataset: Dataset) -> bool:
        return dataset.amount is None and self._engine.is_local and not _is_small(dataset)

    def reject(self, rejects: Rejects) -> list[tuple[SetAside, Tally]]:
        """Counts what the steps set aside, or what ends the job, and writes it, up to the limit of kept lines."""
        deadline = time.monotonic() + _SETTLE_SECONDS
        tallies = [(item, self._tally(item, deadline)) for item in rejects.sets]
        left = self._settings.rejects_max_rows
        path = self._folder / REJECTS
        for item, tally in tallies:
            kept = min(tally.rejected, left) if item.fate is not Fate.WARN else 0
            left -= kept
            if kept:
                with path.open("ab") as out:
                    for place, line in enumerate(self._rejected(item, tally, kept)):
                        if place % 1000 == 0:
                            self._check()
                        out.write(line + b"\n")
        if path.exists():
            _sync(path)
        return tallies

    def _rejected(self, item: SetAside, tally: Tally, kept: int) -> Iterator[bytes]:
        """So many of the records that were set aside, each as JSON."""
        seen = item.seen(tally)
        if seen is None and kept > _SMALL and self._engine.is_local:
            yield from self._from_disk(_reject_lines(item).limit(kept))
            return
        for row in _rows(item.records().limit(kept), kept) if seen is None else seen[:kept]:
            yield _reject_line(item, row)

    def _tally(self, item: SetAside, deadline: float) -> Tally:
        full = [step for step in self.full_actions if step > item.step]
        partial = [step for step in self.partial_actions if step > item.step]
        streaming = [step for step in self.streaming_actions if step > item.step]
        if item.fate is not Fate.REJECT and (item.stops_early or item.is_cut_off or not full):
            return item.counted()  # what is expected is expected of all rows
        if streaming and min(streaming) == min([*full, *partial, *streaming]):
            return item.counted()
        if not full and not partial:
            return Tally(0, 0)  # nothing ever read through it
        if item.is_cut_off or item.is_read_both_ways or (item.is_sorted and full):
            return item.counted()
        seen = self._engine.observed(item.observations, deadline)
        if seen is None:
            return Tally(0, 0) if item.fate is Fate.REJECT else item.counted()
        first_read_all = bool(full) and (not partial or min(full) < min(partial))
        if seen and (first_read_all or not full):
            return Tally(int(seen["read"]), int(seen["rejected"]), seen.get(FIRST_SEEN) or ())
        # The first action stopped early while a later one read everything, or Spark left the counting out.
        return item.counted()

    def _from_disk(self, rows: DataFrame) -> Iterator[bytes]:
        """All rows, written by Spark's tasks in parallel: nothing passes through Python's memory."""
        raw = self._folder / ".collect"
        rows.write.text(f"file://{raw}")
        try:
            for part in parts.spark_parts(raw):
                with part.open("rb") as stream:
                    yield from (line.rstrip(b"\n") for line in stream)
        finally:
            shutil.rmtree(raw)

    def _write(self, path: Path, rows: Iterable[bytes], wanted: int, *, complete: bool) -> dict[str, Any]:
        iterator = iter(rows)
        count = size = 0
        limit = self._settings.result_max_bytes
        truncated = False
        with path.open("wb") as out:
            for row in islice(iterator, wanted):
                if size + len(row) + 1 > limit:
                    truncated = True
                    break
                out.write(row + b"\n")
                count += 1
                size += len(row) + 1
                if count % 1000 == 0:
                    self._check()
            out.flush()
            os.fsync(out.fileno())
        if not truncated and not (complete and count < wanted):
            truncated = next(iterator, None) is not None
        close = getattr(iterator, "close", None)
        if close is not None:
            close()
        return {"rows": count, "bytes": size, "truncated": truncated}


def _is_small(dataset: Dataset) -> bool:
    """Whether all rows there can be are fetched at once."""
    return dataset.most is not None and dataset.most <= _SMALL


def _rows(frame: DataFrame, most: int) -> Iterator[Any]:
    if most <= _SMALL:
        return iter(frame.collect())
    return chain(frame.toLocalIterator(prefetchPartitions=True))


def _reject_lines(item: SetAside) -> DataFrame:
    """As `_reject_line`, made by Spark's tasks."""
    records = item.records()
    place = [F.lit(item.step).alias("step"), F.lit(item.function).alias("function")]
    check = ["check"] if "check" in records.columns else []
    whole = F.struct(*place, *check, "reason", "line")
    return records.select(F.to_json(whole, {"ignoreNullFields": "false"}).alias("row"))


def _reject_line(item: SetAside, row: Row) -> bytes:
    record = row.asDict()
    check = {"check": record["check"]} if "check" in record else {}
    value = {"step": item.step, "function": item.function, **check, "reason": row.reason, "line": row.line}
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def _sync(path: Path) -> None:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())
