"""Idempotency keys: a request that is sent again gives what it gave the first time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from server.api_keys import NOBODY

#: How long a key is kept, milliseconds.
KEPT_MS = 24 * 3600 * 1000


@dataclass(frozen=True)
class Idempotency:
    """An Idempotency-Key and what was sent with it; kept for 24 hours."""

    key: str
    #: Of the request: the same text for the same body.
    fingerprint: str
    tenant: str = NOBODY


def place_of(idempotency: Idempotency | None, prefix: str) -> str:
    """Where an Idempotency-Key is kept in Redis, under the noun's prefix."""
    if idempotency is None:
        return f"{prefix}idempotency"  # the script must be given a key; it does not look at it
    digest = hashlib.sha256(idempotency.key.encode(errors="surrogatepass")).hexdigest()
    return f"{prefix}idempotency:{idempotency.tenant}:{digest}"
