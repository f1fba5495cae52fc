"""`GET /`: what there is, for whoever opens the address that the server prints."""

from __future__ import annotations

import falcon.asgi

from server import VERSION

_LINKS = {
    "jobs": "/jobs",
    "functions": "/functions",
    "templates": "/templates",
    "batches": "/batches",
    "processes": "/api/v1/process",
    "health": "/health",
}


class IndexResource:
    """Where to begin."""

    async def on_get(self, _req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Shows the version, and where the lists are."""
        resp.media = {"name": "Speedy Gonzales", "version": VERSION, "links": _LINKS}

    on_head = on_get
