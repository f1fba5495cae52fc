"""The outputs of a batch, and its progress, over HTTP."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode

import falcon
import falcon.asgi

from server import parameters
from server.authentication import scope_of
from server.batches.batch import ENDED, Batch
from server.batches.ending import until
from server.batches.outputs import Outputs
from server.batches.resource import find_batch
from server.batches.store import BatchStore
from server.errors import (
    BatchNotFound,
    InvalidParameter,
    InvalidRequest,
    MalformedBody,
    OutputsUnavailable,
    ServerStopping,
    StoreUnavailable,
)
from server.jobs.events_resource import EVENT_STREAM
from server.strict_json import dump, parse
from server.waiting import Waiting

NDJSON = "application/x-ndjson"
_MOST_OUTPUTS = 10_000
_PER_READ = 1000
#: Progress is looked at this often, seconds, and a quiet reader is shown that the connection lives.
_LOOK_SECONDS = 1.0
_QUIET_LOOKS = 15


@dataclass(frozen=True)
class Place:
    """Where a page begins: after a key, or after the output of that number."""

    order: Literal["key", "sequence"]
    after: str | int | None

    @classmethod
    def read(cls, cursor: str) -> Place:
        """The place in a cursor.

        Raises:
            InvalidParameter: When the text is none.
        """
        try:
            order, after = parse(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            fits = (order == "key" and isinstance(after, str)) or (
                order == "sequence" and type(after) is int and after >= 0
            )
        except (ValueError, TypeError, MalformedBody, InvalidRequest):
            fits = False
        if not fits:
            raise InvalidParameter("?cursor", "is none that this list gave")
        return cls(order, after)

    def cursor(self) -> str:
        """The text that stands for it."""
        return base64.urlsafe_b64encode(dump([self.order, self.after])).decode().rstrip("=")


class OutputsChanged(Exception):
    """The batch was removed, or its failed inputs are called again, while its outputs were sent."""


class OutputResource:
    """`GET /batches/{batch_id}/output`."""

    def __init__(self, store: BatchStore, outputs: Outputs, waiting: Waiting) -> None:
        self._store = store
        self._outputs = outputs
        self._waiting = waiting

    @parameters.takes("wait", "limit", "cursor")
    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, batch_id: str) -> None:
        """Shows all outputs in the order of their keys, once they are all there; with `?wait=` what is there by then.

        What is shown before the end is in the order in which it came, and the cursor in the header `Link` follows it:
        who goes on with it sees each output once, as soon as there is one behind the cursor. `?limit=` or `?cursor=`
        ask for a page.

        Raises:
            BatchNotFound: When there is no such batch, or it is removed meanwhile.
            OutputsUnavailable: When the disk cannot be read or written, or the outputs are gone from there.
            ServerStopping: When the server stops before the outputs are there.
        """
        seconds = parameters.seconds(req, "wait", most=86_400)
        limit = parameters.whole_number(req, "limit", 0, least=1, most=_MOST_OUTPUTS)
        cursor = parameters.text(req, "cursor")
        place = Place.read(cursor) if cursor else None
        found = await find_batch(self._store, batch_id, scope_of(req))
        batch = await until(self._store, self._waiting, found, seconds, lambda now: self._is_enough(now, place))
        if batch is None:
            raise BatchNotFound(f"there is no batch `{batch_id}` any more")
        is_ended = batch.state in ENDED
        if seconds is None and not await self._is_enough(batch, place):
            raise ServerStopping
        await self._outputs.move(batch.id)
        resp.set_header("Vary", "Accept")
        is_lines = req.client_prefers((falcon.MEDIA_JSON, NDJSON)) == NDJSON
        resp.content_type = NDJSON if is_lines else falcon.MEDIA_JSON
        if is_ended and place is None and not limit:
            blocks = self._all(batch)
            resp.stream = _joined(await _first(blocks), blocks, is_lines=is_lines)
            return
        is_first = place is None and is_ended
        place = place or (Place("key", None) if is_ended else Place("sequence", 0))
        rows, after = await self._page(batch, place, limit or _PER_READ)
        if is_first and not rows and batch.counts.outputs:
            raise OutputsUnavailable
        if after is not None or not is_ended:
            following = {"limit": limit or _PER_READ, "cursor": (after or place).cursor()}
            if seconds is not None:
                following = {"wait": f"{seconds:g}", **following}
            resp.set_header("Link", f'<{req.path}?{urlencode(following)}>; rel="next"')
        lines = [row.encode() for row in rows]
        resp.data = b"".join(line + b"\n" for line in lines) if is_lines else b"[" + b",".join(lines) + b"]"

    on_head = on_get

    async def _is_enough(self, batch: Batch, place: Place | None) -> bool:
        """Whether an answer need not wait: the batch has ended, or an output is behind the place where it goes on."""
        if batch.state in ENDED:
            return True
        if place is None or place.order == "key" or batch.sequence <= int(place.after or 0):
            return False
        await self._outputs.move(batch.id)
        rows, _ = await self._page(batch, place, 1)  # what came may be called once more, and be gone
        return bool(rows)

    async def _page(self, batch: Batch, place: Place, limit: int) -> tuple[list[str], Place | None]:
        """Some outputs, and where the next page begins; None: there were no more.

        Outputs that came since the batch was read are left for later: of them the last may be on the disk, and the
        first not.
        """
        found: list[Any]
        if place.order == "key":
            found = await self._outputs.by_key(batch.id, str(place.after) if place.after is not None else None, limit)
        else:
            found = await self._outputs.by_sequence(batch.id, int(place.after or 0), limit)
            found = [row for row in found if row[0] <= batch.sequence]
        more = place.order == "sequence" or len(found) == limit
        return [output for _, output in found], Place(place.order, found[-1][0]) if found and more else None

    async def _all(self, batch: Batch) -> AsyncIterator[list[str]]:
        """All outputs; breaks off where some were taken away meanwhile: half an answer must not look whole."""
        after: str | None = None
        count = 0
        while rows := await self._outputs.by_key(batch.id, after, _PER_READ):
            yield [output for _, output in rows]
            after = rows[-1][0]
            count += len(rows)
        if count < batch.counts.outputs:
            raise OutputsChanged


async def _first(blocks: AsyncIterator[list[str]]) -> list[str]:
    """The first block of all outputs; empty: there are none. Read before an answer begins, so that it can tell errors.

    Raises:
        OutputsUnavailable: When they cannot be read.
    """
    try:
        return await anext(blocks, [])
    except OutputsChanged as error:
        raise OutputsUnavailable from error


async def _joined(first: list[str], blocks: AsyncIterator[list[str]], *, is_lines: bool) -> AsyncIterator[bytes]:
    """Outputs as lines, or as one array."""
    opening = "" if is_lines else "["
    block = first
    while block:
        yield (opening + ("\n".join(block) + "\n" if is_lines else ",".join(block))).encode()
        opening = "" if is_lines else ","
        block = await anext(blocks, [])
    if not is_lines:
        yield b"[]" if opening == "[" else b"]"


class ProgressResource:
    """`GET /batches/{batch_id}/events`."""

    def __init__(self, store: BatchStore, waiting: Waiting) -> None:
        self._store = store
        self._waiting = waiting

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, batch_id: str) -> None:
        """Shows how far the batch is; live, as server-sent events, when asked for."""
        batch = await find_batch(self._store, batch_id, scope_of(req))
        resp.set_header("Vary", "Accept")
        if req.client_prefers((falcon.MEDIA_JSON, EVENT_STREAM)) == EVENT_STREAM:
            resp.set_header("X-Accel-Buffering", "no")
            resp.sse = self._live(batch.id)
        else:
            resp.media = _progress(batch)

    on_head = on_get

    async def _live(self, batch_id: str) -> AsyncIterator[falcon.asgi.SSEvent]:
        """Progress as it changes, until the batch has ended; a reader comes back when Redis or we go away."""
        yield falcon.asgi.SSEvent(retry=1000, comment="progress follows")
        with contextlib.suppress(StoreUnavailable), self._waiting.watch(batch_id) as watch:
            told: dict[str, Any] | None = None
            quiet = 0
            while not self._waiting.stopping:
                batch = await self._store.get(batch_id, is_used=True)
                now = _progress(batch) if batch is not None else {"state": None}
                quiet = quiet + 1 if now == told else 0
                if batch is None or batch.state in ENDED:
                    yield falcon.asgi.SSEvent(data=dump(now), event="end")
                    return
                if now != told:
                    yield falcon.asgi.SSEvent(data=dump(now), event="progress")
                elif quiet % _QUIET_LOOKS == 0:
                    yield falcon.asgi.SSEvent(comment="still here")
                told = now
                await watch.wait(_LOOK_SECONDS)


def _progress(batch: Batch) -> dict[str, Any]:
    return {"state": batch.state.value, **batch.counts.to_json()}
