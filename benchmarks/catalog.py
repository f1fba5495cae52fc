"""Each function of the catalog against the same work written by hand in PySpark, in one warm driver.

    python -m benchmarks.catalog [ROWS [ROUNDS]] [FUNCTION…]

For each function both ways first run once with their rows compared: column names and types, the number of rows, and
the sum of a hash over all columns, whatever their order. Where these differ nothing is timed. Then they run by turns,
ROUNDS times at most, three times at least; the ratio is the median of the pairs. The input is made once, as Parquet
files in the page cache, and has just the columns that the function needs; Spark still has to decode it, and how long
that takes is told beside. The rows go nowhere (`noop`), those of sinks to a folder.

In the time of ours: the check of the steps, their planning, Spark's planning, the work, the counting of rejects, and
for sinks the checksums, the syncing and the publication. In that of the hand-written way: its planning, the work, and
counting where the step sets bad records aside. Not in either: the schema of the input, HTTP, the queue, the start of
Spark.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DataType, MapType, StructType, VariantType

from benchmarks.direct import Direct
from benchmarks.peers import columns, control, objects, relations, results, rows, sinks, sources, texts
from benchmarks.peers.inputs import Inputs
from benchmarks.peers.machinery import Machinery, by_hand, cleared, nowhere, parsed
from benchmarks.peers.pair import Given, Pair
from functions import catalog

MODULES = (sources, texts, columns, rows, relations, objects, results, control, sinks)
PAIRS: list[Pair] = [pair for module in MODULES for pair in module.PAIRS]
#: Functions that nothing written by hand can be put beside, and why.
WITHOUT_PEER = {
    "load_batch": "reads outputs of this project's batches, which lie in files of a form of their own",
    "map_webhook": "calls a webhook for each row: `make bench-webhooks` puts that beside a loop over aiohttp",
    "schema": "reads no rows: by hand the columns are an attribute of the frame, which costs nothing",
    "upload_tables": "is store_tables with S3 behind it: `make bench-s3_local` measures the way there",
}
#: What a ratio should not exceed.
AIM = 1.05
#: About how long one pair may take in all its rounds, seconds.
_BUDGET = 7.0
_FEWEST = 3


@dataclass(frozen=True)
class Figures:
    """What was measured of a pair: milliseconds, round by round."""

    pair: Pair
    ours: list[float]
    hand: list[float]
    reading: float | None

    @property
    def ratios(self) -> list[float]:
        """Ours to the hand-written way, of runs that stood side by side."""
        return [mine / theirs for mine, theirs in zip(self.ours, self.hand, strict=True)]

    @property
    def ratio(self) -> float:
        """The median."""
        return statistics.median(self.ratios)

    def row(self) -> str:
        """A line of the table."""
        mark = "**" if self.ratio > AIM else ""
        reading = f"{self.reading:.0f}" if self.reading is not None else ""
        spread = f"{min(self.ratios):.2f} to {max(self.ratios):.2f}, n={len(self.ours)}"
        ours, hand = f"{statistics.median(self.ours):.0f}", f"{statistics.median(self.hand):.0f}"
        cells = (self.pair.name, ours, hand, reading, f"{mark}{self.ratio:.2f}{mark}", spread, self.pair.more)
        return f"| {' | '.join(cells)} |"


class Comparison:
    """Both ways of every pair, on one driver."""

    def __init__(self, direct: Direct, folder: Path, count: int) -> None:
        session = direct.engine.session()
        self._machinery = Machinery(direct, Inputs(session, folder / "inputs", count), session)
        self._folder = folder
        self._reading: dict[tuple[str, ...], float] = {}

    def measure(self, pair: Pair, rounds: int) -> Figures:
        """Compares, and then times.

        Raises:
            SystemExit: When the two ways do not give the same.
        """
        given = self._machinery.given(pair, self._folder / "out")
        self._compare(pair, given)
        ours: list[float] = []
        hand: list[float] = []
        # The first round warms up, and tells how many more there is time for.
        spent = sum(self._round(pair, given)) / 1000
        for _ in range(max(_FEWEST, min(rounds, int(_BUDGET / spent)))):
            mine, theirs = self._round(pair, given)
            ours.append(mine)
            hand.append(theirs)
        return Figures(pair, ours, hand, self._time_of_reading(pair, given))

    def _round(self, pair: Pair, given: Given) -> tuple[float, float]:
        ours = self._timed(lambda: self._machinery.run(pair, given), given)
        return ours, self._timed(lambda: by_hand(pair, given), given)

    def _timed(self, work: Any, given: Given) -> float:
        began = time.perf_counter()
        work()
        spent = (time.perf_counter() - began) * 1000
        cleared(given)
        return spent

    def _time_of_reading(self, pair: Pair, given: Given) -> float | None:
        if not pair.rows:
            return None
        key = (pair.rows, *pair.columns)
        if key not in self._reading:
            self._reading[key] = min(self._timed(lambda: nowhere(given.rows), given) for _ in range(_FEWEST))
        return self._reading[key]

    def _compare(self, pair: Pair, given: Given) -> None:
        def seen(frame: DataFrame) -> tuple[Any, ...]:
            return checksum(frame if pair.compared is None else frame.select(*pair.compared))

        found = []
        for run in (self._machinery.run, by_hand):
            made = run(pair, given, seen)
            if pair.read is not None:
                made = seen(pair.read(given.session, f"file://{given.target}"))
            cleared(given)
            found.append(parsed(made) if isinstance(made, list) else made)
        if found[0] != found[1]:
            raise SystemExit(f"{pair.name}: the two ways differ: {str(found[0])[:2000]} and {str(found[1])[:2000]}")


def checksum(frame: DataFrame) -> tuple[Any, ...]:
    """What tells rows from others, whatever their order: names, types, how many, and the sum of their hashes."""
    columns = [_hashable(F.col(f"`{name}`"), frame.schema[name].dataType) for name in frame.columns]
    hashed = F.xxhash64(F.lit(0), *columns)
    found = frame.agg(F.count(F.lit(1)), F.sum(hashed.cast("decimal(38,0)"))).collect()[0]
    return tuple(frame.dtypes), *found


def _hashable(column: Any, kind: DataType) -> Any:
    return F.to_json(column) if isinstance(kind, ArrayType | MapType | StructType | VariantType) else column


def missing(names: Iterable[str]) -> list[str]:
    """Which functions have neither a pair nor a reason why there is none; or both."""
    paired = {pair.function for pair in PAIRS}
    return sorted({name for name in names if (name in paired) == (name in WITHOUT_PEER)})


def _wanted(arguments: list[str]) -> Iterator[Pair]:
    names = [name for name in arguments if not name.isdigit()]
    unknown = [name for name in names if name not in {pair.function for pair in PAIRS}]
    if unknown:
        raise SystemExit(f"there is no pair for {', '.join(unknown)}")
    return (pair for pair in PAIRS if not names or pair.function in names)


def main(arguments: list[str]) -> None:
    """Measures, and prints a table."""
    if lacking := missing([function.name for function in catalog.load()]):
        raise SystemExit(f"neither a peer nor a reason why there is none, or both: {', '.join(lacking)}")
    numbers = [int(argument) for argument in arguments if argument.isdigit()]
    count, rounds = (numbers + [1_000_000, 9][len(numbers) :])[:2]
    with tempfile.TemporaryDirectory() as name, Direct(Path(name)) as direct:
        comparison = Comparison(direct, Path(name), count)
        print(f"{count:,} rows; milliseconds, medians of rounds by turns\n")
        print("| function | ours | by hand | of which reading | ratio | least to greatest | what ours does more |")
        print("|---|---|---|---|---|---|---|", flush=True)
        found = []
        for pair in _wanted(arguments):
            found.append(comparison.measure(pair, rounds))
            print(found[-1].row(), flush=True)
        above = [figures.pair.name for figures in found if figures.ratio > AIM]
        print(f"\n{len(found) - len(above)} of {len(found)} at or below {AIM}; above: {', '.join(above) or 'none'}")
        for function, why in WITHOUT_PEER.items():
            print(f"- `{function}` has no peer: it {why}.")


if __name__ == "__main__":
    main(sys.argv[1:])
