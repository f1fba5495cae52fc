"""Strict JSON in, compact JSON out."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

from pydantic_core import from_json

from functions.check import Fault, escape
from server.errors import InvalidRequest, MalformedBody

_LEAST, _MOST = -(2**63), 2**63 - 1


def parse(raw: bytes) -> Any:
    """Strict JSON.

    Raises:
        MalformedBody: When it is not JSON as RFC 8259 and I-JSON (RFC 7493) have it: UTF-8, no lone surrogates, no
            NaN or infinities, no member twice; or nested deeper than 200.
        InvalidRequest: When a number does not fit into 64 bits.
    """
    if not raw.strip():
        raise MalformedBody("the body is empty", hint="send JSON")
    try:
        value = from_json(raw, allow_inf_nan=False)
    except ValueError as error:
        raise MalformedBody(f"the body is not valid JSON: {error}", hint=_hint(str(error))) from None
    too_large = _too_large(value)
    if too_large:
        raise InvalidRequest(
            [Fault(place, "is a number that 64 bits cannot hold", "send a smaller one") for place in too_large]
        )
    json.loads(raw, object_pairs_hook=_unique)  # the parser above keeps the last of two equal members without a word
    return value


def dump(value: Any) -> bytes:
    """Compact JSON in UTF-8; text that UTF-8 cannot hold (lone surrogates) is escaped."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def _hint(message: str) -> str | None:
    if "hex escape" in message or "surrogate" in message or "unicode" in message:
        return "text must be valid Unicode in UTF-8; a lone surrogate such as \\ud800 stands for no character"
    if "recursion" in message:
        return "nest it less deep"
    return None


def _unique(pairs: list[tuple[str, Any]]) -> None:
    if len(pairs) > 1:
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise MalformedBody(f"the member `{name[:100]}` stands twice in one object")
            seen.add(name)


def _too_large(value: Any) -> list[str]:
    """Pointers of the numbers that 64 bits cannot hold."""
    if all(_fits(item) for _, item in _numbers(value, with_pointers=False)):
        return []  # as nearly always, and pointers take their time
    return [pointer for pointer, item in _numbers(value, with_pointers=True) if not _fits(item)]


def _fits(number: float) -> bool:
    return _LEAST <= number <= _MOST if isinstance(number, int) else math.isfinite(number)


def _numbers(value: Any, *, with_pointers: bool) -> Iterator[tuple[str, float]]:
    waiting: list[tuple[str, Any]] = [("", value)]
    while waiting:
        pointer, item = waiting.pop()
        if isinstance(item, int | float):
            yield pointer, item
        elif isinstance(item, dict | list):
            members = list(item.items() if isinstance(item, dict) else enumerate(item))
            waiting += [
                (f"{pointer}/{escape(str(key))}" if with_pointers else "", member) for key, member in reversed(members)
            ]
