"""Clients that leave while their request waits."""

from __future__ import annotations

import falcon.asgi


async def until_left(req: falcon.asgi.Request) -> None:
    """Returns when the client of a request whose body is read has closed the connection."""
    # Falcon has no public way to this for requests that answer once.
    while (await req._receive())["type"] != "http.disconnect":
        pass
