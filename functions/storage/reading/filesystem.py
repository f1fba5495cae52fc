"""How tasks reach data: the local disk, or S3 with the credentials of one job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pyarrow import fs

#: Seconds.
_CONNECT_TIMEOUT = 10.0
#: Seconds without a byte.
_REQUEST_TIMEOUT = 60.0
#: Tries of one request, the first among them.
_ATTEMPTS = 5
#: Filesystems that a process keeps; a worker that many jobs share must not keep every job's.
_KEPT = 4


@dataclass(frozen=True)
class Connection:
    """Where tasks find data; part of the plan of one job's reads and of nothing else."""

    kind: Literal["local", "s3"]
    region: str = ""
    #: Where S3 is; empty: Amazon's.
    endpoint_url: str = ""
    #: Without a key, the chain of the machine that the task runs on.
    access_key: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)
    session_token: str = field(default="", repr=False)

    @classmethod
    def s3(cls, credentials: Mapping[str, str], endpoint_url: str = "") -> Connection:
        """S3 with a job's credentials, by their usual names, or with those of the machine."""
        return cls(
            "s3",
            credentials.get("region") or "us-east-1",
            endpoint_url,
            credentials.get("aws_access_key_id") or "",
            credentials.get("aws_secret_access_key") or "",
            credentials.get("aws_session_token") or "",
        )

    def filesystem(self) -> fs.FileSystem:
        """The filesystem; one a process and connection, the last few kept."""
        return _filesystem(self)


#: The disk of the machine that the task runs on.
LOCAL = Connection("local")


@lru_cache(maxsize=_KEPT)
def _filesystem(connection: Connection) -> fs.FileSystem:
    from pyarrow import fs

    if connection.kind == "local":
        return fs.LocalFileSystem()
    options: dict[str, Any] = {"region": connection.region}
    if connection.access_key:
        options |= {
            "access_key": connection.access_key,
            "secret_key": connection.secret_key,
            "session_token": connection.session_token or None,
        }
    if connection.endpoint_url:
        scheme, _, host = connection.endpoint_url.partition("://")
        options |= {"endpoint_override": host.rstrip("/"), "scheme": scheme}
    return fs.S3FileSystem(
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=_ATTEMPTS),
        connect_timeout=_CONNECT_TIMEOUT,
        request_timeout=_REQUEST_TIMEOUT,
        **options,
    )
