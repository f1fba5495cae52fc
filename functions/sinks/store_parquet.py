"""Storing rows as Parquet."""

from __future__ import annotations

from typing import Literal

from functions.arguments.columns import ColumnNames
from functions.arguments.storage_paths import WritePath
from functions.catalog import function
from functions.storage.layout import Layout, Mode
from functions.storage.storage import Storage
from functions.workspace import Rows
from functions.writing import FileCount, check_partitions, check_types, in_files, is_interval, is_nothing


@function
def store_parquet(
    rows: Rows,
    path: WritePath,
    mode: Mode = "error",
    files: FileCount = None,
    partition_by: ColumnNames | None = None,
    compression: Literal["snappy", "zstd", "gzip", "none"] = "snappy",
    *,
    storage: Storage,
) -> None:
    """Write rows as Parquet files `part-00000.parquet`, … in a folder.

    Types stay as they are; lengths of time are refused. The folder appears whole, when the job is done. On S3 each
    name also holds the attempt that wrote the file, and `_SUCCESS` lists those that count.

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
        {"function": "store_parquet", "path": "data/people-parquet", "mode": "append", "partition_by": ["city"]}
    """
    names = check_partitions(rows, partition_by)
    check_types(
        rows, "Parquet", lambda kind: is_nothing(kind) or is_interval(kind), "cast it to another type, or drop it"
    )
    layout = Layout("parquet", "parquet", {"compression": compression}, names)
    storage.write_files(in_files(rows.frame, files), path, layout, mode=mode)
