"""Keys that clients show, from a file that holds only their checksums."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from functions.errors import SpeedyError
from functions.storage.s3_allow import ENTRY, AllowList

#: The tenant of jobs that were submitted without a key.
NOBODY = "default"

_SHAPE = '{"name": {"sha256": "…", "s3_allow": ["bucket/prefix"]}}; sha256 of the key: printf %s "$KEY" | sha256sum'


class BadKeysFile(SpeedyError):
    """The file of API keys cannot be used."""

    code = "bad_keys_file"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$")]
    s3_allow: list[Annotated[str, StringConstraints(pattern=f"^{ENTRY}$")]] = Field(default_factory=lambda: ["*"])


_File = TypeAdapter(dict[Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")], _Entry])


@dataclass(frozen=True)
class ApiKey:
    """One key."""

    #: Whose jobs it may see.
    name: str
    #: sha256 of the key, hexadecimal, small letters.
    digest: str
    allow: AllowList


class ApiKeys:
    """The keys of one installation."""

    def __init__(self, keys: Iterable[ApiKey]) -> None:
        self._keys = {key.name: key for key in keys}

    @classmethod
    def read(cls, path: Path) -> ApiKeys:
        """The keys in a file: JSON, an object of names.

        Raises:
            BadKeysFile: When it cannot be read, or is not as it must be.
        """
        try:
            entries = _File.validate_python(json.loads(path.read_bytes()))
        except (OSError, ValueError) as error:
            what = (
                str(error.errors(include_input=False)[0]["msg"]) if isinstance(error, ValidationError) else str(error)
            )
            raise BadKeysFile(f"{path} (SPEEDY_API_KEYS) cannot be used: {what}", hint=f"such as {_SHAPE}") from None
        if not entries or NOBODY in entries:
            what = f"the name `{NOBODY}` is taken" if entries else "it names no key"
            raise BadKeysFile(f"{path} (SPEEDY_API_KEYS) cannot be used: {what}", hint=f"such as {_SHAPE}")
        return cls(ApiKey(name, e.sha256.lower(), AllowList(tuple(e.s3_allow))) for name, e in entries.items())

    def of_token(self, token: str) -> ApiKey | None:
        """The key that a client shows; None: it is none of ours. Takes the same time for every wrong one."""
        digest = hashlib.sha256(token.encode(errors="surrogateescape")).hexdigest()
        found = None
        for key in self._keys.values():
            if hmac.compare_digest(key.digest, digest):
                found = key
        return found

    def of_name(self, name: str) -> ApiKey | None:
        """The key of that name."""
        return self._keys.get(name)
