"""Reading lines of text."""

from __future__ import annotations

from typing import Literal

from pyspark.sql import functions as F

from functions.arguments.storage_paths import ReadPath
from functions.catalog import function
from functions.records.bad_records import MaxRejects
from functions.records.parsing import NOT_UTF8
from functions.records.rejects import Rejects
from functions.storage.storage import Storage
from functions.workspace import Lines


@function
def load_text(
    path: ReadPath,
    on_error: Literal["keep", "reject", "fail"] = "keep",
    max_rejects: MaxRejects = None,
    *,
    storage: Storage,
    rejects: Rejects,
) -> Lines:
    """Read text, one row a line, in the column `value`.

    A line ends with LF, CRLF or a CR alone; empty lines are rows too. A line whose bytes are not UTF-8 is at fault:
    unless said otherwise it stays as it is, byte for byte, and U+FFFD is shown for what is no character. A folder means
    the files directly in it, without those whose names begin with `_` or `.`. Files that end in `.gz`, `.bz2`, `.zst`
    or `.zstd` are unpacked. On S3 a folder that a job wrote means the files that its marker (`_SUCCESS`, `_DONE`)
    lists. What was current before is replaced. `load_rdd` does the same, and keeps all lines.

    Args:
        path: A file, a folder or a glob: a plain path on the server, or `s3://bucket/key`.
        on_error: What becomes of a line at fault: kept (`keep`), set aside (`reject`), or the end of the job (`fail`).
        max_rejects: How many lines may be set aside before the job fails: a count, or a share below 1; null: any
            number.

    Example:
        ["load_text", "examples/data/people.csv"]
    """
    lines = Lines.of_text(storage.text_input(path))
    if on_error == "keep":
        return lines
    is_utf8 = F.is_valid_utf8("value")
    if on_error == "reject":
        kept = rejects.set_aside(lines.frame, is_utf8, lambda: (F.make_valid_utf8("value"), NOT_UTF8), most=max_rejects)
        return Lines(kept)
    failed = F.when(~is_utf8, rejects.fault(F.lit(NOT_UTF8), F.col("value"))).cast("string")
    return Lines(lines.frame.where(F.coalesce(failed, F.lit("")) == ""))
