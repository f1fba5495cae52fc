"""Batches over HTTP: made, filled, completed, read, cancelled, removed. `/job` is the same as `/batches`.

Clients of the original use `/job` and read four members; `/batches` shows the whole record.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine
from functools import partial
from typing import Any, TypeVar

import falcon
import falcon.asgi

from functions.check import Fault
from server import parameters
from server.authentication import scope_of, tenant_of
from server.batches.addresses import nameservers
from server.batches.batch import Batch, State
from server.batches.destinations import OPENS, Destinations, read_url, resolve_check
from server.batches.intake import Intake
from server.batches.outputs import Outputs
from server.batches.store import BatchStore
from server.batches.submission import NOT_MADE, fingerprint, read_batch, read_inputs
from server.body import read_body
from server.ending import end
from server.errors import BatchClosed, BatchFull, BatchNotFound, InvalidRequest
from server.idempotency import Idempotency
from server.jobs.submission import check_idempotency_key
from server.leaving import until_left
from server.listing import PAGE, read_page
from server.settings import Settings
from server.strict_json import parse

_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")

T = TypeVar("T")


async def find_batch(store: BatchStore, batch_id: str, scope: str | None) -> Batch:
    """The batch of that id.

    Args:
        store: The store.
        batch_id: Its id.
        scope: Whose batches may be seen; None: everybody's.

    Raises:
        BatchNotFound: When there is none, or it is another's.
    """
    batch = await store.get(batch_id, is_used=True) if _ID.fullmatch(batch_id) else None
    if batch is None or scope not in (None, batch.tenant):
        raise BatchNotFound(f"there is no batch `{batch_id[:100]}`")
    return batch


def shown(req: falcon.asgi.Request, batch: Batch) -> dict[str, Any]:
    """The record, as the route that was asked shows it."""
    return batch.to_json() if req.path.startswith("/batches") else batch.to_original()


class NewBatchResource:
    """`POST /job`."""

    def __init__(self, store: BatchStore, settings: Settings) -> None:
        self._store = store
        self._max_body_bytes = settings.max_body_bytes
        self._destinations = Destinations.of(settings.webhook_allow)
        self._nameservers = nameservers(settings.webhook_nameservers)

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Makes a batch; the answer is sent once it is stored.

        Raises:
            InvalidRequest: When the body is not right, or its hosts may not be called.
            IdempotencyConflict: When the key came with another body before.
        """
        key = check_idempotency_key(req.get_header("Idempotency-Key"))
        body = parse(await read_body(req, self._max_body_bytes))
        new = read_batch(body, tenant=tenant_of(req))
        places = {"/url": new.options.url, "/callback_url": new.options.callback_url}
        found = [
            Fault(place, wrong, OPENS)
            for place, url in places.items()
            if url and (wrong := await resolve_check(read_url(url), self._destinations, self._nameservers))
        ]
        if found:
            raise InvalidRequest(found, NOT_MADE)
        created = await self._store.create(
            new, idempotency=None if key is None else Idempotency(key, fingerprint(body), new.tenant)
        )
        batch = await find_batch(self._store, created.batch_id, scope_of(req))
        resp.status = falcon.HTTP_201
        resp.location = f"{req.path}/{batch.id}"
        if created.replayed:
            resp.set_header("Idempotency-Replayed", "true")
        resp.media = shown(req, batch)


class BatchesResource(NewBatchResource):
    """`POST` and `GET /batches`."""

    @parameters.takes(*PAGE, "name")
    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Lists batches, newest first."""
        list_named = partial(self._store.list, name=parameters.text(req, "name"))
        batches, cursor = await read_page(req, list_named, State)
        resp.media = {"batches": [batch.to_json() for batch in batches], "cursor": cursor}

    on_head = on_get


class BatchResource:
    """`GET` and `DELETE /batches/{batch_id}`."""

    def __init__(self, store: BatchStore, outputs: Outputs) -> None:
        self._store = store
        self._outputs = outputs

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, batch_id: str) -> None:
        """Shows the batch."""
        resp.media = shown(req, await find_batch(self._store, batch_id, scope_of(req)))

    on_head = on_get

    async def on_delete(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, batch_id: str) -> None:
        """Stops the calls that run and removes everything; shows the batch as it was."""
        batch = await find_batch(self._store, batch_id, scope_of(req))
        await self._store.delete(batch.id)
        await self._outputs.delete(batch.id)
        resp.media = shown(req, batch)


class InputResource:
    """`PUT /batches/{batch_id}/input`."""

    def __init__(self, store: BatchStore, intake: Intake, settings: Settings) -> None:
        self._store = store
        self._intake = intake
        self._max_body_bytes = settings.max_batch_body_bytes

    async def on_put(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, batch_id: str) -> None:
        """Takes inputs, and waits until there was room for all of them.

        Raises:
            BatchFull: When `Prefer: respond-async` asks not to wait, and there is no room.
            BatchClosed: When no more inputs are taken.
            KeyConflict: When keys stand for other values already.
        """
        batch = await find_batch(self._store, batch_id, scope_of(req))
        raw = await read_body(req, self._max_body_bytes)
        inputs = await asyncio.to_thread(lambda: read_inputs(parse(raw)))
        is_async = "respond-async" in (req.get_header("Prefer") or "").replace(",", " ").lower().split()
        await _unless_left(req, self._intake.take(batch, inputs, waits=not is_async))
        resp.status = falcon.HTTP_201
        resp.media = shown(req, await find_batch(self._store, batch.id, scope_of(req)))


class CompleteResource:
    """`POST /batches/{batch_id}/complete`."""

    def __init__(self, store: BatchStore) -> None:
        self._store = store

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, batch_id: str) -> None:
        """Notes that no more inputs will come; again is as once.

        Raises:
            BatchClosed: When it is cancelled.
        """
        batch = await find_batch(self._store, batch_id, scope_of(req))
        if await self._store.complete(batch.id) is State.CANCELLED:
            raise BatchClosed("the batch is CANCELLED")
        resp.media = shown(req, await find_batch(self._store, batch.id, scope_of(req)))


class CancelResource:
    """`POST /batches/{batch_id}/cancel`."""

    def __init__(self, store: BatchStore) -> None:
        self._store = store

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, batch_id: str) -> None:
        """Stops the calls that run and drops the inputs that wait; the outputs that are there stay.

        Raises:
            BatchClosed: When it is DONE.
        """
        batch = await find_batch(self._store, batch_id, scope_of(req))
        states = await self._store.cancel(batch.id)
        if states is not None and states[1] is State.DONE:
            raise BatchClosed("the batch is DONE already")
        resp.media = shown(req, await find_batch(self._store, batch.id, scope_of(req)))


class RetryResource:
    """`POST /batches/{batch_id}/retry`."""

    def __init__(self, store: BatchStore, intake: Intake) -> None:
        self._store = store
        self._intake = intake

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, batch_id: str) -> None:
        """Calls the failed inputs once more; waits until there was room for all of them.

        Raises:
            BatchClosed: When it is cancelled.
        """
        batch = await find_batch(self._store, batch_id, scope_of(req))
        count = await _unless_left(req, self._intake.retry(batch))
        resp.media = {"retried": count, **shown(req, await find_batch(self._store, batch.id, scope_of(req)))}


async def _unless_left(req: falcon.asgi.Request, work: Coroutine[Any, Any, T]) -> T:
    """What work that waits for room gives; it ends when the client leaves. What it did by then stays.

    Raises:
        BatchFull: When the client has left; no one reads it.
    """
    working = asyncio.create_task(work)
    leaving = asyncio.create_task(until_left(req))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
    finally:
        await end((working, leaving))
        if not working.cancelled():
            working.exception()  # where it was not awaited no one is there to be told of it
    raise BatchFull("the client has left")
