"""Jobs over HTTP: submitting, listing, reading, waiting for and cancelling them."""

from __future__ import annotations

import asyncio
import re
from functools import partial
from typing import Any

import falcon
import falcon.asgi

from functions.catalog import Catalog
from functions.check import Fault
from server import parameters
from server.analyses.asking import Asking
from server.authentication import scope_of, tenant_of
from server.batches.destinations import Destinations, url_check
from server.body import read_body
from server.errors import InvalidRequest, JobEnded, JobNotFound, TemplateNotFound
from server.idempotency import Idempotency
from server.jobs.job import Job, State
from server.jobs.protocol import Cancelled, Submitted
from server.jobs.store import JobStore
from server.jobs.submission import Submission, check_idempotency_key, fingerprint_of, read_submission
from server.jobs.waiting import JobWaiting, Until
from server.limits import Limits
from server.listing import PAGE, read_page
from server.settings import Settings
from server.strict_json import parse
from server.templates.store import TemplateStore
from server.templates.submission import names_template, read_template_submission, read_use
from server.templates.template import Template

#: Bodies beyond this are checked in a thread, so that other requests need not wait.
_LARGE_BYTES = 65_536
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


async def find_job(store: JobStore, job_id: str, scope: str | None) -> Job:
    """The job of that id.

    Args:
        store: The store.
        job_id: Its id.
        scope: Whose jobs may be seen; None: everybody's.

    Raises:
        JobNotFound: When there is none, or it is another's.
    """
    job = await store.get(job_id) if is_id(job_id) else None
    if job is None or scope not in (None, job.tenant):
        raise JobNotFound(f"there is no job `{job_id[:100]}`")
    return job


def is_id(text: str) -> bool:
    """Whether a text could be a job's id."""
    return bool(_ID.fullmatch(text))


class Intake:
    """Reads and checks submissions."""

    def __init__(self, catalog: Catalog, settings: Settings, limits: Limits, templates: TemplateStore) -> None:
        self._catalog = catalog
        self._limits = limits
        self._templates = templates
        self._roots = settings.roots()
        self._check_url = url_check(Destinations.of(settings.webhook_allow))
        self._max_steps = settings.max_steps
        self._max_body_bytes = settings.max_body_bytes

    async def body(self, req: falcon.asgi.Request) -> Any:
        """The body of a request, parsed.

        Raises:
            MalformedBody: When the body is no JSON.
            BodyTooLarge: When it is too large.
        """
        raw = await read_body(req, self._max_body_bytes)
        return await asyncio.to_thread(parse, raw) if len(raw) > _LARGE_BYTES else parse(raw)

    async def read(self, req: falcon.asgi.Request, body: Any, *, of_steps: list[Fault] | None = None) -> Submission:
        """The submission that a parsed body is.

        Args:
            req: The request.
            body: The body.
            of_steps: Takes mistakes of steps, as `read_submission` says; of a template there are none.

        Raises:
            InvalidRequest: With every mistake found in it.
        """
        tenant = tenant_of(req)
        template = await self._template(body, tenant) if names_template(body) else None
        is_large = (req.content_length or _LARGE_BYTES + 1) > _LARGE_BYTES or template is not None
        return (
            await asyncio.to_thread(self._check, body, template, tenant, of_steps)
            if is_large
            else self._check(body, template, tenant, of_steps)
        )

    async def _template(self, body: dict[str, Any], tenant: str) -> Template:
        """The template that a submission names; anything wrong with it stands beside what else is wrong."""
        faults: list[Fault] = []
        reference = read_use(body, faults)
        if reference is not None:
            try:
                found = await self._templates.get(reference, tenant=tenant)
            except TemplateNotFound as error:
                faults.append(Fault("/template", error.detail, error.hint))
        if faults or reference is None:
            raise InvalidRequest(faults)
        return found

    def _check(self, body: Any, template: Template | None, tenant: str, of_steps: list[Fault] | None) -> Submission:
        check = partial(
            read_submission,
            catalog=self._catalog,
            roots=self._roots,
            max_steps=self._max_steps,
            tenant=tenant,
            rules=self._limits.s3_rules(tenant),
            check_url=self._check_url,
        )
        if template is None:
            return check(body, of_steps=of_steps)
        return read_template_submission(body, template, check, most_bytes=self._max_body_bytes)


class SubmitResource:
    """`POST /jobs/submit`."""

    def __init__(self, store: JobStore, intake: Intake, *, capacity: int) -> None:
        self._store = store
        self._intake = intake
        self._capacity = capacity

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Files a job; the answer is sent once it is stored.

        Raises:
            QueueFull: When too many jobs wait.
            IdempotencyConflict: When the key came with another body before.
        """
        key = check_idempotency_key(req.get_header("Idempotency-Key"))
        body = await self._intake.body(req)
        submitted = await self._repeated(req, key, body)
        if submitted is None:
            submission = await self._intake.read(req, body)
            submitted = await self._store.submit(
                submission.job,
                idempotency=None if key is None else Idempotency(key, submission.fingerprint, tenant_of(req)),
                capacity=self._capacity,
            )
        resp.status = falcon.HTTP_201
        resp.location = f"/jobs/{submitted.job_id}"
        if submitted.replayed:
            resp.set_header("Idempotency-Replayed", "true")
        resp.media = {"job_id": submitted.job_id}

    async def _repeated(self, req: falcon.asgi.Request, key: str | None, body: Any) -> Submitted | None:
        """What the same request filed before: its template may be gone since, or have another latest version."""
        if key is None or not names_template(body):
            return None
        return await self._store.submitted(Idempotency(key, fingerprint_of(body), tenant_of(req)))


class ValidateResource:
    """`POST /jobs/validate`, and with `?deep=true` a runner's analysis, too."""

    def __init__(self, intake: Intake, asking: Asking) -> None:
        self._intake = intake
        self._asking = asking

    @parameters.takes("deep")
    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Checks a submission as `POST /jobs/submit` does, and files nothing.

        Raises:
            InvalidRequest: With every mistake found.
            NoRunner: When no runner answers in time.
        """
        is_deep = parameters.flag(req, "deep")
        # A mistake in one step does not keep a runner from telling those in others.
        wrong: list[Fault] = []
        submission = await self._intake.read(req, await self._intake.body(req), of_steps=wrong if is_deep else None)
        shown = submission.to_json()
        if is_deep:
            found = await self._asking.analyse(submission, wrong)
            steps = [{**step, **more} for step, more in zip(shown["steps"], found.steps, strict=True)]
            shown |= {"steps": steps, "warnings": [*shown["warnings"], *found.warnings]}
            shown |= {"plans": list(found.plans), "bytes": found.bytes}
        resp.media = shown


class JobsResource:
    """`GET /jobs`."""

    def __init__(self, store: JobStore) -> None:
        self._store = store

    @parameters.takes(*PAGE)
    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Lists jobs, newest first."""
        jobs, cursor = await read_page(req, self._store.list, State)
        resp.media = {"jobs": [job.to_json() for job in jobs], "cursor": cursor}

    on_head = on_get


class JobResource:
    """`GET` and `DELETE /jobs/{job_id}`."""

    def __init__(self, store: JobStore, waiting: JobWaiting) -> None:
        self._store = store
        self._waiting = waiting

    @parameters.takes("wait", "since", "until")
    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, job_id: str) -> None:
        """Shows the record; with `?wait=` once the state is another than `?since=` or than it was, or as `?until=`."""
        seconds = parameters.seconds(req, "wait", most=self._waiting.max_seconds)
        since = parameters.one_of(req, "since", State)
        until = parameters.one_of(req, "until", Until) or Until.CHANGED
        job = await find_job(self._store, job_id, scope_of(req))
        resp.media = (await self._waiting.wait(job, seconds or 0, until, since=since)).to_json()

    on_head = on_get

    async def on_delete(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, job_id: str) -> None:
        """Cancels the job: 200 when that is done, 202 when its runner was asked to.

        Raises:
            JobEnded: When it has ended.
        """
        await find_job(self._store, job_id, scope_of(req))
        cancelled = await self._store.cancel(job_id)
        job = await find_job(self._store, job_id, scope_of(req))
        if cancelled is Cancelled.ENDED:
            raise JobEnded(f"the job is {job.state} already")
        resp.status = falcon.HTTP_200 if cancelled is Cancelled.CANCELLED else falcon.HTTP_202
        resp.media = job.to_json()
