"""Files to objects: some at a time, large ones in parts, in bounded memory and stopped promptly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

#: Bytes. A file of at most so many goes at once; a larger one in parts of so many.
PART = 8 << 20
#: Files or parts under way at a time; so many are in memory.
_AT_ONCE = 4
#: S3 allows so many parts.
_MOST_PARTS = 10_000
_CHECKSUM = "CRC32"
#: How long the end of a failed upload waits for calls under way, seconds: what they put would have to be swept.
_GRACE_SECONDS = 1.0
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
    """Uploads one file; see `Sender`."""
    with Sender(client, check) as sender:
        sender.send(file, target)


class Sender:
    """Uploads files, some at a time; each object appears whole or not at all. A context manager.

    Leaving its block waits until all are there, and raises what any of them raised; after an error nothing goes on.
    """

    def __init__(self, client: Any, check: Callable[[], None]) -> None:
        """Starts with nothing.

        Args:
            client: A boto3 client.
            check: Called often; what it raises stops all uploads, whose parts are removed.
        """
        self._client = client
        self._check = check
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="s3-upload")
        self._under_way: set[Future[Any]] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        try:
            while error is None and self._under_way:
                self._first_answers()
        finally:
            self._give_up_the_rest()
            self._pool.shutdown(wait=False)

    def send(self, file: Path, target: Target) -> None:
        """Begins to upload a file; a small one may still be under way on return, a large one is there."""
        if file.stat().st_size > PART:
            self._send_in_parts(file, target)
            return
        self._check()
        self._begin(
            self._client.put_object,
            **target.place,
            Body=file.read_bytes(),
            Metadata=dict(target.metadata),
            **target.condition,
        )

    def _send_in_parts(self, file: Path, target: Target) -> None:
        number = self._client.create_multipart_upload(
            **target.place, Metadata=dict(target.metadata), ChecksumAlgorithm=_CHECKSUM
        )["UploadId"]
        try:
            parts = sorted(self._parts(file, {**target.place, "UploadId": number}), key=lambda p: p["PartNumber"])
            self._client.complete_multipart_upload(
                **target.place, UploadId=number, MultipartUpload={"Parts": parts}, **target.condition
            )
        except BaseException:
            self._give_up_the_rest()
            abort(self._client, target.bucket, target.key, number)
            raise

    def _parts(self, file: Path, upload_of: dict[str, str]) -> list[dict[str, Any]]:
        def send(place: int, block: bytes) -> None:
            part = self._client.upload_part(**upload_of, PartNumber=place, Body=block, ChecksumAlgorithm=_CHECKSUM)
            sums = {name: part[name] for name in (f"Checksum{_CHECKSUM}",) if name in part}
            parts.append({"PartNumber": place, "ETag": part["ETag"], **sums})

        parts: list[dict[str, Any]] = []
        size = max(PART, -(-file.stat().st_size // _MOST_PARTS))
        with file.open("rb") as stream:
            place = 0
            while block := stream.read(size):
                place += 1
                self._begin(send, place, block)
        while self._under_way:
            self._first_answers()
        return parts

    def _begin(self, call: Callable[..., Any], *arguments: Any, **named: Any) -> None:
        while len(self._under_way) >= _AT_ONCE:
            self._first_answers()
        self._under_way.add(self._pool.submit(call, *arguments, **named))

    def _give_up_the_rest(self) -> None:
        """After an error: what has not begun is dropped, what is under way is given a moment.

        It is not waited for longer: a connection that hangs would hold up a cancel until its time is over.
        """
        for future in self._under_way:
            future.cancel()
        wait(self._under_way, timeout=_GRACE_SECONDS)
        self._under_way.clear()

    def _first_answers(self) -> None:
        """Waits for one of the calls under way at least, looking whether to stop meanwhile; raises its error."""
        done: set[Future[Any]] = set()
        while not done:
            self._check()
            done, _ = wait(self._under_way, timeout=_LOOK_SECONDS, return_when=FIRST_COMPLETED)
        self._under_way -= done
        for future in done:
            future.result()


def abort(client: Any, bucket: str, key: str, number: str) -> None:
    """Removes the parts of an upload that was not completed, as far as S3 lets us."""
    from botocore.exceptions import BotoCoreError, ClientError

    with suppress(BotoCoreError, ClientError):
        client.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=number)
