"""Signatures of webhook calls, as https://www.standardwebhooks.com/ defines them; and secrets that can sign."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from functions.check import refuse

_PREFIX = "whsec_"
_MAX_LENGTH = 1000


class Signer:
    """Signs with one secret. A secret `whsec_…` holds its key in base64; of any other the UTF-8 bytes are the key."""

    def __init__(self, secret: str) -> None:
        """Takes a secret that `check_secret` let through."""
        key = base64.b64decode(secret[len(_PREFIX) :]) if secret.startswith(_PREFIX) else secret.encode()
        #: The key is taken in once; each signature goes on from a copy.
        self._keyed = hmac.new(key, digestmod=hashlib.sha256)

    def sign(self, message_id: str, timestamp: str, body: bytes) -> str:
        """The value of `webhook-signature`.

        Args:
            message_id: The value of `webhook-id`.
            timestamp: The value of `webhook-timestamp`: Unix time, whole seconds.
            body: What is sent, byte by byte.
        """
        mac = self._keyed.copy()
        mac.update(f"{message_id}.{timestamp}.".encode())
        mac.update(body)
        return "v1," + binascii.b2a_base64(mac.digest(), newline=False).decode()


def check_secret(text: str) -> str:
    """The secret itself, when it can stand in a header and sign.

    Raises:
        PydanticCustomError: A ValueError that says why not, and never shows it.
    """
    if not text or len(text) > _MAX_LENGTH:
        raise refuse("bad_secret", f"the secret has {len(text)} characters; 1 to {_MAX_LENGTH} are allowed")
    # Beyond ASCII, programs differ in how they read a header; and they cut off spaces at its ends.
    if not (text.isascii() and text.isprintable()) or text != text.strip():
        raise refuse(
            "bad_secret",
            "the secret cannot stand in a header: printable ASCII may, without a space at either end",
            "make one with: openssl rand -hex 32",
        )
    if text.startswith(_PREFIX):
        try:
            key = base64.b64decode(text[len(_PREFIX) :], validate=True)
        except ValueError:
            key = b""
        if not key:
            raise refuse("bad_secret", "after whsec_ the secret is not base64", "correct it, or leave out whsec_")
    return text
