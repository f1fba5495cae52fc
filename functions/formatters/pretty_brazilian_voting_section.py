"""Brazilian voting sections."""

from __future__ import annotations

from pyspark.sql import Column

from functions.schemaless import strings
from functions.schemaless.formatter import formatter
from functions.schemaless.reading import Value


@formatter
def pretty_brazilian_voting_section(value: Value) -> Column:
    """Pad the digits of a voting section with zeros on the left, to 4.

    More digits stay as they are. Another character than the digits 0 to 9 gives null.

    Example:
        ["42", "0042"]
        [42, "0042"]
        ["00123", "00123"]
        ["1a", null]
    """
    return strings.padded(value.trimmed, 4)
