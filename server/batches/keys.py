"""Keys of inputs: what may be one."""

from __future__ import annotations

_LONGEST_KEY = 500


def key_fault(key: object) -> str | None:
    """What is wrong with a key, or None."""
    if not isinstance(key, str):
        return "must be a text"
    if not 1 <= len(key) <= _LONGEST_KEY:
        return f"must have 1 to {_LONGEST_KEY} characters"
    if key in (".", ".."):
        return "would lead to another place of the webhook's; choose another key"
    return None
