"""What happened to a job, over HTTP: as a list, or live as server-sent events."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator
from typing import Any

import falcon
import falcon.asgi

from server import parameters
from server.authentication import scope_of
from server.errors import InvalidParameter, StoreUnavailable
from server.jobs.job import ENDED, rfc3339
from server.jobs.protocol import Event
from server.jobs.resource import find_job
from server.jobs.store import JobStore
from server.strict_json import dump
from server.waiting import Waiting

EVENT_STREAM = "text/event-stream"
_ID = re.compile(r"[0-9]{1,15}")
_MOST_EVENTS = 1000
_PER_READ = 500
#: A comment is sent so often, seconds, so that proxies keep the connection and a reader that left is noticed.
_HEARTBEAT_SECONDS = 15.0
#: When a reader whose connection broke comes back, milliseconds.
_RETRY_MILLISECONDS = 1000


def show(event: Event) -> dict[str, Any]:
    """An event as JSON."""
    return {"id": event.id, "at": rfc3339(event.at), "kind": event.kind, "data": event.data}


class EventsResource:
    """`GET /jobs/{job_id}/events`."""

    def __init__(self, store: JobStore, waiting: Waiting) -> None:
        self._store = store
        self._waiting = waiting

    @parameters.takes("after", "limit")
    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, job_id: str) -> None:
        """Shows events after `?after=` (or the header `Last-Event-ID`), oldest first."""
        after = _after(req)
        limit = parameters.whole_number(req, "limit", _PER_READ, least=1, most=_MOST_EVENTS)
        job = await find_job(self._store, job_id, scope_of(req))
        resp.set_header("Vary", "Accept")
        if req.client_prefers((falcon.MEDIA_JSON, EVENT_STREAM)) != EVENT_STREAM:
            events = await self._store.events(job.id, after=after, limit=limit)
            resp.media = {"events": [show(event) for event in events], "after": events[-1].id if events else after}
        elif job.state in ENDED and after != "0" and not await self._store.events(job.id, after=after, limit=1):
            resp.status = falcon.HTTP_204  # tells an EventSource that has seen everything not to come back
        else:
            resp.set_header("X-Accel-Buffering", "no")
            resp.sse = self._live(job.id, after)

    on_head = on_get

    async def _live(self, job_id: str, after: str) -> AsyncIterator[falcon.asgi.SSEvent]:
        """Events as they happen, until all of an ended job are told; a reader comes back when Redis or we go away."""
        yield falcon.asgi.SSEvent(retry=_RETRY_MILLISECONDS, comment="events follow")
        with contextlib.suppress(StoreUnavailable):
            async for event in self._follow(job_id, after):
                yield event

    async def _follow(self, job_id: str, after: str) -> AsyncIterator[falcon.asgi.SSEvent]:
        with self._waiting.watch(job_id) as watch:
            while not self._waiting.stopping:
                state = await self._store.state(job_id)  # before the events: an ended job's are complete
                events = await self._store.events(job_id, after=after, limit=_PER_READ)
                for event in events:
                    yield falcon.asgi.SSEvent(data=dump(show(event)), event=event.kind, event_id=event.id)
                    after = event.id
                if events:
                    continue
                if state is None or state in ENDED:
                    yield falcon.asgi.SSEvent(data=dump({"state": state}), event="end")
                    return
                if not await watch.wait(_HEARTBEAT_SECONDS):
                    yield falcon.asgi.SSEvent(comment="still here")


def _after(req: falcon.asgi.Request) -> str:
    name, given = "Last-Event-ID", req.get_header("Last-Event-ID")
    if given is None:
        name, given = "?after", parameters.text(req, "after")
    if given is not None and not _ID.fullmatch(given):
        raise InvalidParameter(name, "must be the id of an event, such as 12")
    return given or "0"
