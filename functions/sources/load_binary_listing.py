"""Listing files."""

from __future__ import annotations

from typing import Literal

from functions.arguments.storage_paths import ReadPath
from functions.catalog import function
from functions.storage.storage import Storage
from functions.workspace import Rows


@function
def load_binary_listing(
    path: ReadPath, digest: Literal["sha256", "sha1", "md5"] | None = None, *, storage: Storage
) -> Rows:
    """List files, one row a file, without their bytes.

    The columns are `path` (string; `s3://…` on S3), `size` (bigint, bytes), `modified` (timestamp) and, where a digest
    is wanted, `digest` (string). A folder means all files below it, without those whose names begin with `_` or `.`.
    What was current before is replaced.

    Args:
        path: A file, a folder or a glob: a plain path on the server, or `s3://bucket/key`.
        digest: The hash function whose value of each file's content is told, in hexadecimal; that reads all bytes.
            Null: none is told.

    Example:
        ["load_binary_listing", "examples/data/*.csv", "sha256"]
    """
    found = storage.inventory(path, digest)
    return Rows(found if digest is not None else found.drop("digest"))
