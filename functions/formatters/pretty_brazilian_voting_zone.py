"""Brazilian voting zones."""

from __future__ import annotations

from pyspark.sql import Column

from functions.schemaless import strings
from functions.schemaless.formatter import formatter
from functions.schemaless.reading import Value


@formatter
def pretty_brazilian_voting_zone(value: Value) -> Column:
    """Pad the digits of a voting zone with zeros on the left, to 3.

    More digits stay as they are. Another character than the digits 0 to 9 gives null.

    Example:
        ["7", "007"]
        [7, "007"]
        ["0012", "0012"]
        ["1a", null]
    """
    return strings.padded(value.trimmed, 3)
