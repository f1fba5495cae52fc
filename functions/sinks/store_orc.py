"""Storing rows as ORC."""

from __future__ import annotations

from typing import Literal

from pyspark.sql.types import DataType, VariantType

from functions.arguments.columns import ColumnNames
from functions.arguments.storage_paths import WritePath
from functions.catalog import function
from functions.storage.layout import Layout, Mode
from functions.storage.storage import Storage
from functions.workspace import Rows
from functions.writing import FileCount, check_partitions, check_types, in_files, is_interval, is_nothing


@function
def store_orc(
    rows: Rows,
    path: WritePath,
    mode: Mode = "error",
    files: FileCount = None,
    partition_by: ColumnNames | None = None,
    compression: Literal["zstd", "snappy", "zlib", "none"] = "zstd",
    *,
    storage: Storage,
) -> None:
    """Write rows as ORC files `part-00000.orc`, … in a folder.

    Types stay as they are, lengths of time and VARIANT being refused. The folder appears whole, when the job is
    done. On S3 each name also holds the attempt that wrote the file, and `_SUCCESS` lists those that count.

    Args:
        path: The folder to make: a plain path on the server, or `s3://bucket/key`.
        mode: What becomes of a destination that exists: `error` fails the job, `overwrite` replaces it, `append` adds
            files to it.
        files: How many files at most, 1 to 10,000; null: as many as Spark has partitions. Few files mean few tasks for
            the last part of the work; in a single one rows keep their order.
        partition_by: Columns whose values become folders `column=value`, in this order, and stand in no file. Empty
            text names no folder, and ends the job: there it would mean null.
        compression: How files are packed.

    Example:
        ["load_rows", [{"id": 1, "city": "Recife"}, {"id": 2, "city": "Olinda"}]]
        {"function": "store_orc", "path": "data/people-orc", "mode": "append", "partition_by": ["city"]}
    """
    names = check_partitions(rows, partition_by)
    check_types(rows, "ORC", _is_unfit, "cast it to another type, or drop it")
    layout = Layout("orc", "orc", {"compression": compression}, names)
    storage.write_files(in_files(rows.frame, files), path, layout, mode=mode)


def _is_unfit(kind: DataType) -> bool:
    return is_nothing(kind) or is_interval(kind) or isinstance(kind, VariantType)
