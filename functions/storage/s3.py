"""Reading from S3: listing with boto3 in the driver, reading with pyarrow in the tasks; no connector jar.

Credentials live in the `Access` of one attempt, and in the plan of that attempt's own reads.
"""

from __future__ import annotations

from collections.abc import Callable

from functions.storage.reading import listing
from functions.storage.reading.filesystem import Connection
from functions.storage.reading.splits import File
from functions.storage.s3_access import Access, split
from functions.storage.s3_faults import told


class S3:
    """Reading from S3 as one job may."""

    def __init__(self, access: Access, *, by_spark: bool = False, check: Callable[[], None] = lambda: None) -> None:
        """Takes a job's way to S3.

        Args:
            access: It.
            by_spark: Whether Spark's own readers read, through S3A; what they read is listed here all the same.
            check: Called often during long listings; raises when the work is to stop.
        """
        self._check = check
        self._access = access
        self.by_spark = by_spark

    def connection(self) -> Connection:
        """How tasks reach S3: with keys that the job brought, or with temporary ones of its role."""
        return Connection.s3(self._access.credentials(), self._access.endpoint_url)

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
        with told(path):
            prefix = f"{key}/" if path.endswith("/") else key
            return listing.on_s3(self._access.client(), bucket, prefix, path, nested=nested, check=self._check)
