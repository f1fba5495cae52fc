"""Storing rows as CSV."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints
from pyspark.sql.types import BinaryType

from functions.arguments.columns import ColumnNames
from functions.arguments.storage_paths import WritePath
from functions.catalog import function
from functions.constants import JSON_TIMES
from functions.storage.layout import Layout, Mode
from functions.storage.storage import Storage
from functions.workspace import Rows
from functions.writing import FileCount, check_partitions, check_types, in_files, is_nested, is_nothing

_ENDINGS = {"none": "csv", "gzip": "csv.gz", "bzip2": "csv.bz2"}
_HINT = "to_json_column makes text of it, cast another type, drop leaves it out"


@function
def store_csv(
    rows: Rows,
    path: WritePath,
    mode: Mode = "error",
    files: FileCount = None,
    header: bool = True,
    separator: Annotated[str, StringConstraints(pattern=r'^[^"\\\r\n\x00]$')] = ",",
    partition_by: ColumnNames | None = None,
    compression: Literal["none", "gzip", "bzip2"] = "none",
    *,
    storage: Storage,
) -> None:
    """Write rows as CSV files `part-00000.csv`, … in a folder.

    Values that hold a separator, a quote or a line end are quoted, and quotes in them doubled (RFC 4180). Null is
    empty, empty text is `""`. Dates and times are written as ISO 8601. Columns of lists, objects, binary data or
    VARIANT are refused. The folder appears whole, when the job is done. On S3 each name also holds the attempt that
    wrote the file, and `_SUCCESS` lists those that count.

    Args:
        path: The folder to make: a plain path on the server, or `s3://bucket/key`.
        mode: What becomes of a destination that exists: `error` fails the job, `overwrite` replaces it, `append` adds
            files to it.
        files: How many files at most, 1 to 10,000; null: as many as Spark has partitions. Few files mean few tasks for
            the last part of the work; in a single one rows keep their order.
        header: Whether each file begins with the names of the columns.
        separator: The character between values.
        partition_by: Columns whose values become folders `column=value`, in this order, and stand in no file. Empty
            text names no folder, and ends the job: there it would mean null.
        compression: How files are packed.

    Example:
        ["load_rows", [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bob"}]]
        ["store_csv", "data/people-csv", "overwrite", 1]
    """
    names = check_partitions(rows, partition_by)
    check_types(rows, "CSV", lambda kind: is_nested(kind) or is_nothing(kind) or kind == BinaryType(), _HINT)
    options = {
        "header": str(header).lower(),
        "sep": separator,
        "escape": '"',
        "compression": compression,
        # Spark would trim what it writes.
        "ignoreLeadingWhiteSpace": "false",
        "ignoreTrailingWhiteSpace": "false",
        **JSON_TIMES,
    }
    layout = Layout("csv", _ENDINGS[compression], options, names)
    storage.write_files(in_files(rows.frame, files), path, layout, mode=mode)
