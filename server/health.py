"""`GET /health`: whether the server can do its work."""

from __future__ import annotations

import falcon.asgi

from server import VERSION
from server.jobs.store import JobStore


class HealthResource:
    """Healthy is: Redis answers. The store's error becomes a 503 by itself."""

    def __init__(self, store: JobStore) -> None:
        self._store = store

    async def on_get(self, _req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Shows the version and how many jobs wait and run."""
        counts = await self._store.counts()
        resp.media = {"status": "ok", "version": VERSION, "redis": "ok", "queue": counts}

    on_head = on_get
