"""Where data lies, as arguments of steps: paths and keys that a job may read or write."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import AfterValidator, StringConstraints, ValidationInfo

from functions.check import flow_of, refuse
from functions.errors import StepFailed
from functions.storage.roots import is_s3
from functions.storage.s3_allow import check_allowed


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


#: The name of an S3 bucket.
BucketName = Annotated[str, AfterValidator(_bucket)]
#: Where in the bucket of the argument `bucket_name`, without a file's name.
KeyPath = Annotated[str, AfterValidator(_key_in_bucket)]
#: A path to read: a file, a folder or a glob, local or `s3://`.
ReadPath = Annotated[str, StringConstraints(min_length=1, max_length=4096), AfterValidator(_readable)]
#: A path to write: it must not exist yet.
WritePath = Annotated[str, StringConstraints(min_length=1, max_length=4096), AfterValidator(_writable)]


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
