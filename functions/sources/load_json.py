"""Reading JSON."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from functions.arguments.storage_paths import ReadPath
from functions.arguments.types import JsonSchema
from functions.catalog import function
from functions.records.bad_records import MaxRejects, OnError
from functions.records.json_rows import typed
from functions.records.rejects import Rejects
from functions.storage.reading.json_array import ArrayCutter
from functions.storage.storage import Storage
from functions.workspace import Rows


@function
def load_json(
    path: ReadPath,
    schema: JsonSchema | None = None,
    form: Literal["lines", "array"] = "lines",
    sample_rows: Annotated[int, Field(ge=1)] | None = None,
    on_error: OnError = "reject",
    max_rejects: MaxRejects = None,
    *,
    storage: Storage,
    rejects: Rejects,
) -> Rows:
    """Read objects of JSON as rows, one an object, with typed columns.

    Without a schema the types are found in the values: what holds several types is `variant`, what holds nothing
    but null is text, and numbers with a point are `double`. That reads the data once more, unless `sample_rows`
    bounds it: then fields that only later objects have are left out, and values that do not fit are at fault. With
    a schema, fields that it does not name are left out, and those that an object has not are null. Of a key that
    stands twice the last value counts. A number too large for a `float` or `double` does not fit, and half a pair
    of surrogates, written as an escape, is not JSON. Empty lines are passed over. A folder means all files below
    it, where folders named `key=value` tell further columns; files that end in `.gz`, `.bz2`, `.zst` or `.zstd` are
    unpacked. What was current before is replaced.

    Args:
        path: A file, a folder or a glob: a plain path on the server, or `s3://bucket/key`.
        schema: The columns and their types, as DDL (`id INT, name STRING`) or an object (`{"id": "int"}`); null: those
            that the objects have.
        form: How the objects stand in a file: `lines`, one a line; or `array`, one array in each file (a single object
            is one row), read from its beginning by one task, each element at most 64 MiB.
        sample_rows: How many records the types are found in, where no schema is given; null: all.
        on_error: What becomes of a record that is no object of JSON, or does not fit the types: set aside (`reject`),
            kept with null for what does not fit (`null`), or the end of the job (`fail`). A file that holds no array at
            all, or is cut off within it, fails the job.
        max_rejects: How many records may be set aside before the job fails: a count, or a share below 1; null: any
            number.

    Example:
        ["load_json", "examples/data/orders.json", "id INT, customer STRING, total DECIMAL(10, 2)", "array"]
    """
    found = storage.read_records(path, ArrayCutter() if form == "array" else None)
    return typed(found.frame, schema, on_error, max_rejects, rejects=rejects, told=found.told, sample_rows=sample_rows)
