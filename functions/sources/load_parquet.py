"""Reading Parquet files."""

from __future__ import annotations

from functions.catalog import function
from functions.check import ColumnNames, ReadPath
from functions.storage.storage import Storage
from functions.workspace import Rows


@function
def load_parquet(path: ReadPath, columns: ColumnNames | None = None, *, storage: Storage) -> Rows:
    """Read Parquet files, with the columns and types that they have.

    A folder means all files below it, where folders named `key=value` tell further columns (`bigint` where all values
    are integers, else text); names that begin with `_` or `.` are left out. The columns are those of the first file:
    what another file lacks is null there, and a file whose column has a type that does not fit fails the job. So does a
    file that is damaged or no Parquet: its records cannot be told from one another, so none can be set aside. What was
    current before is replaced.

    Args:
        path: A file, a folder or a glob: a plain path on the server, or `s3://bucket/key`.
        columns: The columns to keep, in this order; only these are read. Null: all.

    Example:
        ["load_parquet", "examples/data/people.parquet", ["name", "born"]]
    """
    return Rows(storage.read_parquet(path, columns=columns))
