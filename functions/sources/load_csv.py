"""Reading CSV."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from functions.arguments.columns import ColumnNames
from functions.arguments.storage_paths import ReadPath
from functions.arguments.types import Schema
from functions.catalog import function
from functions.check import refuse
from functions.records.bad_records import MaxRejects, OnError
from functions.records.csv_rows import Form, typed
from functions.records.rejects import Rejects
from functions.storage.storage import Storage
from functions.workspace import Rows


def _mark(text: str) -> str:
    if not (text.isprintable() or text == "\t") or not text.isascii():
        raise refuse("bad_mark", "must be one printable ASCII character or a tab")
    return text


_Mark = Annotated[str, StringConstraints(min_length=1, max_length=1), AfterValidator(_mark)]


@function
def load_csv(
    path: ReadPath,
    schema: Schema | None = None,
    columns: ColumnNames | None = None,
    separator: _Mark = ",",
    header: bool = True,
    quote: _Mark = '"',
    escape: _Mark = '"',
    null_value: Annotated[str, StringConstraints(max_length=100)] = "",
    multiline: bool = False,
    sample_rows: Annotated[int, Field(ge=1, le=100_000)] = 1000,
    on_error: OnError = "reject",
    max_rejects: MaxRejects = None,
    *,
    storage: Storage,
    rejects: Rejects,
) -> Rows:
    """Read CSV as rows with typed columns.

    Without a schema the types are found in the first records, by their values alone: `boolean` (true, false),
    `bigint` and `double` (without zeros in front, so that codes such as 007 stay text), `date` (2024-01-31),
    `timestamp` (2024-01-31T10:00:00, with a space, fraction or zone); else `string`, as where there is no value. A
    later value that is not of its column's type is at fault, never silently null; a number too large for a `float`
    or `double` is, too, while `Infinity` and `NaN` are values. So is a record with another number of values than
    the columns, an odd number of quotes, or bytes that are not UTF-8. Values are taken with the white space around
    them. Empty lines are passed over, and a byte order mark at the beginning of a file is left out. A folder means
    all files below it, where folders named `key=value` tell further columns; files that end in `.gz`, `.bz2`,
    `.zst` or `.zstd` are unpacked. What was current before is replaced.

    Args:
        path: A file, a folder or a glob: a plain path on the server, or `s3://bucket/key`.
        schema: The columns and their types, as DDL (`id INT, name STRING`) or an object (`{"id": "int"}`): with a
            header, those of its columns to keep, in any order; without one, all columns in theirs. Null: found in the
            values.
        columns: The columns to keep, in this order; the values of others are not looked at. Null: all.
        separator: What stands between values.
        header: Whether the first record of each file names the columns, the same in all; else they are `column1`, ….
        quote: What stands around values that hold separators, quotes or line ends.
        escape: What stands before a quote within quotes: the quote itself, or another character such as a backslash.
        null_value: Text that means null, beside the empty value.
        multiline: Whether values in quotes may hold line ends (which become LF); then one task reads a file.
        sample_rows: How many records of the first file the types are found in, where no schema is given.
        on_error: What becomes of a record at fault: set aside (`reject`), kept with null for what does not fit
            (`null`), or the end of the job (`fail`).
        max_rejects: How many records may be set aside before the job fails: a count, or a share below 1; null: any
            number.

    Example:
        ["load_csv", "examples/data/people.csv", "id INT, name STRING, born DATE"]
    """
    form = Form(separator, quote, escape, multiline, header, null_value)
    return typed(
        storage,
        path,
        form,
        schema=schema,
        columns=columns,
        sample_rows=sample_rows,
        on_error=on_error,
        max_rejects=max_rejects,
        rejects=rejects,
    )
