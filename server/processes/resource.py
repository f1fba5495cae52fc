"""Processes over HTTP: making, listing, changing and removing them, and what became of their keys."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import quote, urlencode

import falcon
import falcon.asgi

from server import parameters
from server.authentication import tenant_of
from server.body import read_body
from server.errors import InvalidParameter
from server.jobs.submission import check_idempotency_key
from server.processes import submission
from server.processes.process import Process, TimeForm
from server.processes.store import ProcessStore
from server.processes.submission import NewProcess, Resizing
from server.settings import Settings
from server.strict_json import parse

_MOST_PROCESSES = 10_000
_MOST_HISTORY = 1000
_EXAMPLE = '{"process_name": "nightly", "key_set_size": 10}'


class ProcessesResource:
    """`GET` and `POST /api/v1/process`."""

    def __init__(self, store: ProcessStore, settings: Settings) -> None:
        self._store = store
        self._most = settings.key_set_max
        self._max_body_bytes = settings.max_body_bytes

    @parameters.takes("limit", "cursor")
    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Lists processes in the order of their names; where there are more, a `Link` leads to the next page."""
        limit = parameters.whole_number(req, "limit", _MOST_PROCESSES, least=1, most=_MOST_PROCESSES)
        after = _read_cursor(parameters.text(req, "cursor"))
        found, following = await self._store.list(tenant=tenant_of(req), limit=limit, after=after)
        if following is not None:
            query = urlencode({"limit": limit, "cursor": _cursor(following)})
            resp.set_header("Link", f'</api/v1/process?{query}>; rel="next"')
        resp.media = [{"process_name": name, "key_set_size": size} for name, size in found]

    on_head = on_get

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Makes a process.

        Raises:
            ProcessExists: When there is one of that name.
            IdempotencyConflict: When the Idempotency-Key came with another body.
        """
        key = check_idempotency_key(req.get_header("Idempotency-Key"))
        body = submission.read(
            NewProcess,
            parse(await read_body(req, self._max_body_bytes)),
            example=_EXAMPLE,
            check=lambda new: submission.size_faults(new.key_set_size, self._most),
        )
        size = body.key_set_size
        made = await self._store.create(body.process_name, size, tenant=tenant_of(req), once=submission.once(key, body))
        resp.status = falcon.HTTP_201
        resp.location = f"/api/v1/process/{quote(body.process_name, safe='')}"
        if not made:
            resp.set_header("Idempotency-Replayed", "true")
        resp.media = Process(body.process_name, size, size).to_json()


class ProcessResource:
    """`GET`, `PATCH` and `DELETE /api/v1/process/{process_name}`."""

    def __init__(self, store: ProcessStore, settings: Settings) -> None:
        self._store = store
        self._most = settings.key_set_max
        self._max_body_bytes = settings.max_body_bytes

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, process_name: str) -> None:
        """Shows a process, how many of its keys are free and leased, and how many wait for one."""
        resp.media = (await self._store.get(process_name, tenant=tenant_of(req))).standing()

    on_head = on_get

    @parameters.takes("strict")
    async def on_patch(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, process_name: str) -> None:
        """Changes the size of the key set.

        Raises:
            KeysInUse: With `?strict=true`, when a key that is to go is leased.
        """
        strict = parameters.flag(req, "strict")
        body = submission.read(
            Resizing,
            parse(await read_body(req, self._max_body_bytes)),
            example='{"key_set_size": 20}',
            check=lambda new: submission.size_faults(new.key_set_size, self._most),
        )
        process = await self._store.resize(process_name, body.key_set_size, tenant=tenant_of(req), strict=strict)
        resp.media = process.to_json()

    @parameters.takes("force")
    async def on_delete(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, process_name: str) -> None:
        """Removes a process.

        Raises:
            KeysInUse: When keys are leased, unless `?force=true`.
        """
        force = parameters.flag(req, "force")
        resp.media = (await self._store.delete(process_name, tenant=tenant_of(req), force=force)).to_json()


class HistoryResource:
    """`GET /api/v1/process/{process_name}/history`."""

    def __init__(self, store: ProcessStore) -> None:
        self._store = store

    @parameters.takes("time", "limit", "cursor")
    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, process_name: str) -> None:
        """Shows the leases that ended, the last first."""
        form = time_form(req)
        limit = parameters.whole_number(req, "limit", 50, least=1, most=_MOST_HISTORY)
        cursor = parameters.text(req, "cursor")
        if cursor is not None and not re.fullmatch(r"[0-9]{1,15}", cursor):
            raise InvalidParameter("?cursor", "is none that this list gave")
        found, following = await self._store.history(
            process_name, tenant=tenant_of(req), limit=limit, before=None if cursor is None else int(cursor)
        )
        resp.media = {
            "history": [lease.to_json(form) for lease in found],
            "cursor": None if following is None else str(following),
        }

    on_head = on_get


def time_form(req: falcon.asgi.Request) -> TimeForm:
    """How times are to be written.

    Raises:
        InvalidParameter: When `?time=` names no way.
    """
    return parameters.one_of(req, "time", TimeForm) or TimeForm.PLAIN


def _cursor(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")


def _read_cursor(cursor: str | None) -> str:
    try:
        padded = (cursor or "").encode("ascii") + b"=" * (-len(cursor or "") % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError) as error:
        raise InvalidParameter("?cursor", "is none that this list gave") from error
