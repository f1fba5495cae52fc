"""Tables as CSV files in a bucket."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from functions.arguments.storage_paths import BucketName, KeyPath
from functions.arguments.tables import Extension, FileTable
from functions.catalog import function
from functions.member_faults import each_made
from functions.storage.storage import Storage
from functions.workspace import Tables


@function
def upload_tables(
    tables: Tables,
    table_names: Annotated[list[FileTable], Field(min_length=1)],
    bucket_name: BucketName,
    keypath: KeyPath,
    extension: Extension,
    *,
    storage: Storage,
) -> None:
    """Upload tables to S3 as `|`-separated CSV, each to `keypath/table.extension`.

    Values that hold a `|`, a quote or a line end are quoted (RFC 4180); null is empty (in a table of one column
    quoted, so that no line is blank); there is no header. The columns are those of `json_to_list_for_tables`, else
    the fields in the order in which steps named them, then all others by name. `keypath/_DONE` is written once,
    after every table is complete, and lists them. As the tables have fixed names, they are put one after the other
    when the job's work is done: look for `_DONE` before you read them. Where it exists already the job fails.

    Args:
        table_names: The tables to upload.
        bucket_name: The bucket.
        keypath: The key under which the files lie, such as `exports/2024`.
        extension: The ending of the files, without the dot.

    Example:
        ["load_rdd", "examples/orders.jsonl"]
        ["jsonify"]
        ["split_into_tables", {
            "orders": {"fields": ["order_id", "paid", "customer"]},
            "sales": {"fields": ["order_id", "items"]}
        }]
        ["group_by_table", ["orders", "sales"]]
        ["upload_tables", ["orders", "sales"], "my-bucket", "exports/2024", "csv"]
    """
    found = each_made(table_names, lambda name: tables.table(name, argument="table_names"), argument="table_names")
    wanted = {name: table.as_text for name, table in zip(table_names, found, strict=True)}
    storage.write_csv(wanted, f"s3://{bucket_name}/{keypath.strip('/')}", extension=extension, fixed=True)
