"""Tables as CSV files in a folder."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from functions.arguments.storage_paths import WritePath
from functions.arguments.tables import Extension, FileTable
from functions.catalog import function
from functions.member_faults import each_made
from functions.storage.storage import Storage
from functions.workspace import Tables


@function
def store_tables(
    tables: Tables,
    names: Annotated[list[FileTable], Field(min_length=1)],
    folderpath: WritePath,
    extension: Extension = "csv",
    overwrite: bool = False,
    *,
    storage: Storage,
) -> None:
    """Write tables as `|`-separated CSV, each to `folderpath/table.extension`.

    Values that hold a `|`, a quote or a line end are quoted (RFC 4180); null is empty (in a table of one column
    quoted, so that no line is blank); there is no header. The columns are those of `json_to_list_for_tables`, else
    the fields in the order in which steps named them, then all others by name. The folder, with an empty file
    `_DONE` in it, appears whole, when the job is done. On S3 each name also holds the attempt that wrote the file
    (`table-<job>-<attempt>.extension`), and `_DONE` lists those that count.

    Args:
        names: The tables to write.
        folderpath: The folder to make: a plain path on the server, or `s3://bucket/key`.
        extension: The ending of the files, without the dot.
        overwrite: Whether a destination that exists is replaced; else it fails the job.

    Example:
        ["load_rdd", "examples/orders.jsonl"]
        ["jsonify"]
        ["split_into_tables", {
            "orders": {"fields": ["order_id", "paid", "customer"]},
            "sales": {"fields": ["order_id", "items"]}
        }]
        ["group_by_table", ["orders", "sales"]]
        ["store_tables", ["orders", "sales"], "data/tables"]
    """
    found = each_made(names, lambda name: tables.table(name, argument="names"), argument="names")
    wanted = {name: table.as_text for name, table in zip(names, found, strict=True)}
    storage.write_csv(wanted, folderpath, extension=extension, overwrite=overwrite)
