"""Bodies of requests: read with a bound."""

from __future__ import annotations

import asyncio

import falcon.asgi

from server.errors import BodyTooLarge, MalformedBody

#: What is read, and thrown away, of a body that is too large, so that its sender comes to read the answer.
_DISCARDED_BYTES = 16 * 1_048_576
_DISCARD_SECONDS = 5.0


async def read_body(req: falcon.asgi.Request, limit: int) -> bytes:
    """The body of a request, whatever its content type.

    Args:
        req: The request.
        limit: Largest body, bytes.

    Raises:
        BodyTooLarge: When it is larger; also where its length was not announced.
        MalformedBody: When it is shorter than announced.
    """
    announced = req.content_length
    if announced is None or announced <= limit:
        body = await req.stream.read(limit + 1)
        if announced is not None and len(body) < announced:
            raise MalformedBody("the body ended early")
        if len(body) <= limit:
            return body
    raise BodyTooLarge(limit, is_read=await _discard(req))


async def _discard(req: falcon.asgi.Request) -> bool:
    """Reads on, as far as that is worth it: a connection closed on unread data is reset, and no one would see why.

    Returns:
        Whether that was all.
    """
    left = _DISCARDED_BYTES
    try:
        async with asyncio.timeout(_DISCARD_SECONDS):
            while left > 0:
                chunk = await req.stream.read(65_536)
                if not chunk:
                    return True
                left -= len(chunk)
    except TimeoutError:
        pass
    return False
