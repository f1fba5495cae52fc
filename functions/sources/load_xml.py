"""Reading XML."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from functions.arguments.storage_paths import ReadPath
from functions.arguments.types import Schema
from functions.catalog import function
from functions.records.bad_records import MaxRejects, OnError
from functions.records.rejects import Rejects
from functions.records.xml_rows import typed
from functions.storage.storage import Storage
from functions.workspace import Rows


@function
def load_xml(
    path: ReadPath,
    row_tag: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_.:-]*$", max_length=255)],
    schema: Schema | None = None,
    attribute_prefix: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_@]+$", max_length=20)] = "_",
    sample_rows: Annotated[int, Field(ge=1, le=10_000)] = 1000,
    on_error: OnError = "reject",
    max_rejects: MaxRejects = None,
    *,
    storage: Storage,
    rejects: Rejects,
) -> Rows:
    """Read the elements of one name in XML as rows, with typed columns.

    Columns are the elements within (structs where they have some of their own), the attributes, named with the
    prefix (`_id`), and `_VALUE`, the text beside them. An element that a record repeats needs the type `array<…>`;
    with another type its last value counts. A number too large for a `float` or `double` does not fit. Without a
    schema the types are found in the first records by their values. An element of the same name inside of another
    is part of that; so one that is never closed is at fault together with all that follows it in its file.
    Documents are cut into records as text and no entity is ever expanded or fetched: a file that declares entities
    fails the job, and so does one that is not UTF-8. A folder means all files below it, where folders named
    `key=value` tell further columns; files that end in `.gz`, `.bz2`, `.zst` or `.zstd` are unpacked. One task
    reads a file, each record at most 64 MiB. What was current before is replaced.

    Args:
        path: A file, a folder or a glob: a plain path on the server, or `s3://bucket/key`.
        row_tag: The name of the elements, with its prefix where it has one.
        schema: The columns and their types, as DDL (`id INT, name STRING`) or an object (`{"id": "int"}`); null: found
            in the first records.
        attribute_prefix: What the names of attributes' columns begin with.
        sample_rows: How many records of the first file the types are found in, where no schema is given.
        on_error: What becomes of a record that is not well-formed, or does not fit the types: set aside (`reject`),
            kept with null for what does not fit (`null`), or the end of the job (`fail`).
        max_rejects: How many records may be set aside before the job fails: a count, or a share below 1; null: any
            number.

    Example:
        ["load_xml", "examples/data/events.xml", "event", "_id INT, kind STRING, at TIMESTAMP"]
    """
    return typed(
        storage,
        path,
        row_tag,
        schema=schema,
        attribute_prefix=attribute_prefix,
        sample_rows=sample_rows,
        on_error=on_error,
        max_rejects=max_rejects,
        rejects=rejects,
    )
