"""S3: listing with boto3 in the driver, reading with pyarrow in the tasks; no connector jar.

Credentials live in the `Access` of one attempt, and in the plan of that attempt's own reads.
"""

from __future__ import annotations

import fnmatch
import re

from pyspark.sql import DataFrame, SparkSession

from functions.errors import InputMissing
from functions.storage import s3a
from functions.storage.s3_access import Access, split
from functions.storage.s3_faults import told
from functions.storage.s3_text import Connection, text_source

_GLOB_CHARACTERS = frozenset("*?[")


class S3:
    """Reading from S3 as one job may."""

    def __init__(self, access: Access, *, by_spark: bool = False) -> None:
        """Takes a job's way to S3.

        Args:
            access: It.
            by_spark: Whether Spark's own readers read, through S3A; what they read is listed here all the same.
        """
        self._access = access
        self._by_spark = by_spark

    def connection(self) -> Connection:
        """How tasks reach S3: with keys that the job brought, or with temporary ones of its role."""
        return Connection(self._access.credentials(), self._access.endpoint_url)

    def expand(self, path: str) -> list[str]:
        """The objects that a path, a folder or a glob stands for, as `bucket/key`, by name.

        Raises:
            InputMissing: When there is none.
            StorageFailed: When S3 refuses or does not answer.
        """
        bucket, key = split(path)
        fixed = re.split(r"[*?\[]", key, maxsplit=1)[0]
        is_glob = bool(_GLOB_CHARACTERS & set(key))
        found = []
        with told(path):
            pages = self._access.client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=fixed)
            for page in pages:
                found += [item["Key"] for item in page.get("Contents", ())]
        folder = key.rstrip("/") + "/" if key else ""
        if is_glob:
            # As on disk, `*` stays within one folder.
            kept = [k for k in found if k.count("/") == key.count("/") and fnmatch.fnmatchcase(k, key)]
        elif key in found:
            kept = [key]
        else:
            kept = [k for k in found if k.startswith(folder) and "/" not in k[len(folder) :]]
        kept = [k for k in kept if k == key or not k.rsplit("/", 1)[-1].startswith(("_", "."))]
        kept = [k for k in kept if not k.endswith("/")]
        if not kept:
            raise InputMissing(f"there is no object at `{path}`", hint="check the bucket, the key and the region")
        return [f"{bucket}/{k}" for k in sorted(kept)]

    def read_text(self, session: SparkSession, path: str) -> DataFrame:
        """The lines of the objects at a path, as one string column `value`."""
        if self._by_spark:
            return session.read.text(s3a.paths(self.expand(path)))
        source = text_source(self.expand(path), self.connection())
        session.dataSource.register(source)
        return session.read.format(source.name()).load()
