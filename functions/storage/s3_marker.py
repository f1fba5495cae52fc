"""The marker on S3 that makes an output count: reading it, and adding an output's files to those that it lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from functions.errors import DestinationExists
from functions.storage.manifest import LONGEST_MARKER, MARKERS, File, Output, files_of
from functions.storage.s3_access import split
from functions.storage.s3_faults import is_denied, is_missing, is_taken

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
#: Names of files that attempts put; those that no marker lists are nobody's output.
ATTEMPT = re.compile(rf".*-{_UUID}-[0-9]+(\.[^/]*)?")
#: How often a marker is read again that others change at the same time.
_MOST_CHANGES = 50

#: From the files that a marker lists, and those of an output, to what it is to list.
_Change = Callable[[list[File], Iterable[File]], list[File]]


def append(client: Any, output: Output, job_id: str) -> None:
    """Adds the files of an output to those that its marker lists; others may do so meanwhile. Safe to repeat.

    A folder without a marker gets one that lists what it holds, too.

    Raises:
        DestinationExists: When others change the marker all the time.
        botocore.exceptions.ClientError: When S3 refuses.
    """
    _change(client, output, job_id, _added)


def take_out(client: Any, output: Output, job_id: str) -> None:
    """Undoes `append`; a marker that lists nothing else goes."""
    _change(client, output, job_id, _taken_out)


def _change(client: Any, output: Output, job_id: str, change: _Change) -> None:
    from botocore.exceptions import ClientError

    bucket, key = split(output.destination)
    place = {"Bucket": bucket, "Key": f"{key}/{output.marker}"}
    for _ in range(_MOST_CHANGES):
        etag, body = read_marker(client, **place)
        listed = files_of(body)
        present = list(_unlisted(client, bucket, key)) if listed is None else list(listed)
        wanted = change(present, output.files)
        if wanted == present and listed is not None:
            return
        try:
            _put(client, place, etag, replace(output, files=tuple(wanted)).to_marker(job_id) if wanted else b"")
        except ClientError as error:
            if not (is_taken(error) or is_missing(error)):
                raise
        else:
            return
    raise changed(output.destination, str(output.marker))


def _put(client: Any, place: dict[str, str], etag: str, body: bytes) -> None:
    if body:
        client.put_object(**place, Body=body, **condition_on(etag or None))
    elif etag:
        client.delete_object(**place, IfMatch=etag)


def _added(present: list[File], files: Iterable[File]) -> list[File]:
    names = {file.name for file in present}
    return [*present, *(file for file in files if file.name not in names)]


def _taken_out(present: list[File], files: Iterable[File]) -> list[File]:
    names = {file.name for file in files}
    return [file for file in present if file.name not in names]


def _unlisted(client: Any, bucket: str, key: str) -> Iterator[File]:
    """What a folder without a marker of ours holds."""
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{key}/"):
        for item in page.get("Contents", ()):
            name = item["Key"].removeprefix(f"{key}/")
            if name and not name.endswith("/") and name not in MARKERS and not ATTEMPT.fullmatch(name):
                yield File(name, item["Size"], "")


def read_marker(client: Any, Bucket: str, Key: str) -> tuple[str, bytes]:  # noqa: N803 - boto3's names
    """ETag and content of a marker; empty where there is none."""
    from botocore.exceptions import ClientError

    try:
        found = client.get_object(Bucket=Bucket, Key=Key)
    except ClientError as error:
        if is_absent(client, Bucket, Key, error):
            return "", b""
        raise
    if found["ContentLength"] > LONGEST_MARKER:
        raise DestinationExists(f"`s3://{Bucket}/{Key}` is no marker of ours: it is too large")
    return str(found["ETag"]), bytes(found["Body"].read())


def is_absent(client: Any, bucket: str, key: str, error: ClientError) -> bool:
    """Whether there is no such object, as S3 refused to give it.

    Without the right to list a whole bucket S3 refuses what is not there; the right to list some keys tells.
    """
    if is_missing(error):
        return True
    if not is_denied(error):
        return False
    try:
        found = client.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1)
    except type(error):
        return False
    return all(item["Key"] != key for item in found.get("Contents", ()))


def condition_on(etag: str | None) -> dict[str, str]:
    """What a put must find: the object of that ETag or, without one, none."""
    return {"IfMatch": etag} if etag else {"IfNoneMatch": "*"}


def changed(path: str, name: str) -> DestinationExists:
    """The error for a place that something else wrote to."""
    return DestinationExists(
        f"`{name}` under `{path}` was put, replaced or removed by something else while the job ran",
        hint="let one job at a time write there, and submit again",
    )
