"""Storing the current frame as text."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from functions.arguments.storage_paths import WritePath
from functions.catalog import function
from functions.storage.storage import Storage
from functions.workspace import Frame


@function
def store_rdd(
    frame: Frame,
    filepath: WritePath,
    num_partitions: Annotated[int, Field(ge=1, le=10_000)] = 1,
    overwrite: bool = False,
    *,
    storage: Storage,
) -> None:
    """Write the current frame as text files `part-00000`, `part-00001`, … in a folder.

    Lines are written as they are, objects as one line of JSON each: the same values, though not always the same
    characters, since keys are put in order and 5.0 is written 5. The folder appears whole, when the job is done. On
    S3 each name also holds the attempt that wrote the file (`part-00000-<job>-<attempt>`), and `_SUCCESS` lists
    those that count.

    Args:
        filepath: The folder to make: a plain path on the server, or `s3://bucket/key`.
        num_partitions: How many files, 1 to 10,000.
        overwrite: Whether a destination that exists is replaced; else it fails the job.

    Example:
        ["load_rdd", "README.md"]
        ["store_rdd", "data/copy", 2]
    """
    rows = frame.frame.select(frame.text().alias("value"))
    storage.write_text(rows, filepath, files=num_partitions, overwrite=overwrite)
