"""Which places on S3 the steps of a job name, and which ones they may."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from functions.catalog import Call
from functions.check import names_bucket, names_key, reads_path, writes_path
from functions.errors import PathNotAllowed
from functions.storage.roots import is_s3
from functions.storage.s3_access import Policy, Prefix, split

_GLOB = re.compile(r"[*?\[]")


@dataclass(frozen=True)
class Place:
    """A place on S3 that a step names."""

    call: Call
    #: The argument that names it.
    argument: str
    path: str
    is_written: bool

    @property
    def prefix(self) -> Prefix:
        """What every key that is read or written begins with: the path, or the fixed part of a glob."""
        bucket, key = split(self.path)
        fixed = key if self.is_written else _GLOB.split(key, maxsplit=1)[0]
        return Prefix(bucket, fixed, is_open=fixed != key)


def places(calls: Iterable[Call]) -> list[Place]:
    """The places on S3 in the arguments of checked steps, in order."""
    return [place for call in calls for place in _places(call)]


def _places(call: Call) -> list[Place]:
    found: list[Place] = []
    bucket = ""
    for name, field in call.function.model.model_fields.items():
        value = call.arguments[name]
        if names_bucket(field.metadata):
            bucket = value
        elif names_key(field.metadata):
            found.append(Place(call, name, f"s3://{bucket}/{value.strip('/')}", is_written=True))
        elif (reads_path(field.metadata) or writes_path(field.metadata)) and is_s3(value):
            found.append(Place(call, name, value, writes_path(field.metadata)))
    return found


def policy(found: Iterable[Place], role: str) -> str:
    """A session policy that allows what the steps of a job need, and nothing else; for a role."""
    prefixes = [(place.prefix, place.is_written) for place in found]
    reads = [prefix for prefix, is_written in prefixes if not is_written]
    return Policy.of_role(role, reads, [prefix for prefix, is_written in prefixes if is_written]).to_text()


@dataclass(frozen=True)
class AllowList:
    """The buckets and prefixes that jobs may use: `*` (all), `bucket`, or `bucket/prefix`."""

    entries: tuple[str, ...] = ("*",)

    def check(self, place: Place) -> None:
        """Makes sure that a place is allowed.

        Raises:
            PathNotAllowed: When it is not.
        """
        if not any(_covers(entry, place) for entry in self.entries):
            allowed = ", ".join(f"`{entry}`" for entry in self.entries) or "nothing"
            raise PathNotAllowed(
                f"`{place.path}` is outside what jobs may use on S3",
                argument=place.argument,
                hint=f"allowed: {allowed}",
            )


def check_all(found: Sequence[Place], lists: Sequence[AllowList]) -> list[tuple[Place, PathNotAllowed]]:
    """The places that one of some lists does not allow, each with the first refusal."""
    refused = []
    for place in found:
        try:
            for allowed in lists:
                allowed.check(place)
        except PathNotAllowed as error:
            refused.append((place, error))
    return refused


def _covers(entry: str, place: Place) -> bool:
    if entry == "*":
        return True
    bucket, _, prefix = entry.rstrip("/").partition("/")
    own = place.prefix
    # Whole names only: `exports` does not cover `exports-of-others`.
    inside = own.key.startswith(prefix + "/") or (own.key == prefix and not own.is_open)
    return bucket == own.bucket and (not prefix or inside)
