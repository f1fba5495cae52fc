"""Storing the current frame as text."""

from __future__ import annotations

from typing import Literal

from functions.arguments.storage_paths import WritePath
from functions.catalog import function
from functions.storage.layout import Layout, Mode
from functions.storage.storage import Storage
from functions.workspace import Frame
from functions.writing import FileCount, in_files

_ENDINGS = {"none": "txt", "gzip": "txt.gz", "bzip2": "txt.bz2"}


@function
def store_text(
    frame: Frame,
    path: WritePath,
    mode: Mode = "error",
    files: FileCount = None,
    compression: Literal["none", "gzip", "bzip2"] = "none",
    *,
    storage: Storage,
) -> None:
    """Write the current frame as text files `part-00000.txt`, … in a folder, one line a row.

    Lines are written as they are, objects and rows as JSON. The folder appears whole, when the job is done. On S3
    each name also holds the attempt that wrote the file, and `_SUCCESS` lists those that count.

    Args:
        path: The folder to make: a plain path on the server, or `s3://bucket/key`.
        mode: What becomes of a destination that exists: `error` fails the job, `overwrite` replaces it, `append` adds
            files to it.
        files: How many files at most, 1 to 10,000; null: as many as Spark has partitions. Few files mean few tasks for
            the last part of the work; in a single one rows keep their order.
        compression: How files are packed.

    Example:
        ["load_rdd", "README.md"]
        ["store_text", "data/lines", "overwrite", 1, "gzip"]
    """
    lines = in_files(frame.frame.select(frame.text().alias("value")), files)
    layout = Layout("text", _ENDINGS[compression], {"compression": compression})
    storage.write_files(lines, path, layout, mode=mode)
