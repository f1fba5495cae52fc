"""Credentials at rest: encrypted with a key that Redis never sees."""

from __future__ import annotations

import base64
import binascii
import json
import os
import secrets
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretStr

from functions.errors import SpeedyError

KEY_BYTES = 32
_NONCE_BYTES = 12


class SecretsUnreadable(SpeedyError):
    """The job's credentials cannot be decrypted."""

    code = "secrets_unreadable"


class InvalidKey(SpeedyError):
    """The key is not 32 bytes in base64."""

    code = "invalid_key"


class Cipher:
    """AES-256-GCM. The job's id is authenticated with the text: credentials of one job do not open as another's."""

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)

    def encrypt(self, job_id: str, secrets_of_job: dict[str, Any]) -> str:
        """The credentials of a job as text to store."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        clear = json.dumps(secrets_of_job).encode()
        return base64.b64encode(nonce + self._aead.encrypt(nonce, clear, job_id.encode())).decode()

    def decrypt(self, job_id: str, text: str) -> dict[str, Any]:
        """The credentials in a stored text.

        Raises:
            SecretsUnreadable: When the text was made with another key or for another job, or was changed.
        """
        try:
            sealed = base64.b64decode(text, validate=True)
            clear = self._aead.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], job_id.encode())
        except (InvalidTag, ValueError) as error:
            raise SecretsUnreadable(
                hint="was the key (SPEEDY_SECRET_KEY) changed since the job was submitted? submit it again"
            ) from error
        found: dict[str, Any] = json.loads(clear)
        return found


def load_or_make_key(path: Path, given: SecretStr) -> bytes:
    """The key given, or the one kept in a file, which is made when it is missing.

    Processes that start together all get the same key. The file can be read by its owner only.

    Args:
        path: The file. Its folder is made, too.
        given: The key in base64; empty: use the file.

    Raises:
        InvalidKey: When the text is not 32 bytes in base64.
        OSError: When the file can neither be read nor made.
    """
    if text := given.get_secret_value():
        return _decoded(text, "the key given by setting")
    if not path.exists():
        _make(path)
    path.chmod(0o600)
    return _decoded(path.read_text(encoding="ascii", errors="replace"), f"the key in {path}")


def _make(path: Path) -> None:
    """Puts a new key at a path, whole and on disk, unless another process was faster."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(draft)  # fails where a key exists, and never shows half a file
        except FileExistsError:
            return
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _decoded(text: str, what: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        # The text is not shown: it may be most of a real key.
        raise InvalidKey(
            f"{what} is not {KEY_BYTES} bytes in base64", hint="make one with: openssl rand -base64 32"
        ) from None
    return key
