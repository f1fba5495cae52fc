"""S3 through Hadoop's connector (S3A), for clusters that have it: Spark's own readers, the machine's credentials."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Characters that Hadoop's globs give a meaning; a backslash takes it away.
_GLOB_CHARACTERS = re.compile(r"([\[\]{}*?\\])")


def paths(objects: Iterable[str]) -> list[str]:
    """Objects, each `bucket/key`, as Spark's readers take them."""
    return ["s3a://" + escaped(place) for place in objects]


def escaped(place: str) -> str:
    """A name as Hadoop takes it to the letter."""
    return _GLOB_CHARACTERS.sub(r"\\\1", place)


def conf(endpoint_url: str, jars: str) -> dict[str, str]:
    """Settings of a Spark session.

    Args:
        endpoint_url: Where S3 is; empty: Amazon's.
        jars: Jar files or `group:artifact:version`, separated by commas; empty: Spark has them already.
    """
    named = [jar.strip() for jar in jars.split(",") if jar.strip()]
    files = [jar for jar in named if jar.endswith(".jar")]
    packages = [jar for jar in named if not jar.endswith(".jar")]
    found = {
        # Its own defaults would have a task wait and try again for a quarter of an hour.
        "spark.hadoop.fs.s3a.attempts.maximum": "5",
        "spark.hadoop.fs.s3a.retry.limit": "3",
        "spark.hadoop.fs.s3a.connection.establish.timeout": "10s",
        "spark.hadoop.fs.s3a.connection.timeout": "60s",
    }
    if files:
        found["spark.jars"] = ",".join(files)
    if packages:
        found["spark.jars.packages"] = ",".join(packages)
    if endpoint_url:
        scheme = endpoint_url.partition("://")[0]
        found |= {
            "spark.hadoop.fs.s3a.endpoint": endpoint_url,
            "spark.hadoop.fs.s3a.path.style.access": "true",
            "spark.hadoop.fs.s3a.connection.ssl.enabled": str(scheme == "https").lower(),
        }
    return found
