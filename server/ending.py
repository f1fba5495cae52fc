"""Ending tasks for sure."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

#: Between two tries, seconds.
_AGAIN_SECONDS = 0.1


async def end(tasks: Iterable[asyncio.Future[Any]]) -> None:
    """Cancels tasks and waits for their end.

    A cancel that meets a task in the moment in which its answer arrives can be lost on the way (libraries that catch
    it while they clean up), so it is repeated until the task has ended.
    """
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=_AGAIN_SECONDS)
