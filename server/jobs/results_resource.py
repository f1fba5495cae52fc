"""What a job collected, and what it set aside, over HTTP: as pages, or whole as JSON lines."""

from __future__ import annotations

from abc import ABC, abstractmethod

import falcon
import falcon.asgi

from server import parameters
from server.authentication import scope_of
from server.errors import InvalidParameter, NoResult, NotReady
from server.jobs import results
from server.jobs.job import ENDED, Job, State
from server.jobs.resource import find_job
from server.jobs.results import BadCursor, Results
from server.jobs.store import JobStore
from server.jobs.waiting import JobWaiting, Until

JSON_LINES = "application/x-ndjson"
_MOST_ROWS = 10_000


class RowsResource(ABC):
    """`GET /jobs/{job_id}/<name>`: rows of one of the job's files; the subclasses say which."""

    #: The file.
    name: str

    def __init__(self, store: JobStore, rows: Results, waiting: JobWaiting) -> None:
        self._store = store
        self._rows = rows
        self._waiting = waiting

    @parameters.takes("wait", "limit", "cursor")
    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, job_id: str) -> None:
        """Shows rows; with `?wait=` once the job has ended.

        Raises:
            NotReady: When the job has not ended.
            NoResult: When it ended without these rows.
        """
        limit = parameters.whole_number(req, "limit", 100, least=1, most=_MOST_ROWS)
        cursor = parameters.text(req, "cursor")
        seconds = parameters.seconds(req, "wait", most=self._waiting.max_seconds)
        job = await find_job(self._store, job_id, scope_of(req))
        job = await self._waiting.wait(job, seconds or 0, Until.ENDED)
        if job.state not in ENDED:
            raise NotReady(f"the job is {job.state}", hint="?wait=30 answers once it has ended, or after 30 s")
        attempt = self.attempt(job)
        total, truncated = self.total(job)
        if req.client_prefers((falcon.MEDIA_JSON, JSON_LINES)) == JSON_LINES:
            stream = await self._rows.stream(job.id, attempt, self.name)
            resp.content_type = JSON_LINES
            resp.set_headers({"Rows-Total": str(total), "Rows-Truncated": str(truncated).lower()})
            if req.method == "HEAD":
                await stream.close()
            resp.set_stream(stream, stream.size)
            return
        try:
            page = await self._rows.page(job.id, attempt, self.name, limit=limit, cursor=cursor)
        except BadCursor as error:
            raise InvalidParameter("?cursor", "is none that these rows gave") from error
        resp.content_type = falcon.MEDIA_JSON
        resp.data = page.to_json(total, truncated=truncated)

    on_head = on_get

    @abstractmethod
    def attempt(self, job: Job) -> str:
        """The attempt whose file is shown.

        Raises:
            NoResult: When there is none.
        """

    @abstractmethod
    def total(self, job: Job) -> tuple[int, bool]:
        """How many rows there are, and whether there were more than were kept."""


class ResultResource(RowsResource):
    """`GET /jobs/{job_id}/result`: rows of `take` or `collect`."""

    name = results.RESULT

    def attempt(self, job: Job) -> str:
        """The attempt that is DONE."""
        if job.state is not State.DONE or job.attempt is None:
            raise NoResult(f"the job ended {job.state}; it has no result")
        if job.result is None:
            raise NoResult("the job collected no rows", hint="end it with a step such as take or collect")
        return job.attempt

    def total(self, job: Job) -> tuple[int, bool]:
        """As the runner counted them."""
        found = job.result or {}
        return int(found.get("rows", 0)), bool(found.get("truncated", False))


class RejectsResource(RowsResource):
    """`GET /jobs/{job_id}/rejects`: lines that steps set aside."""

    name = results.REJECTS

    def __init__(self, store: JobStore, rows: Results, waiting: JobWaiting, *, most: int) -> None:
        super().__init__(store, rows, waiting)
        self._most = most

    def attempt(self, job: Job) -> str:
        """The attempt that ended the job, also where it failed for its data."""
        if job.attempt is None and job.rejects:
            raise NoResult(
                f"the job ended {job.state}; the {job.rejects} lines that it set aside were not kept",
                hint="they are kept where the job is DONE, and where the data itself ended it",
            )
        if job.attempt is None:
            raise NoResult(f"the job ended {job.state} before it set anything aside")
        return job.attempt

    def total(self, job: Job) -> tuple[int, bool]:
        """All that were set aside; only the first ones are kept."""
        return job.rejects or 0, (job.rejects or 0) > self._most
