"""One letter for a person's sex."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

from functions.schemaless.formatter import formatter
from functions.schemaless.reading import Value


@formatter
def pretty_sex(value: Value) -> Column:
    """Write masculino as M and feminino as F, in any case; anything else gives null.

    Example:
        ["Masculino", "M"]
        [" FEMININO ", "F"]
        ["m", null]
    """
    word = F.lower(value.trimmed)
    return F.when(word == "masculino", "M").when(word == "feminino", "F")
