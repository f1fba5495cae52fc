"""Brazilian voting sections."""

from __future__ import annotations

from pyspark.sql import Column

from functions import values
from functions.formatter import formatter


@formatter
def pretty_brazilian_voting_section(value: Column) -> Column:
    """Pad the digits of a voting section with zeros on the left, to 4.

    More digits stay as they are. Another character than the digits 0 to 9 gives null.

    Example:
        ["42", "0042"]
        [42, "0042"]
        ["00123", "00123"]
        ["1a", null]
    """
    return values.padded(value, 4).cast("variant")
