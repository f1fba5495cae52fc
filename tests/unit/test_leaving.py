"""Work for clients that have left."""

from __future__ import annotations

import asyncio
import gc
from typing import Any, cast

import falcon.asgi
import pytest

from server.batches.resource import _unless_left
from server.errors import BatchClosed, BatchFull


class Left:
    """The request of a client that has left."""

    async def _receive(self) -> dict[str, str]:
        return {"type": "http.disconnect"}


async def fails_when_it_is_ended() -> None:
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        raise BatchClosed from None


async def test_what_fails_when_its_client_has_left_is_no_unexpected_error() -> None:
    unexpected: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unexpected.append(context))
    with pytest.raises(BatchFull):
        await _unless_left(cast("falcon.asgi.Request", Left()), fails_when_it_is_ended())
    gc.collect()
    assert unexpected == []
