"""Reading lines of text."""

from __future__ import annotations

from functions.catalog import function
from functions.check import ReadPath
from functions.storage.storage import Storage
from functions.workspace import Lines


@function
def load_text(path: ReadPath, *, storage: Storage) -> Lines:
    """Read text, one row a line, in the column `value`.

    A line ends with LF, CRLF or a CR alone; empty lines are rows too. A folder means the files directly in it, without
    those whose names begin with `_` or `.`. Files that end in `.gz`, `.bz2`, `.zst` or `.zstd` are unpacked. On S3 a
    folder that a job wrote means the files that its marker (`_SUCCESS`, `_DONE`) lists. What was current before is
    replaced. `load_rdd` does the same.

    Args:
        path: A file, a folder or a glob: a plain path on the server, or `s3://bucket/key`.

    Example:
        ["load_text", "examples/data/people.csv"]
    """
    return Lines.of_text(storage.text_input(path))
