"""Batch keys over HTTP: asking for one, keeping it, leaving a checkpoint, giving it back."""

from __future__ import annotations

import asyncio
import re

import falcon
import falcon.asgi

from server import parameters
from server.authentication import tenant_of
from server.body import read_body
from server.ending import end
from server.errors import InvalidParameter, KeyNotHeld, NoKeysFree
from server.jobs.submission import check_idempotency_key
from server.leaving import until_left
from server.processes import submission
from server.processes.line import Line
from server.processes.process import Ending, Lease, TimeForm
from server.processes.resource import time_form
from server.processes.store import Acquired, ProcessStore, Wanted
from server.processes.submission import Renewal, Request
from server.settings import Settings
from server.strict_json import dump, parse

#: Largest checkpoint, bytes.
CHECKPOINT_BYTES = 65_536
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_OUTCOMES = {"completed": Ending.COMPLETED, "failed": Ending.FAILED}
_EXAMPLE = '{"process_name": "nightly", "machine": "worker-1"}'


class AcquireResource:
    """`POST /api/v1/process/batch_keys`."""

    def __init__(self, store: ProcessStore, line: Line, settings: Settings) -> None:
        self._store = store
        self._line = line
        self._max_wait_seconds = settings.max_wait_seconds
        self._max_body_bytes = settings.max_body_bytes

    @parameters.takes("wait", "time")
    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Leases a key; with `?wait=` once one is free, first come first served.

        Raises:
            ProcessNotFound: When there is no such process.
            NoKeysFree: When no key is free, or was in time.
            IdempotencyConflict: When the Idempotency-Key came with another body.
        """
        form = time_form(req)
        seconds = parameters.seconds(req, "wait", most=self._max_wait_seconds) or 0
        key = check_idempotency_key(req.get_header("Idempotency-Key"))
        body = submission.read(Request, parse(await read_body(req, self._max_body_bytes)), example=_EXAMPLE)
        wanted = Wanted(
            body.process_name,
            body.machine,
            tenant=tenant_of(req),
            lease_seconds=body.lease_seconds,
            once=submission.once(key, body),
        )
        acquired, replayed = await self._acquire(req, wanted, seconds)
        if acquired.lease is None:
            raise NoKeysFree(
                f"no key of `{body.process_name}` is free",
                hint="?wait=30 waits for one" if not seconds else None,
            )
        resp.status = falcon.HTTP_201
        resp.location = f"/api/v1/process/batch_keys/{acquired.external_id}"
        if replayed:
            resp.set_header("Idempotency-Replayed", "true")
        _show(resp, acquired.lease, form)

    async def _acquire(self, req: falcon.asgi.Request, wanted: Wanted, seconds: float) -> tuple[Acquired, bool]:
        """As the line does; a client that leaves meanwhile leaves the line."""
        if not seconds:
            return await self._line.acquire(wanted, seconds=0)
        asking = asyncio.create_task(self._line.acquire(wanted, seconds=seconds))
        leaving = asyncio.create_task(until_left(req))
        try:
            await asyncio.wait({asking, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not leaving.done():
                return await asking
            if asking.done() and not asking.exception():
                acquired, replayed = asking.result()
                if acquired.lease is not None and not replayed:
                    await self._line.give_back(acquired.external_id, wanted.tenant)
        finally:
            await end((asking, leaving))
            if not asking.cancelled():
                asking.exception()  # where it was not awaited no one is there to be told of it
        raise NoKeysFree("the client has left")  # no one reads it


class BatchKeyResource:
    """`GET /api/v1/process/batch_keys/{process_name}`; `PUT` and `DELETE /api/v1/process/batch_keys/{external_id}`.

    The router wants one name for what stands in one place of a path.
    """

    def __init__(self, store: ProcessStore, settings: Settings) -> None:
        self._store = store
        self._max_body_bytes = settings.max_body_bytes

    @parameters.takes("time")
    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, name: str) -> None:
        """Lists all keys of a process, in order."""
        form = time_form(req)
        resp.media = [key.to_json(form) for key in await self._store.keys(name, tenant=tenant_of(req))]

    on_head = on_get

    @parameters.takes("time")
    async def on_put(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, name: str) -> None:
        """Renews a lease: it lasts anew from now.

        Raises:
            KeyNotHeld: When it does not hold.
        """
        form = time_form(req)
        raw = await read_body(req, self._max_body_bytes)
        body = submission.read(Renewal, parse(raw), example='{"lease_seconds": 60}') if raw.strip() else Renewal()
        lease = await self._store.renew(_checked(name), tenant=tenant_of(req), lease_seconds=body.lease_seconds)
        _show(resp, lease, form)

    @parameters.takes("outcome", "force", "time")
    async def on_delete(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, name: str) -> None:
        """Gives a key back, as completed unless `?outcome=failed`; `?force=true` is for who is not the holder.

        Raises:
            KeyNotHeld: When the lease does not hold.
        """
        form = time_form(req)
        lease = await self._store.release(_checked(name), _ending(req), tenant=tenant_of(req))
        resp.media = lease.fields(form)


class CheckpointResource:
    """`PUT /api/v1/process/batch_keys/{external_id}/checkpoint`."""

    def __init__(self, store: ProcessStore) -> None:
        self._store = store

    @parameters.takes("time")
    async def on_put(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, name: str) -> None:
        """Keeps any JSON for the next holder of the key; `null` removes what was kept.

        Raises:
            KeyNotHeld: When the lease does not hold.
            BodyTooLarge: When it has more than 64 KiB.
        """
        form = time_form(req)
        value = parse(await read_body(req, CHECKPOINT_BYTES))
        text = None if value is None else dump(value).decode()
        _show(resp, await self._store.checkpoint(_checked(name), text, tenant=tenant_of(req)), form)


def _show(resp: falcon.asgi.Response, lease: Lease, form: TimeForm) -> None:
    """The lease with its checkpoint, which goes out as it came in."""
    fields = dump(lease.fields(form))
    checkpoint = (lease.checkpoint or "null").encode()
    resp.content_type = falcon.MEDIA_JSON
    resp.data = fields[:-1] + b',"checkpoint":' + checkpoint + b"}"


def _checked(external_id: str) -> str:
    """The id, in small letters.

    Raises:
        KeyNotHeld: When it could be none.
    """
    found = external_id.lower()
    if not _ID.fullmatch(found):
        raise KeyNotHeld(f"no key is held under `{external_id[:100]}`")
    return found


def _ending(req: falcon.asgi.Request) -> Ending:
    outcome = parameters.text(req, "outcome")
    if outcome is not None and outcome not in _OUTCOMES:
        raise InvalidParameter("?outcome", "must be completed or failed")
    if parameters.flag(req, "force"):
        if outcome is not None:
            raise InvalidParameter("?force", "does not go with ?outcome: a lease ended by force was not completed")
        return Ending.FORCED
    return _OUTCOMES[outcome or "completed"]
