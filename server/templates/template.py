"""A stored job template: its record, and how a version of it is named. No Redis, no HTTP."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from server.jobs.job import rfc3339

#: What a name may be, for messages.
NAME_RULE = "1 to 100 letters, digits, `_`, `-` or `.`, and not `.` or `..`"

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_VERSION = re.compile(r"[1-9][0-9]{0,8}")


def is_name(text: str) -> bool:
    """Whether a text may name a template, or a parameter of one."""
    return bool(_NAME.fullmatch(text)) and text not in (".", "..")


@dataclass(frozen=True)
class Reference:
    """What names a template: `name@version`, or `name` for its latest version."""

    name: str
    #: From 1; None: the latest.
    version: int | None = None

    def __str__(self) -> str:
        return self.name if self.version is None else f"{self.name}@{self.version}"


def read_reference(text: str) -> Reference | None:
    """The reference that a text is; None: it is none."""
    name, at, version = text.partition("@")
    if not is_name(name) or (at and not _VERSION.fullmatch(version)):
        return None
    return Reference(name, int(version) if at else None)


@dataclass(frozen=True)
class Content:
    """What a template says: all but its name, version and time."""

    steps: list[Any]
    #: Declarations by name, as they were given.
    parameters: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    description: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The members of the record, and what is stored."""
        return {
            "description": self.description,
            "parameters": dict(self.parameters),
            "steps": self.steps,
            "options": dict(self.options),
        }

    @property
    def fingerprint(self) -> str:
        """sha256 of the content as canonical JSON, in hex: two that mean the same have the same."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True)
class Template:
    """One version of a template. It never changes, and its name is never given to another content."""

    name: str
    version: int
    #: Milliseconds of Redis TIME since 1970.
    created_at: int
    content: Content

    @property
    def reference(self) -> Reference:
        """What names this very version."""
        return Reference(self.name, self.version)

    def to_json(self) -> dict[str, Any]:
        """What `GET /templates/{name}` shows; a template holds no secret."""
        return {
            "name": self.name,
            "version": self.version,
            "created": rfc3339(self.created_at),
            "fingerprint": self.content.fingerprint,
            **self.content.to_json(),
        }


@dataclass(frozen=True)
class Entry:
    """A line of a list: a version without its content."""

    name: str
    version: int
    created_at: int
    fingerprint: str

    def to_json(self) -> dict[str, Any]:
        """What lists show."""
        return {
            "name": self.name,
            "version": self.version,
            "created": rfc3339(self.created_at),
            "fingerprint": self.fingerprint,
        }
