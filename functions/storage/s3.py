"""S3: listing and uploading with boto3 in the driver, reading with pyarrow in the tasks; no connector jar.

Credentials live in an `S3` value that belongs to one attempt, and in the plan of that attempt's own reads.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from functions.errors import DestinationExists, InputMissing, StepFailed, StorageFailed
from functions.storage.manifest import Output
from functions.storage.reading import listing
from functions.storage.reading.filesystem import Connection
from functions.storage.reading.splits import File

_PATH = re.compile(r"s3[an]?://([^/]+)/?(.*)", re.DOTALL)
_MISSING = {"NoSuchBucket", "NoSuchKey", "404", "NotFound"}
_DENIED = {"AccessDenied", "403", "Forbidden", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken"}


@dataclass(frozen=True)
class S3:
    """S3 as one job may use it: with its own credentials, or with those of the instance."""

    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    #: Where S3 is; empty: Amazon's.
    endpoint_url: str = ""

    def client(self) -> Any:
        """A boto3 client; it retries what may pass."""
        import boto3
        from botocore.config import Config

        return boto3.client(
            "s3",
            aws_access_key_id=self.credentials.get("aws_access_key_id"),
            aws_secret_access_key=self.credentials.get("aws_secret_access_key"),
            aws_session_token=self.credentials.get("aws_session_token"),
            region_name=self.credentials.get("region") or "us-east-1",
            endpoint_url=self.endpoint_url or None,
            config=Config(retries={"mode": "standard", "max_attempts": 5}, connect_timeout=10, read_timeout=60),
        )

    def expand(self, path: str, *, nested: bool = False) -> list[File]:
        """The objects that a path, a folder or a glob stands for, by name; see `functions.storage.reading.listing`.

        Args:
            path: `s3://bucket/key`.
            nested: Whether a folder means all below it.

        Raises:
            InputMissing: When there is none.
            InputUnreadable: When a complete folder has lost files, or a key cannot be read.
            StorageFailed: When S3 refuses or does not answer.
        """
        bucket, key = split(path)
        with _told(path):
            return listing.on_s3(self.client(), bucket, f"{key}/" if path.endswith("/") else key, path, nested=nested)

    def connection(self) -> Connection:
        """How tasks reach S3 for this job."""
        return Connection.s3(self.credentials, self.endpoint_url)

    def refuse_existing(self, destination: str, marker: str) -> None:
        """Makes sure that no complete output stands at a destination.

        Raises:
            DestinationExists: When its marker is there.
            StorageFailed: When S3 refuses or does not answer.
        """
        from botocore.exceptions import ClientError

        bucket, key = split(destination)
        with _told(destination):
            try:
                self.client().head_object(Bucket=bucket, Key=f"{key}/{marker}".lstrip("/"))
            except ClientError as error:
                if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound"):
                    return
                raise
        raise _exists(destination, marker)

    def upload(self, output: Output) -> None:
        """Uploads a staged output: its files, then its marker, once, when all of them are complete.

        Raises:
            DestinationExists: When another job put the marker meanwhile.
            StorageFailed: When S3 refuses or does not answer.
        """
        from botocore.exceptions import ClientError

        bucket, key = split(output.destination)
        marker = output.marker or "_SUCCESS"
        body = output.to_bytes()
        client = self.client()
        with _told(output.destination):
            for file in output.files:
                client.upload_file(f"{output.staged}/{file.name}", bucket, f"{key}/{file.name}".lstrip("/"))
            place = {"Bucket": bucket, "Key": f"{key}/{marker}".lstrip("/")}
            condition = {} if output.overwrite else {"IfNoneMatch": "*"}
            try:
                client.put_object(**place, Body=body, **condition)
            except ClientError as error:
                if error.response["Error"]["Code"] not in ("PreconditionFailed", "412"):
                    raise
                # This job's own marker, put by an attempt whose answer was lost, counts as done.
                if client.get_object(**place)["Body"].read() != body:
                    raise _exists(output.destination, marker) from None


def split(path: str) -> tuple[str, str]:
    """Bucket and key of an S3 path.

    Raises:
        StepFailed: When it names no bucket.
    """
    found = _PATH.fullmatch(path)
    if found is None:
        raise StepFailed(f"`{path}` is no S3 path", hint="write s3://bucket/key")
    return found.group(1), found.group(2).rstrip("/")


class _told:  # noqa: N801 - reads as a word where it is used
    """Turns what boto3 raises into the reasons that a job can end with."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        from boto3.exceptions import S3UploadFailedError
        from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

        if isinstance(error, ClientError):
            code = str(error.response["Error"]["Code"])
            if code in _MISSING:
                raise InputMissing(f"`{self._path}`: {code}", hint="check the bucket and the key") from None
            hint = "check the credentials and what they allow" if code in _DENIED else "try again later"
            raise StorageFailed(f"S3 refused `{self._path}`: {code}", hint=hint) from None
        if isinstance(error, BotoCoreError | S3UploadFailedError):
            name = type(error).__name__
            if isinstance(error, NoCredentialsError):
                hint = "give the job credentials in `options.s3`, or the server a role"
                raise StorageFailed(f"there are no credentials for `{self._path}`", hint=hint) from None
            raise StorageFailed(f"S3 did not answer for `{self._path}`: {name}", hint="try again later") from None


def _exists(destination: str, marker: str) -> DestinationExists:
    return DestinationExists(
        f"`{destination}` exists already: it has `{marker}`", hint="choose another destination, or say overwrite"
    )
