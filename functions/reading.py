"""Reading schema-free values: the text and the kind of each, worked out once.

Spark merges projections, and so repeats in each place what is used in several, unless something slow is used more
than once: then it leaves them apart. So what formatters and files look at is made in projections that build on one
another. Those parts that nobody looks at are never worked out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from functions.strings import WHITE_SPACE


@dataclass(frozen=True)
class Value:
    """A value as formatters see it; each part is NULL where there is no value."""

    #: Which of the values that were read.
    number: int

    @cached_property
    def variant(self) -> Column:
        """The value itself: VARIANT."""
        return self._part("variant")

    @cached_property
    def text(self) -> Column:
        """A string as it is, anything else in its JSON form."""
        return self._part("text")

    @cached_property
    def trimmed(self) -> Column:
        """The text without white space at its ends; it may be empty."""
        return self._part("trimmed")

    @cached_property
    def kind(self) -> Column:
        """Spark's type of it, such as STRING, BIGINT, DECIMAL(3,2), DOUBLE, BOOLEAN, OBJECT<…>, ARRAY<…>."""
        return self._part("kind")

    def _part(self, part: str) -> Column:
        return F.col(f"`read:{self.number}:{part}`")


def read(
    frame: DataFrame, columns: Mapping[str, Column], *, trimmed: bool = True
) -> tuple[DataFrame, dict[str, Value]]:
    """Reads some VARIANT columns.

    Args:
        frame: The rows.
        columns: The columns by name; SQL NULL means no value.
        trimmed: Whether the trimmed text is wanted; without it `Value.trimmed` must not be used.

    Returns:
        The frame with further columns, and what stands in them by name.
    """
    found = {name: Value(number) for number, name in enumerate(columns)}
    if found:
        frame = frame.withColumns({f"read:{found[name].number}:variant": column for name, column in columns.items()})
    for part in (_PLAIN, _TEXT, _TRIMMED) if trimmed else (_PLAIN, _TEXT):
        frame = frame.selectExpr("*", *[line.format(n=number) for number in range(len(columns)) for line in part])
    return frame, found


# As SQL, since each operation on a column is a round trip to the JVM. Nothing of a request stands in it: the names
# are numbers.
_PLAIN = (
    "try_variant_get(`read:{n}:variant`, '$', 'string') AS `read:{n}:plain`",
    "schema_of_variant(`read:{n}:variant`) AS `read:{n}:kind`",
)
# Spark drops the zeros of a decimal, so 12.0 would read 12 and look like an integer; the type still tells them apart,
# and `.0` is put back (up to 63 bits, beyond which integers are decimals too). Floats from 0.0001 up to
# 10 000 000 000 000 000 are written without an exponent, as Python does. Every number begins with a digit or a minus,
# which stand before the colon; so most else is passed by quickly.
_TEXT = (
    r"""
    CASE
        WHEN NOT `read:{n}:plain` < ':' THEN `read:{n}:plain`
        WHEN schema_of_variant(`read:{n}:variant`) LIKE 'DECIMAL%' AND NOT contains(`read:{n}:plain`, '.')
            AND try_cast(`read:{n}:plain` AS BIGINT) IS NOT NULL THEN `read:{n}:plain` || '.0'
        WHEN schema_of_variant(`read:{n}:variant`) = 'DOUBLE' AND contains(`read:{n}:plain`, 'E')
            AND abs(try_cast(`read:{n}:plain` AS DOUBLE)) BETWEEN 1e-4D AND 9999999999999998D
            THEN regexp_replace(try_cast(`read:{n}:plain` AS DECIMAL(38, 20)), r'(\.[0-9]+?)0+\z', r'$1')
        ELSE `read:{n}:plain`
    END AS `read:{n}:text`""",
)
_TRIMMED = ("trim(BOTH '" + WHITE_SPACE + "' FROM `read:{n}:text`) AS `read:{n}:trimmed`",)
