"""Waiting for a condition with a deadline; the only place in the tests that lets time pass."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

_BETWEEN_LOOKS = 0.02


def wait_until(condition: Callable[[], T], *, within: float, what: str) -> T:
    """What `condition` gives once it is true; fails after `within` seconds."""
    deadline = time.monotonic() + within
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s: {what}")
        time.sleep(_BETWEEN_LOOKS)
    return found


async def until(condition: Callable[[], T], *, within: float, what: str) -> T:
    """The same, while the event loop runs on."""
    deadline = time.monotonic() + within
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s: {what}")
        await asyncio.sleep(_BETWEEN_LOOKS)
    return found


async def until_told(ask: Callable[[], Awaitable[bool]], *, within: float) -> None:
    """The same for a condition that must be asked for."""
    async with asyncio.timeout(within):
        while not await ask():  # noqa: ASYNC110 - Redis or a server is asked; it tells no one by itself
            await asyncio.sleep(_BETWEEN_LOOKS)
