"""One file to one object: at once, or in parts that go side by side, in bounded memory and stopped promptly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

#: Bytes. A file of at most so many goes at once; a larger one in parts of so many.
PART = 8 << 20
#: Parts under way at a time; so many are in memory.
_PARTS_AT_ONCE = 4
#: S3 allows so many parts.
_MOST_PARTS = 10_000
_CHECKSUM = "CRC32"
#: Between looks whether to stop, while parts are under way; seconds.
_LOOK_SECONDS = 0.2


@dataclass(frozen=True)
class Target:
    """Where a file goes, and what must stand there."""

    bucket: str
    key: str
    #: `IfMatch` or `IfNoneMatch` of the put, or nothing.
    condition: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def place(self) -> dict[str, str]:
        """Bucket and key, as boto3 takes them."""
        return {"Bucket": self.bucket, "Key": self.key}


def upload(client: Any, file: Path, target: Target, check: Callable[[], None]) -> None:
    """Uploads a file; the object appears whole or not at all.

    Args:
        client: A boto3 client.
        file: The file.
        target: Where it goes.
        check: Called often; what it raises stops the upload, whose parts are removed.
    """
    pool = ThreadPoolExecutor(_PARTS_AT_ONCE, thread_name_prefix="s3-upload")
    try:
        if file.stat().st_size <= PART:
            check()
            body = file.read_bytes()
            put = pool.submit(
                client.put_object, **target.place, Body=body, Metadata=dict(target.metadata), **target.condition
            )
            _first_of({put}, check)
        else:
            _in_parts(client, file, target, pool, check)
    finally:
        # Not waited for: a connection that hangs would hold up a cancel until its time is over.
        pool.shutdown(wait=False, cancel_futures=True)


def _in_parts(client: Any, file: Path, target: Target, pool: ThreadPoolExecutor, check: Callable[[], None]) -> None:
    number = client.create_multipart_upload(
        **target.place, Metadata=dict(target.metadata), ChecksumAlgorithm=_CHECKSUM
    )["UploadId"]
    try:
        parts = _send_parts(client, file, {**target.place, "UploadId": number}, pool, check)
        done = {"Parts": sorted(parts, key=lambda part: part["PartNumber"])}
        client.complete_multipart_upload(**target.place, UploadId=number, MultipartUpload=done, **target.condition)
    except BaseException:
        abort(client, target.bucket, target.key, number)
        raise


def _send_parts(
    client: Any, file: Path, upload_of: dict[str, str], pool: ThreadPoolExecutor, check: Callable[[], None]
) -> list[dict[str, Any]]:
    size = max(PART, -(-file.stat().st_size // _MOST_PARTS))
    parts: list[dict[str, Any]] = []
    under_way: set[Future[dict[str, Any]]] = set()

    def send(place: int, block: bytes) -> dict[str, Any]:
        answer = client.upload_part(**upload_of, PartNumber=place, Body=block, ChecksumAlgorithm=_CHECKSUM)
        sums = {name: answer[name] for name in (f"Checksum{_CHECKSUM}",) if name in answer}
        return {"PartNumber": place, "ETag": answer["ETag"], **sums}

    with file.open("rb") as stream:
        place = 0
        while block := stream.read(size):
            place += 1
            under_way.add(pool.submit(send, place, block))
            while len(under_way) >= _PARTS_AT_ONCE:
                under_way -= _first_of(under_way, check, parts)
    while under_way:
        under_way -= _first_of(under_way, check, parts)
    return parts


def _first_of(
    under_way: set[Future[Any]], check: Callable[[], None], answers: list[Any] | None = None
) -> set[Future[Any]]:
    """Waits for one of some calls at least; their answers are added, an error is raised."""
    while True:
        check()
        done, _ = wait(under_way, timeout=_LOOK_SECONDS, return_when=FIRST_COMPLETED)
        for future in done:
            answer = future.result()
            if answers is not None:
                answers.append(answer)
        if done:
            return done


def abort(client: Any, bucket: str, key: str, number: str) -> None:
    """Removes the parts of an upload that was not completed, as far as S3 lets us."""
    from botocore.exceptions import BotoCoreError, ClientError

    with suppress(BotoCoreError, ClientError):
        client.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=number)
