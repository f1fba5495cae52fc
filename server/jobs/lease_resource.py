"""Jobs for a runner outside of ours: it leases one, keeps the lease, and ends the job, all over HTTP.

It shows its key as `Authorization: Bearer <key>`. Credentials of a job are never handed out.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Annotated, Any, Literal
from uuid import uuid4

import falcon.asgi
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from server import parameters
from server.authentication import bearer, scope_of
from server.body import read_body
from server.errors import (
    CancelRequested,
    InvalidParameter,
    JobNotFound,
    LeaseLost,
    NoJobWaiting,
    Unauthorized,
)
from server.faults import read_model
from server.jobs.job import NOT_FOUND, Reason, State
from server.jobs.protocol import Beat, Claim, Failed, Outcome, Prepared
from server.jobs.resource import is_id
from server.jobs.store import JobStore
from server.settings import Settings
from server.strict_json import parse

#: Who holds the lease of a job that was given out here.
OWNER = "outside"
_EXAMPLE = '{"status": "RUNNING", "lease": {…}}'

_Nonce = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{1,64}$")]


class Lease(BaseModel):
    """What `GET /jobs/pop` handed out, shown again to prove it."""

    model_config = ConfigDict(extra="ignore", strict=True)

    fence: Annotated[int, Field(ge=0, le=2**53)]
    nonce: _Nonce


class Why(BaseModel):
    """Why a job failed."""

    model_config = ConfigDict(extra="forbid", strict=True)

    code: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")] = "step_failed"
    detail: Annotated[str, StringConstraints(min_length=1, max_length=10_000)]
    step: Annotated[int, Field(ge=0, le=10_000)] | None = None
    function: Annotated[str, StringConstraints(max_length=200)] | None = None
    argument: Annotated[str, StringConstraints(max_length=200)] | None = None
    hint: Annotated[str, StringConstraints(max_length=2000)] | None = None
    pointer: Annotated[str, StringConstraints(max_length=2000)] | None = None


class Report(BaseModel):
    """The body of `PUT /jobs/status/{job_id}`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    status: Literal["RUNNING", "DONE", "FAILED", "CANCELLED", "QUEUED"]
    lease: Lease
    reason: Why | None = None
    #: Whether a FAILED job may be tried again while attempts are left.
    retryable: bool = False
    #: Names the output; None: nothing tells it from that of another attempt but the lease.
    manifest_digest: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z:_-]{1,200}$")] | None = None


class RunnerKey:
    """The key that an outside runner shows."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def check(self, req: falcon.asgi.Request) -> None:
        """Makes sure that the request shows it.

        Raises:
            Unauthorized: When it does not.
        """
        token = bearer(req)
        if token is None or not hmac.compare_digest(token.encode(), self._key):
            raise Unauthorized(hint="send the header `Authorization: Bearer <runner key>`")


class PopResource:
    """`GET /jobs/pop`."""

    def __init__(self, store: JobStore, key: RunnerKey, settings: Settings) -> None:
        self._store = store
        self._key = key
        self._lease_seconds = settings.lease_seconds

    @parameters.takes("nonce")
    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Leases the next job. A retry with the same `?nonce=` gets the same job.

        Raises:
            Unauthorized: Without the key.
            NoJobWaiting: When none waits.
        """
        self._key.check(req)
        nonce = parameters.text(req, "nonce") or uuid4().hex
        if not is_id(nonce):
            raise InvalidParameter("?nonce", "must be 1 to 64 letters, digits, `_` or `-`")
        claim = await self._store.claim(OWNER, nonce, lease_seconds=self._lease_seconds)
        if claim is None:
            raise NoJobWaiting
        resp.media = {
            "job_id": claim.job.id,
            "steps": claim.job.steps,
            "options": claim.job.options,
            "timeout_seconds": claim.job.timeout_seconds,
            "attempt": claim.job.attempts,
            "committing": claim.committing,
            "lease": self._lease(claim),
        }

    def _lease(self, claim: Claim) -> dict[str, Any]:
        return {"fence": claim.fence, "nonce": claim.nonce, "expires_in_seconds": self._lease_seconds}


class StatusResource:
    """`GET` and `PUT /jobs/status/{job_id}`."""

    def __init__(self, store: JobStore, key: RunnerKey, settings: Settings) -> None:
        self._store = store
        self._key = key
        self._lease_seconds = settings.lease_seconds
        self._max_body_bytes = settings.max_body_bytes

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, job_id: str) -> None:
        """Shows the state, always with 200; of an unknown job NOT_FOUND, as clients of the original expect."""
        state = await self._store.state(job_id, tenant=scope_of(req)) if is_id(job_id) else None
        resp.media = {"status": state.value if state else NOT_FOUND}

    on_head = on_get

    async def on_put(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, job_id: str) -> None:
        """Renews a lease (RUNNING), hands the job back (QUEUED) or ends it.

        Raises:
            Unauthorized: Without the key.
            LeaseLost: When the lease is not, or no longer, the job's.
            CancelRequested: When a job to be cancelled is reported DONE.
        """
        self._key.check(req)
        body = parse(await read_body(req, self._max_body_bytes))
        report = read_model(Report, body, _EXAMPLE, detail="the report is not valid; nothing was changed")
        if not is_id(job_id):
            raise JobNotFound(f"there is no job `{job_id[:100]}`")
        answer = await self._apply(job_id, report)
        if answer is None:
            if await self._store.state(job_id) is None:
                raise JobNotFound(f"there is no job `{job_id}`")
            raise LeaseLost
        resp.media = answer

    async def _apply(self, job_id: str, report: Report) -> dict[str, Any] | None:
        """The answer; None when the lease is lost."""
        fence, nonce = report.lease.fence, report.lease.nonce
        match report.status:
            case "RUNNING":
                return await self._renew(job_id, fence, nonce)
            case "DONE":
                return await self._done(job_id, fence, nonce, report.manifest_digest)
            case "FAILED":
                failed = await self._store.fail(job_id, fence, nonce, _reason(report), retryable=report.retryable)
                if failed is Failed.LOST:
                    return None
                return {"status": (State.QUEUED if failed is Failed.DELAYED else State.FAILED).value}
            case "CANCELLED":
                held = await self._store.stopped(job_id, fence, nonce)
            case "QUEUED":
                held = await self._store.hand_back(job_id, fence, nonce)
        return {"status": report.status} if held else None

    async def _renew(self, job_id: str, fence: int, nonce: str) -> dict[str, Any] | None:
        beat = await self._store.beat(job_id, fence, nonce, lease_seconds=self._lease_seconds)
        if beat is Beat.LOST:
            return None
        return {
            "status": State.RUNNING.value,
            "cancel": beat is Beat.CANCEL,
            "lease": {"fence": fence, "nonce": nonce, "expires_in_seconds": self._lease_seconds},
        }

    async def _done(self, job_id: str, fence: int, nonce: str, digest: str | None) -> dict[str, Any] | None:
        digest = digest or hashlib.sha256(f"{fence}-{nonce}".encode()).hexdigest()
        # In one step: an outside runner's output is nothing that a runner of ours could publish in its place.
        match await self._store.commit(job_id, fence, nonce, digest, Outcome()):
            case Prepared.CANCEL:
                raise CancelRequested
            case Prepared.OK:
                return {"status": State.DONE.value}
        job = await self._store.get(job_id)
        # A report that is repeated finds its own job DONE.
        ours = job is not None and job.state is State.DONE and job.attempt == f"{fence}-{nonce}"
        return {"status": State.DONE.value} if ours else None


def _reason(report: Report) -> Reason:
    if report.reason is None:
        return Reason("step_failed", "the outside runner gave no reason")
    return Reason(**report.reason.model_dump())
