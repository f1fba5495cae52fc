"""Hashes of the values of columns."""

from __future__ import annotations

from typing import Literal

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, BinaryType, MapType, StructType, VariantType

from functions.arguments.column_types import PLAIN, parts
from functions.arguments.columns import ColumnName
from functions.arguments.targets import AnyColumns, placed
from functions.catalog import function
from functions.constants import JSON_TIMES
from functions.errors import StepFailed
from functions.member_faults import each_made
from functions.names import shown_type
from functions.workspace import Rows


@function
def hash_columns(
    rows: Rows,
    columns: AnyColumns,
    to: ColumnName,
    algorithm: Literal["sha256", "sha1", "md5", "xxhash64"] = "sha256",
) -> Rows:
    """Make one hash of the values of columns, the same wherever the values are the same.

    What is hashed is the UTF-8 text of each value behind its length in characters and a colon, one after the other, and
    `-` for null: `("a", "bc")` is `1:a2:bc`. So no two rows of different texts share what is hashed, null and empty
    text differ, and other programs can work it out, too. Numbers, dates and times (in UTC) are written as text, binary
    data in hexadecimal, lists and structs as JSON, with times to the microsecond. The number 1 and the text `1` are the
    same; maps have no order, and are refused. A hash hides nothing that can be guessed, such as names or numbers of
    telephones.

    Args:
        columns: The columns, in order: one, or a list; null: all.
        to: What to call the new column: hexadecimal text in small letters; for `xxhash64` a `bigint`.
        algorithm: The hash; `xxhash64` (with the seed 42) is fast, and two values in some billions may share one.

    Example:
        ["load_rows", [{"first": "Ada", "last": "Lovelace"}]]
        ["hash_columns", ["first", "last"], "key"]
    """
    names = list(rows.columns if columns is None else columns)
    texts = each_made(names, lambda name: _text(rows, name), argument="columns")
    whole = F.concat(
        *[F.coalesce(F.concat(F.length(text).cast("string"), F.lit(":"), text), F.lit("-")) for text in texts]
    )
    match algorithm:
        case "sha256":
            made = F.sha2(whole, 256)
        case "sha1":
            made = F.sha1(whole)
        case "md5":
            made = F.md5(whole)
        case _:
            made = F.xxhash64(whole)
    return placed(rows, {to: made})


def _text(rows: Rows, name: str) -> Column:
    column, kind = rows.column(name, argument="columns"), rows.type_of(name)
    if isinstance(kind, PLAIN):
        return column.cast("string")
    if isinstance(kind, BinaryType):
        return F.hex(column)
    if any(isinstance(part, MapType) for part in parts(kind)):
        raise StepFailed(
            f"`{name[:100]}` is {shown_type(kind)}, and maps have no order to hash them in",
            argument="columns",
            hint="take the values out with get_path, or make a list of it with with_column: array_sort(map_entries(…))",
        )
    if isinstance(kind, StructType | ArrayType | VariantType):
        return F.to_json(column, {"ignoreNullFields": "false", **JSON_TIMES})
    return column.cast("string")
