from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import falcon.asgi
import falcon.testing

from server.errors import StoreUnavailable
from server.jobs.events_resource import EventsResource
from server.jobs.job import Job, State
from server.jobs.protocol import Event
from server.jobs.store import JobStore
from server.waiting import Waiting


class QuietWatch:
    async def wait(self, _seconds: float) -> bool:
        """Nothing ever changes; no time passes either."""
        return False

    def ring(self) -> None: ...


class QuietChanges:
    @contextmanager
    def watch(self, _job_id: str) -> Iterator[QuietWatch]:
        yield QuietWatch()


class ScriptedStore:
    """A store whose job has these states, one a look; an error among them is raised."""

    def __init__(self, *looks: State | Exception) -> None:
        self._looks = list(looks)

    async def get(self, job_id: str) -> Job:
        return Job(job_id, [], State.RUNNING, 0)

    async def state(self, _job_id: str) -> State:
        look = self._looks.pop(0)
        if isinstance(look, Exception):
            raise look
        return look

    async def events(self, _job_id: str, *, after: str, limit: int) -> list[Event]:
        return [Event("1", 0, "state", {"state": "QUEUED"})] if after == "0" else []


def read(store: ScriptedStore) -> str:
    app: falcon.asgi.App[Any, Any] = falcon.asgi.App()
    waiting = Waiting(cast("Any", QuietChanges()))
    app.add_route("/jobs/{job_id}/events", EventsResource(cast("JobStore", store), waiting))
    answer = falcon.testing.simulate_get(app, "/jobs/x/events", headers={"Accept": "text/event-stream"})
    assert answer.status_code == 200
    return answer.text


def test_a_comment_is_sent_when_nothing_happens() -> None:
    told = read(ScriptedStore(State.RUNNING, State.RUNNING, State.RUNNING, State.DONE))
    assert told.count(": still here") == 2
    assert told.rstrip().endswith('event: end\ndata: {"state":"DONE"}')


def test_a_stream_ends_quietly_when_redis_goes_away() -> None:
    told = read(ScriptedStore(State.RUNNING, StoreUnavailable()))
    assert '"QUEUED"' in told
    assert "event: end" not in told
