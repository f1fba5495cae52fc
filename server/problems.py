"""Errors as problem documents (RFC 9457): the only module that knows which HTTP status an error has.

Each is `{"type", "title", "status", "detail", "code", "errors": [{"pointer", "detail", "hint"}]}`; `hint` stands beside
`detail` where the whole has one. `type` leads to `GET /problems/{code}`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import falcon
import falcon.asgi
import structlog

from functions.catalog import StepFaults
from functions.check import Fault
from functions.errors import SpeedyError
from server import errors
from server.strict_json import dump

MEDIA_TYPE = "application/problem+json"

STATUSES: Mapping[type[SpeedyError], HTTPStatus] = {
    errors.InvalidParameter: HTTPStatus.BAD_REQUEST,
    errors.MalformedBody: HTTPStatus.BAD_REQUEST,
    errors.Unauthorized: HTTPStatus.UNAUTHORIZED,
    errors.ApiKeyNeeded: HTTPStatus.UNAUTHORIZED,
    errors.ForeignOrigin: HTTPStatus.FORBIDDEN,
    errors.JobNotFound: HTTPStatus.NOT_FOUND,
    errors.FunctionNotFound: HTTPStatus.NOT_FOUND,
    errors.BatchNotFound: HTTPStatus.NOT_FOUND,
    errors.NoResult: HTTPStatus.NOT_FOUND,
    errors.ProcessNotFound: HTTPStatus.NOT_FOUND,
    errors.KeyNotHeld: HTTPStatus.NOT_FOUND,
    errors.TemplateNotFound: HTTPStatus.NOT_FOUND,
    errors.InvalidTransition: HTTPStatus.CONFLICT,
    errors.JobEnded: HTTPStatus.CONFLICT,
    errors.NotReady: HTTPStatus.CONFLICT,
    errors.LeaseLost: HTTPStatus.CONFLICT,
    errors.BatchClosed: HTTPStatus.CONFLICT,
    errors.CancelRequested: HTTPStatus.CONFLICT,
    errors.KeysInUse: HTTPStatus.CONFLICT,
    errors.TemplateChanged: HTTPStatus.CONFLICT,
    errors.NoJobWaiting: HTTPStatus.GONE,
    errors.BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.InvalidRequest: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.IdempotencyConflict: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.KeyConflict: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.ProcessExists: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.TooManyTemplates: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.NoKeysFree: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.QueueFull: HTTPStatus.TOO_MANY_REQUESTS,
    errors.BatchFull: HTTPStatus.TOO_MANY_REQUESTS,
    errors.StoreUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.ServerStopping: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.NoRunner: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.OutputsUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}

#: Seconds after which a request that met no Redis may be tried again.
_RETRY_AFTER = 1
_MAY_BE_TRIED_AGAIN = (
    errors.QueueFull,
    errors.BatchFull,
    errors.StoreUnavailable,
    errors.ServerStopping,
    errors.NoRunner,
    errors.OutputsUnavailable,
)
#: A body of a megabyte can hold very many mistakes.
_MOST_FAULTS = 100

log = structlog.get_logger()


@dataclass(frozen=True)
class Problem:
    """An error as its reader sees it."""

    status: int
    code: str
    title: str
    detail: str
    faults: list[Fault] = field(default_factory=list)
    hint: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The document."""
        return {
            "type": f"/problems/{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            **({"hint": self.hint} if self.hint else {}),
            "code": self.code,
            "errors": [fault.to_json() for fault in self.faults[:_MOST_FAULTS]],
        }

    def answer(self, resp: falcon.asgi.Response) -> None:
        """Makes this the answer."""
        resp.status = self.status
        resp.content_type = MEDIA_TYPE
        resp.data = dump(self.to_json())
        resp.text = resp.stream = resp.sse = None  # what the responder may have begun
        resp.set_headers(dict(self.headers))


def of_error(error: SpeedyError) -> Problem:
    """The problem that an error of ours is; one that has no status is the server's own fault."""
    status = next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), None)
    if status is None:
        return unexpected(error)
    faults = error.faults if isinstance(error, errors.InvalidRequest | errors.KeysInUse) else []
    detail = error.detail
    if isinstance(error, errors.StoreUnavailable):
        log.warning("the queue's Redis does not answer", detail=detail)  # where it is concerns no client
        detail = f"{title(type(error))}; try again"
    return Problem(status, error.code, title(type(error)), detail, faults, error.hint, _headers(error))


def of_falcon(error: falcon.HTTPError, req: falcon.asgi.Request) -> Problem:
    """The problem that one of Falcon's errors is."""
    status = falcon.http_status_to_code(error.status)
    phrase = HTTPStatus(status).phrase
    code = re.sub(r"[^a-z]+", "_", phrase.lower())
    detail = error.description or f"{req.method} {req.path[:200]}: {phrase.lower()}"
    headers = error.headers.items() if isinstance(error.headers, dict) else error.headers or ()
    return Problem(status, code, phrase, detail, headers=dict(headers))


def unexpected(error: Exception, **where: str) -> Problem:
    """A mistake of ours: logged under an incident number, which is all that the reader sees of it."""
    incident = uuid4().hex[:12]
    log.error("unexpected error", incident=incident, exc_info=error, **where)
    return Problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal_error",
        "The server failed",
        f"something went wrong in the server; its log has it as incident {incident}",
        hint="it may be a mistake of ours: please report it",
    )


def title(kind: type[SpeedyError]) -> str:
    """The first line of an error's docstring."""
    return (kind.__doc__ or kind.__name__).strip().splitlines()[0].rstrip(".")


def register(app: falcon.asgi.App[Any, Any]) -> None:
    """Makes every error of the app a problem document."""

    async def domain(req: falcon.asgi.Request, resp: falcon.asgi.Response, error: Any, _params: Any) -> None:
        of_error(error).answer(resp)

    async def steps(req: falcon.asgi.Request, resp: falcon.asgi.Response, error: Any, _params: Any) -> None:
        of_error(errors.InvalidRequest(error.faults)).answer(resp)

    async def falcons(req: falcon.asgi.Request, resp: falcon.asgi.Response, error: Any, _params: Any) -> None:
        of_falcon(error, req).answer(resp)

    async def any_other(req: falcon.asgi.Request, resp: falcon.asgi.Response, error: Any, _params: Any) -> None:
        unexpected(error, method=req.method, path=req.path[:200]).answer(resp)

    app.add_error_handler(Exception, any_other)
    app.add_error_handler(SpeedyError, domain)
    app.add_error_handler(StepFaults, steps)
    app.add_error_handler(falcon.HTTPError, falcons)


class ProblemResource:
    """`GET /problems/{code}`: what a problem's `type` leads to."""

    async def on_get(self, _req: falcon.asgi.Request, resp: falcon.asgi.Response, code: str) -> None:
        """Shows the meaning of a code."""
        for kind, status in STATUSES.items():
            if kind.code == code:
                resp.media = {"code": code, "title": title(kind), "status": int(status)}
                return
        raise falcon.HTTPNotFound(description=f"there is no problem `{code[:100]}` of this server's own")


def _headers(error: SpeedyError) -> dict[str, str]:
    if isinstance(error, errors.Unauthorized):
        return {"WWW-Authenticate": 'Bearer realm="runner"'}
    if isinstance(error, errors.ApiKeyNeeded):
        return {"WWW-Authenticate": 'Bearer realm="jobs"'}
    if isinstance(error, errors.BodyTooLarge) and not error.is_read:
        return {"Connection": "close"}  # gunicorn closes it, as the rest would be taken for the next request
    if isinstance(error, _MAY_BE_TRIED_AGAIN):
        return {"Retry-After": str(max(1, round(getattr(error, "retry_after", _RETRY_AFTER))))}
    return {}
