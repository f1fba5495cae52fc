"""Reading Parquet files."""

from __future__ import annotations

from pyspark.sql import SparkSession

from functions.arguments.columns import ColumnNames
from functions.arguments.storage_paths import ReadPath
from functions.arguments.types import Schema
from functions.catalog import function
from functions.records.bad_records import MaxRejects, OnError
from functions.records.fitting import typed
from functions.records.rejects import Rejects
from functions.storage.storage import Storage
from functions.workspace import Rows


@function
def load_parquet(
    path: ReadPath,
    columns: ColumnNames | None = None,
    schema: Schema | None = None,
    on_error: OnError = "reject",
    max_rejects: MaxRejects = None,
    *,
    storage: Storage,
    session: SparkSession,
    rejects: Rejects,
) -> Rows:
    """Read Parquet files, with the columns and types that they have, or that a schema wants.

    A folder means all files below it, where folders named `key=value` tell further columns (`bigint` where all
    values are integers, else text); names that begin with `_` or `.` are left out. The columns are those of the
    first file: what another file lacks is null there, and a file whose column has a type that does not fit fails
    the job. So does a file with two wanted columns of one name, and one that is damaged or no Parquet: its records
    cannot be told from one another, so none can be set aside. On the disk all such files are told before anything
    is read, unless they lie in folders `key=value`. Files without bytes are passed over. `variant` is read from files
    on the disk that lie in no folders `key=value` and hold no times of nanoseconds, as pandas writes them: these are
    read as microseconds, and the digits below are cut (before 1970 towards the later time).

    With a schema, numbers become other numbers, dates and times one another, text any plain type and any plain type
    text. A value that the type cannot hold as it is, such as 300 as a `tinyint`, 1.5 as an `int` or noon as a `date`,
    is at fault; only `float` rounds. Of structs the fields that the schema names are kept, and what is in structs,
    lists and maps becomes wider types alone. Other changes of type are refused before anything is read. What was
    current before is replaced.

    Args:
        path: A file, a folder or a glob: a plain path on the server, or `s3://bucket/key`.
        columns: The columns to keep, in this order; only these are read. Null: all, or those of the schema.
        schema: The columns to keep, in this order, and their types, as DDL (`id INT, name STRING`) or an object
            (`{"id": "int"}`); columns that only folders tell follow. Null: those of the files.
        on_error: What becomes of a row with a value that the schema's type cannot hold: set aside (`reject`), kept with
            null in its place (`null`), or the end of the job (`fail`).
        max_rejects: How many rows may be set aside before the job fails: a count, or a share below 1; null: any number.

    Example:
        ["load_parquet", "examples/data/people.parquet", ["name", "born"]]
    """
    return typed(
        lambda wanted, types: storage.read_parquet(path, columns=wanted, schema=types),
        columns,
        schema,
        on_error,
        max_rejects,
        session=session,
        rejects=rejects,
    )
