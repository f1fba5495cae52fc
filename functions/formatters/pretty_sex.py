"""One letter for a person's sex."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

from functions import values
from functions.formatter import formatter


@formatter
def pretty_sex(value: Column) -> Column:
    """Write masculino as M and feminino as F, in any case; anything else gives null.

    Example:
        ["Masculino", "M"]
        [" FEMININO ", "F"]
        ["m", null]
    """
    word = F.lower(values.trimmed(value))
    return F.when(word == "masculino", "M").when(word == "feminino", "F").cast("variant")
