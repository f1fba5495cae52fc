"""Reading lines of text."""

from __future__ import annotations

from functions.arguments.storage_paths import ReadPath
from functions.catalog import function
from functions.storage.storage import Storage
from functions.workspace import Lines


@function
def load_rdd(filepath: ReadPath, *, storage: Storage) -> Lines:
    """Read text, one row a line.

    A folder means the files directly in it, without those whose names begin with `_` or `.`. Files that end in
    `.gz`, `.bz2`, `.zst` or `.zstd` are unpacked. On S3 a folder that a job wrote means the files that its marker
    (`_SUCCESS`, `_DONE`) lists. What was current before is replaced.

    Args:
        filepath: A file, a folder or a glob: a plain path on the server, or `s3://bucket/key`.

    Example:
        ["load_rdd", "README.md"]
    """
    return Lines.of_text(storage.text_input(filepath))
