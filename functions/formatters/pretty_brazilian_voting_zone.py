"""Brazilian voting zones."""

from __future__ import annotations

from pyspark.sql import Column

from functions import values
from functions.formatter import formatter


@formatter
def pretty_brazilian_voting_zone(value: Column) -> Column:
    """Pad the digits of a voting zone with zeros on the left, to 3.

    More digits stay as they are. Another character than the digits 0 to 9 gives null.

    Example:
        ["7", "007"]
        [7, "007"]
        ["0012", "0012"]
        ["1a", null]
    """
    return values.padded(value, 3).cast("variant")
