"""What is known while a job's steps are checked, before anything runs; and the argument types that use it.

An argument annotated with one of the types below is checked against what earlier steps produced. pydantic
hands each validator the `Flow` as its context, so every fault carries the exact place of the argument.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo
from pydantic_core import PydanticCustomError

from functions.errors import StepFailed
from functions.names import named, near
from functions.storage.roots import Roots, is_s3
from functions.storage.s3_allow import AllowList, check_allowed
from functions.workspace import Frame, Lines


@dataclass
class Flow:
    """What the steps so far have produced, by kind and by name; no data."""

    roots: Roots
    #: What jobs may use on S3; every list must allow a path.
    s3: tuple[AllowList, ...] = ()
    #: Raises a ValueError that says what is wrong with the URL of a webhook; None: nobody asks.
    check_url: Callable[[str], object] | None = None
    frame: type[Frame] | None = None
    #: Fields by table, once `split_into_tables` has run; None while the objects' fields are unknown.
    parts: dict[str, tuple[str, ...]] | None = None
    #: Names of the tables that exist; None until a step makes some.
    tables: set[str] | None = None
    #: False once a step that may have made tables is at fault: then no missing table is reported, since the
    #: first mistake may be its cause.
    tables_known: bool = True
    #: Names of the tables whose rows have become ordered lists, which have no fields.
    lists: set[str] = field(default_factory=set)
    dataset: bool = False
    warnings: list[str] = field(default_factory=list)
    #: Near names that may still be looked for: it takes time, and after so many no one reads them.
    hints: int = 100

    def near(self, name: str, names: Collection[str]) -> str | None:
        """A hint with the nearest of some names, or None."""
        self.hints -= 1
        return near(name, names) if self.hints >= 0 else None


@dataclass(frozen=True)
class Fault:
    """One mistake in a request: where (JSON pointer), what, and what to do."""

    pointer: str
    detail: str
    hint: str | None = None
    #: Stable name of the kind of mistake, such as path_not_allowed.
    code: str = "step_refused"

    def to_json(self) -> dict[str, str]:
        """The form in which problem documents list it."""
        return {"pointer": self.pointer, "detail": self.detail} | ({"hint": self.hint} if self.hint else {})


def escape(part: str) -> str:
    """One part of a JSON pointer (RFC 6901)."""
    return part.replace("~", "~0").replace("/", "~1")


def refuse(kind: str, detail: str, hint: str | None = None) -> PydanticCustomError:
    """An error for a validator to raise; the texts may hold any characters."""
    return PydanticCustomError(kind, "{detail}", {"detail": detail, "hint": hint or ""})


def flow_of(info: ValidationInfo) -> Flow | None:
    """The flow, or None where arguments are checked by themselves."""
    return info.context if isinstance(info.context, Flow) else None


def _uses_table(name: str, info: ValidationInfo) -> str:
    flow = flow_of(info)
    if flow is not None and flow.tables_known and name not in (flow.tables or ()):
        made = flow.tables or set()
        raise refuse(
            "no_such_table",
            f"no earlier step made a table `{name}` (tables here: {named(made)})",
            flow.near(name, made),
        )
    return name


def _uses_fields(name: str, info: ValidationInfo) -> str:
    _uses_table(name, info)
    flow = flow_of(info)
    if flow is not None and name in flow.lists:
        raise refuse(
            "table_of_lists",
            f"the rows of `{name}` have become lists, which have no fields",
            "put this step before json_to_list_for_tables",
        )
    return name


def _makes_lists(name: str, info: ValidationInfo) -> str:
    _uses_fields(name, info)
    flow = flow_of(info)
    if flow is not None:
        flow.lists.add(name)
    return name


def _makes_table(name: str, info: ValidationInfo) -> str:
    flow = flow_of(info)
    if flow is not None:
        flow.tables = (flow.tables or set()) | {name}
    return name


def _drops_table(name: str, info: ValidationInfo) -> str:
    _uses_table(name, info)
    flow = flow_of(info)
    if flow is not None and flow.tables is not None:
        flow.tables = flow.tables - {name}
    return name


def _each_once(names: list[str]) -> list[str]:
    if len(set(names)) < len(names):
        twice = next(name for place, name in enumerate(names) if name in names[:place])
        raise refuse("named_twice", f"names `{twice[:100]}` twice", "name each once")
    return names


def _part(name: str, info: ValidationInfo) -> str:
    flow = flow_of(info)
    if flow is not None and flow.parts is not None and name not in flow.parts:
        raise refuse(
            "no_such_table",
            f"the objects were not split into a table `{name}` (tables here: {named(flow.parts)})",
            flow.near(name, flow.parts),
        )
    if flow is not None:
        flow.lists.discard(name)
    return _makes_table(name, info)


def _splits(parts: dict[str, Part], info: ValidationInfo) -> dict[str, Part]:
    flow = flow_of(info)
    if flow is not None:
        flow.parts = {table: tuple(part.fields) for table, part in parts.items()}
    return parts


def _readable(path: str, info: ValidationInfo) -> str:
    flow = flow_of(info)
    if is_s3(path):
        bucket, _, key = path.split("://", 1)[1].partition("/")
        _bucket(bucket)
        if not key.isprintable() or len(key.encode()) > 1024:
            raise refuse("bad_key_path", f"`{path[:100]}` names no key", "a key has at most 1,024 printable bytes")
        # To S3 they are letters like others; what stands between may take them for a way out of an allowed prefix.
        if {".", ".."} & set(key.split("/")):
            raise refuse("bad_key_path", f"`{path[:100]}` has a part `.` or `..`", "name the key without it")
        _allowed(path, info, is_written=False)
    elif flow is not None:
        try:
            flow.roots.check_read(path)
        except StepFailed as error:
            raise refuse(error.code, error.detail, error.hint) from error
    return path


def _writable(path: str, info: ValidationInfo) -> str:
    flow = flow_of(info)
    if is_s3(path):
        bucket, _, key = path.split("://", 1)[1].partition("/")
        _bucket(bucket)
        _key_path(key)
        _allowed(path, info, is_written=True)
    elif flow is not None:
        try:
            flow.roots.check_write(path)
        except StepFailed as error:
            raise refuse(error.code, error.detail, error.hint) from error
    return path


def _allowed(path: str, info: ValidationInfo, *, is_written: bool) -> None:
    flow = flow_of(info)
    if flow is not None:
        try:
            check_allowed(flow.s3, path, is_written=is_written)
        except StepFailed as error:
            raise refuse(error.code, error.detail, error.hint) from error


def _key_in_bucket(path: str, info: ValidationInfo) -> str:
    """A key path, in the bucket that the argument before it names; where that is wrong, it is told already."""
    _key_path(path)
    bucket = (info.data or {}).get("bucket_name")
    if bucket:
        _allowed(f"s3://{bucket}/{path.strip('/')}", info, is_written=True)
    return path


def _file_table(name: str) -> str:
    if not re.fullmatch(r"\w[\w .()+=@-]*", name) or name.endswith((" ", ".")) or len(name.encode()) > 200:
        raise refuse(
            "table_names_no_file",
            f"the table name `{name}` cannot name a file",
            "use letters, digits, `_`, `-`, `.`; at most 200 bytes",
        )
    return name


def _extension(extension: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,19}", extension):
        raise refuse("bad_extension", f"`{extension[:100]}` is no file ending", "name it without the dot, such as csv")
    return extension


def _bucket(name: str) -> str:
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    shape = re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", name)
    address = re.fullmatch(r"[0-9]+(\.[0-9]+){3}", name)
    reserved = name.startswith(("xn--", "sthree-", "amzn-s3-demo-")) or name.endswith(
        ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
    )
    if not shape or address or reserved or ".." in name:
        raise refuse(
            "bad_bucket_name",
            f"`{name[:100]}` is no name of a bucket",
            "3 to 63 small letters, digits, dots and hyphens, with a letter or digit at both ends",
        )
    return name


def _key_path(path: str) -> str:
    parts = path.strip("/").split("/")
    bad = any(part in ("", ".", "..") for part in parts) or any(not c.isprintable() or c == "\\" for c in path)
    if bad or len(path.encode()) > 800:
        raise refuse(
            "bad_key_path",
            f"`{path[:100]}` is no path of a key",
            "such as exports/2024: parts between single slashes, none of them `.` or `..`; at most 800 bytes",
        )
    return path


def _batch(batch_id: str) -> str:
    if not re.fullmatch(r"[0-9A-Za-z_-]{1,64}", batch_id):
        raise refuse("bad_batch_id", f"`{batch_id[:100]}` is no id of a batch", "POST /batches gives it as `id`")
    return batch_id


def _webhook(url: str, info: ValidationInfo) -> str:
    flow = flow_of(info)
    if flow is not None and flow.check_url is not None:
        flow.check_url(url)
    return url


def _key_field(name: str, info: ValidationInfo) -> str:
    flow = flow_of(info)
    if flow is not None and flow.frame is not None and issubclass(flow.frame, Lines):
        raise refuse("lines_have_no_fields", "lines have no fields", "put jsonify before, or leave out the key")
    return name


def _json(value: Any) -> Any:
    """Refuses what has no exact JSON form, or one that Spark's parser would not take."""
    waiting = [(value, 1)]
    while waiting:
        item, depth = waiting.pop()
        if depth > 500:
            raise refuse("json_too_deep", "is nested more than 500 deep")
        if isinstance(item, dict):
            waiting += [(part, depth + 1) for pair in item.items() for part in pair]
        elif isinstance(item, list):
            waiting += [(part, depth + 1) for part in item]
        elif isinstance(item, str):
            if any("\ud800" <= character <= "\udfff" for character in item):
                raise refuse("bad_text", "holds half of a surrogate pair")
        elif isinstance(item, float) and not math.isfinite(item):
            raise refuse("bad_number", "holds a number that JSON does not know")
        elif isinstance(item, int) and abs(item) >= 10**1000:
            raise refuse("bad_number", "holds an integer of more than 1,000 digits")
        elif not isinstance(item, bool | int | float | None):
            raise refuse("not_json", f"holds a {type(item).__name__}, which JSON does not know")
    return value


_Name = StringConstraints(min_length=1, max_length=255)

#: The name of a field of an object or row.
FieldName = Annotated[str, StringConstraints(min_length=0, max_length=1000)]
#: A name for a table.
TableName = Annotated[str, _Name]
#: The name of a column.
ColumnName = Annotated[str, _Name]
#: The names of one or more columns, each once.
ColumnNames = Annotated[list[ColumnName], Field(min_length=1, max_length=10_000), AfterValidator(_each_once)]
#: The name of a table that an earlier step made.
UsesTable = Annotated[TableName, AfterValidator(_uses_table)]
#: The name of a table that an earlier step made and whose fields this step reads.
UsesFields = Annotated[TableName, AfterValidator(_uses_fields)]
#: The name of a table whose rows this step makes lists.
MakesLists = Annotated[TableName, AfterValidator(_makes_lists)]
#: The name of a table that this step makes.
MakesTable = Annotated[TableName, AfterValidator(_makes_table)]
#: The name of a table that this step takes away.
DropsTable = Annotated[TableName, AfterValidator(_drops_table)]
#: The name of a table among the parts of the current objects; the step makes it a table of the job.
PartName = Annotated[TableName, AfterValidator(_part)]
#: The name of a table that an earlier step made and that this step names a file for.
FileTable = Annotated[TableName, AfterValidator(_uses_table), AfterValidator(_file_table)]
#: The ending of a file's name, without the dot.
Extension = Annotated[str, AfterValidator(_extension)]
#: The name of an S3 bucket.
BucketName = Annotated[str, AfterValidator(_bucket)]
#: Where in the bucket of the argument `bucket_name`, without a file's name.
KeyPath = Annotated[str, AfterValidator(_key_in_bucket)]
#: The id of a batch.
BatchId = Annotated[str, AfterValidator(_batch)]
#: The URL of a webhook.
WebhookUrl = Annotated[str, AfterValidator(_webhook)]
#: The name of a field of the current objects.
KeyField = Annotated[FieldName, AfterValidator(_key_field)]
#: Any JSON value.
JsonValue = Annotated[Any, AfterValidator(_json)]
#: A path to read: a file, a folder or a glob, local or `s3://`.
ReadPath = Annotated[str, StringConstraints(min_length=1, max_length=4096), AfterValidator(_readable)]
#: A path to write: it must not exist yet.
WritePath = Annotated[str, StringConstraints(min_length=1, max_length=4096), AfterValidator(_writable)]
#: How many rows.
Amount = Annotated[int, Field(ge=0, le=2**31 - 1)]


def reads_path(metadata: Iterable[Any]) -> bool:
    """Whether an argument's annotation says that it is a `ReadPath`; the same below."""
    return _is_checked_by(_readable, metadata)


def writes_path(metadata: Iterable[Any]) -> bool:
    """Whether an argument is a `WritePath`."""
    return _is_checked_by(_writable, metadata)


def names_bucket(metadata: Iterable[Any]) -> bool:
    """Whether an argument is a `BucketName`; the `KeyPath` that follows lies in that bucket."""
    return _is_checked_by(_bucket, metadata)


def names_key(metadata: Iterable[Any]) -> bool:
    """Whether an argument is a `KeyPath`: a place to write."""
    return _is_checked_by(_key_in_bucket, metadata)


def _is_checked_by(validator: Any, metadata: Iterable[Any]) -> bool:
    return any(isinstance(item, AfterValidator) and item.func is validator for item in metadata)


class Part(BaseModel):
    """The fields that one table takes from each object."""

    model_config = ConfigDict(extra="forbid")

    fields: list[FieldName]


#: The fields of each table that objects are split into; the objects are known to have these parts afterwards.
Parts = Annotated[dict[TableName, Part], AfterValidator(_splits)]
