"""Folders named for the values of columns, `column=value`: which values name one that can be read again."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StringType

from functions.records.rejects import FAULT

#: What Hive, and so Spark, writes for null.
NULL = "__HIVE_DEFAULT_PARTITION__"
#: Most bytes of the name of a folder.
_LONGEST = 255
#: Each is written with three characters, `%2F` for a slash.
_ESCAPED = "[\x01-\x1f\x7f\"#%'*/:=?\\\\{\\[\\]^]"


def readable(frame: DataFrame, columns: Sequence[str], step: int) -> DataFrame:
    """The same rows; a value that names no folder, or one that would be read as another value, fails the job.

    Args:
        frame: The rows.
        columns: The columns whose values name folders.
        step: The place of the step that writes, for the message.
    """
    for name in columns:
        if isinstance(frame.schema[name].dataType, StringType):
            value = F.col("`" + name.replace("`", "``") + "`")
            fault = F.raise_error(
                F.concat(F.lit(f"{FAULT}{step}: the column `{name[:100]}` holds "), _fault(name, value))
            )
            frame = frame.withColumn(
                name, F.when(_fault(name, value).isNotNull(), fault.cast("string")).otherwise(value)
            )
    return frame


def empty(columns: Sequence[str]) -> str:
    """The folder of rows in which all of some columns are null, below the one that holds all."""
    return "/".join(f"{_escaped(name)}={NULL}" for name in columns)


def _fault(name: str, value: Column) -> Column:
    """What is wrong with a value, NULL where nothing is."""
    most = _LONGEST - len(f"{_escaped(name)}=".encode())
    size = F.octet_length(value) + 2 * (F.length(value) - F.length(F.regexp_replace(value, _ESCAPED, "")))
    is_long = (F.octet_length(value) > max(0, most) // 3) & (size > most)
    return (
        F.when(value == "", "empty text, which as the name of a folder means null: replace_values changes it")
        .when(value == NULL, f"the text `{NULL}`, which as the name of a folder means null: replace_values changes it")
        .when(value.contains("\0"), "a NUL, which no name of a folder can hold: regex_replace takes it out")
        .when(is_long, F.concat(F.lit("a value too long for the name of a folder: "), F.left(value, F.lit(100))))
    )


def _escaped(name: str) -> str:
    return re.sub(_ESCAPED, lambda found: f"%{ord(found[0]):02X}", name)
