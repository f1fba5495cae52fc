"""Storing the current frame as JSON lines."""

from __future__ import annotations

from typing import Literal

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import CalendarIntervalType

from functions.arguments.columns import ColumnNames
from functions.arguments.storage_paths import WritePath
from functions.catalog import function
from functions.constants import JSON_TIMES
from functions.errors import StepFailed
from functions.json_text import is_writable
from functions.storage.layout import Layout, Mode
from functions.storage.storage import Storage
from functions.workspace import Frame, Lines, Objects, Rows, quoted, unused_name
from functions.writing import FileCount, check_partitions, in_files, parts_of

_ENDINGS = {"none": "json", "gzip": "json.gz", "bzip2": "json.bz2"}


@function
def store_json(
    frame: Frame,
    path: WritePath,
    mode: Mode = "error",
    files: FileCount = None,
    partition_by: ColumnNames | None = None,
    compression: Literal["none", "gzip", "bzip2"] = "none",
    *,
    storage: Storage,
) -> None:
    """Write the current frame as files `part-00000.json`, … in a folder, one JSON value a line.

    Rows become objects with all columns, null where a row has no value; lines become JSON strings. The folder appears
    whole, when the job is done. On S3 each name also holds the attempt that wrote the file, and `_SUCCESS` lists
    those that count.

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
        {"function": "store_json", "path": "data/people-json", "partition_by": ["city"]}
    """
    names = _partitions(frame, partition_by)
    if isinstance(frame, Rows) and _is_for_spark(frame):
        found, form = frame.frame, "json"
    else:
        found, form = _as_text(frame, names), "text"
    options = {"compression": compression, **({"ignoreNullFields": "false", **JSON_TIMES} if form == "json" else {})}
    layout = Layout(form, _ENDINGS[compression], options, names)
    storage.write_files(in_files(found, files), path, layout, mode=mode)


def _is_for_spark(rows: Rows) -> bool:
    """Whether Spark's writer of JSON takes rows: it saves a text for each, but takes no interval of months and days.

    Maps whose keys it would not show as they are go another way, too.
    """
    own = [rows.type_of(name) for name in rows.columns]
    is_interval = any(isinstance(part, CalendarIntervalType) for kind in own for part in parts_of(kind))
    return not isinstance(rows, Lines) and bool(own) and not is_interval and all(map(is_writable, own))


def _as_text(frame: Frame, names: tuple[str, ...]) -> DataFrame:
    """A column of JSON texts, and beside it those whose values name folders."""
    inner = frame
    if isinstance(frame, Rows) and not isinstance(frame, Lines) and names:
        inner = Rows(frame.frame.select(*[F.col(quoted(name)) for name in frame.columns if name not in names]))
    return frame.frame.select(inner.json().alias(unused_name(names, "value")), *[F.col(quoted(name)) for name in names])


def _partitions(frame: Frame, columns: list[str] | None) -> tuple[str, ...]:
    if columns and (not isinstance(frame, Rows) or isinstance(frame, Lines)):
        kind = "objects" if isinstance(frame, Objects) else "lines"
        raise StepFailed(f"{kind} have no columns to partition by", argument="partition_by", hint="leave it out")
    return check_partitions(frame, columns) if isinstance(frame, Rows) else ()
