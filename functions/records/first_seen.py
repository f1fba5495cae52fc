"""The few records at fault that are kept while the data passes, since most jobs have no more of them.

Otherwise one bad line would have everything read once more, and parsed, to tell which it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

#: What an observation calls them.
NAME = "first_seen"
#: So many are kept of a step; where there are more, all are read again.
MOST = 2000
#: Bytes of the longest that is kept. With `MOST` it bounds what a task tells the driver beside its work: 2 MB.
_LONGEST = 1000


@dataclass(frozen=True)
class FirstSeen:
    """What is kept of records at fault."""

    #: Of a record: a binary, or a struct of what its reader is told.
    kept: Column
    #: How many bytes that is, about.
    size: Column
    #: Makes what readers are told (`line`, `reason`) of what was kept; None: it is that already.
    told: Callable[[Sequence[Any]], DataFrame] | None = None

    def watched(self, frame: DataFrame, is_kept: Column) -> tuple[DataFrame, Column, tuple[str, str]]:
        """The frame with two more columns, the aggregate that keeps the first at fault, in order, and the two names.

        Args:
            frame: The records.
            is_kept: False for those at fault; never NULL.
        """
        # As columns of their own, since Spark generates code for those; what an aggregate of an observation is made of
        # it would interpret, for every record. The number counts just the records at fault, of a task in its lower
        # bits; so those that will not be kept are not made ready for it.
        place, kept = f"place:{uuid4().hex}", f"kept:{uuid4().hex}"
        numbered = frame.withColumn(place, F.when(~is_kept, F.monotonically_increasing_id()))
        is_early = F.col(place).bitwiseAND(F.lit((1 << 33) - 1)) < MOST
        # One condition within the other, not both with AND: what stands twice Spark works out once and before, for
        # every record, unless all places but one are in branches.
        wide = numbered.withColumn(kept, F.when(is_early, F.when(self.size <= _LONGEST, self.kept)))
        return wide, F.min_by(F.col(kept), F.col(place), MOST).alias(NAME), (place, kept)

    def rows(self, seen: Sequence[Any], count: int) -> Sequence[Row] | None:
        """What readers are told of the records.

        Args:
            seen: What was kept.
            count: How many records are at fault; None is given unless all of them were kept.
        """
        if len(seen) != count or None in seen:
            return None
        return seen if self.told is None else self.told(seen).collect()
