"""The store's reading side: records, lists, histories, counts. Nothing here writes."""

from __future__ import annotations

import builtins
import re

from redis.asyncio import Redis

from server.api_keys import NOBODY
from server.jobs.codec import event_of, job_of, record
from server.jobs.job import Job, State
from server.jobs.protocol import Event
from server.pages import Pages
from server.redis_connection import tells_absence
from server.scripts import Call, Scripts

_LEVELS = ("high", "normal", "low")


class JobReading:
    """Reads jobs."""

    _redis: Redis
    _scripts: Scripts
    _pages: Pages

    @tells_absence
    async def get(self, job_id: str) -> Job | None:
        """The record of a job; None: there is none."""
        fields = await self._scripts.command("HGETALL", self._scripts.key("job", job_id))
        return job_of(job_id, fields) if "state" in fields else None

    @tells_absence
    async def state(self, job_id: str, *, tenant: str | None = None) -> State | None:
        """The state of a job; None: there is none or, where a tenant is named, it is another's."""
        key = self._scripts.key("job", job_id)
        found, whose = await self._scripts.command("HMGET", key, "state", "tenant")
        return State(found) if found and tenant in (None, whose or NOBODY) else None

    @tells_absence
    async def list(
        self, *, state: State | None = None, limit: int = 50, cursor: str | None = None, tenant: str | None = None
    ) -> tuple[builtins.list[Job], str | None]:
        """A page of jobs, newest first, and the cursor of the next page (None: this was the last).

        A page takes the same time however many jobs there are. Jobs submitted meanwhile do not move later pages.

        Args:
            state: Only jobs in this state; all by default.
            limit: Most jobs of the page.
            cursor: Where the page before ended; from the newest by default.
            tenant: Only this one's jobs; a page may then be short, or empty, although more follow.

        Raises:
            ValueError: When the cursor is none that this method gave.
        """
        rows, following = await self._pages.page(state, limit=limit, cursor=cursor, tenant=tenant)
        return [job_of(job_id, record(flat)) for job_id, flat in rows], following

    @tells_absence
    async def events(self, job_id: str, *, after: str = "0", limit: int = 500) -> builtins.list[Event]:
        """What happened to a job, oldest first; the last 1,000 events are kept.

        Args:
            job_id: The job.
            after: The id of the last event known; "0" for none.
            limit: Most events.

        Raises:
            ValueError: When `after` is no event's id.
        """
        if not re.fullmatch(r"[0-9]{1,15}", after):
            raise ValueError(f"{after!r} is no event's id")
        found = await self._scripts.run(Call("events", {"id": job_id, "after": after, "limit": max(1, limit)}))
        return [event_of(text) for text in found]

    @tells_absence
    async def counts(self) -> dict[str, int]:
        """How many jobs there are: `queued` and by level `queued_high` …, `running`, `delayed`, and by state."""
        pipeline = self._redis.pipeline(transaction=True)  # a job on its way is counted once
        for level in _LEVELS:
            pipeline.llen(self._scripts.key(f"queued_{level}"))
        pipeline.llen(self._scripts.key("running"))
        pipeline.zcard(self._scripts.key("delayed"))
        for state in State:
            pipeline.zcard(self._scripts.key(state.value))
        found = await pipeline.execute()
        names = (*(f"queued_{level}" for level in _LEVELS), "running", "delayed", *(state.value for state in State))
        counts = dict(zip(names, found, strict=True))
        return {"queued": sum(counts[f"queued_{level}"] for level in _LEVELS), **counts}
