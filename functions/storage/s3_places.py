"""Which places on S3 the steps of a job name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from functions.arguments.storage_paths import names_bucket, names_key, reads_path, writes_path
from functions.catalog import Call
from functions.storage.roots import is_s3
from functions.storage.s3_access import Policy, Prefix, prefix_of


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
        return prefix_of(self.path, is_written=self.is_written)


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
