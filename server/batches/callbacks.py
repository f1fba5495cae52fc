"""The call that tells a batch's maker that it has ended."""

from __future__ import annotations

import asyncio

import structlog

from server.batches.answers import Failure
from server.batches.batch import ENDED, Batch
from server.batches.calls import idempotency_key
from server.batches.dispatching import Callback
from server.batches.store import ACTIVE, BatchStore
from server.batches.webhook import WebhookCall
from server.batches.webhooks import Webhooks
from server.changes import Changes
from server.ending import end
from server.errors import StoreUnavailable
from server.secrets import SecretsUnreadable
from server.strict_json import dump

#: A callback is another dispatcher's to make, when the one that took it has said nothing for so long, seconds.
_LEASE_SECONDS = 90.0
_TIMEOUT_SECONDS = 30.0
_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 300.0
_MOST_ATTEMPTS = 8
#: Callbacks that one dispatcher makes beside each other.
_AT_ONCE = 20
#: Without word of one, callbacks are looked for so often, seconds.
_LOOK_SECONDS = 15.0

log = structlog.get_logger("dispatcher")


class Callbacks:
    """Makes callbacks as they fall due."""

    def __init__(self, store: BatchStore, changes: Changes, webhooks: Webhooks) -> None:
        self._store = store
        self._changes = changes
        self._webhooks = webhooks

    async def run(self) -> None:
        """Works until it is cancelled: makes callbacks beside each other, so that a slow one holds up no other."""
        under_way: set[asyncio.Task[None]] = set()
        try:
            with self._changes.watch(ACTIVE) as watch:
                while True:
                    wait = _LOOK_SECONDS
                    try:
                        found = await self._next() if len(under_way) < _AT_ONCE else None
                        if isinstance(found, Callback):
                            task = asyncio.create_task(self._make_one(found))
                            under_way.add(task)
                            task.add_done_callback(under_way.discard)
                            task.add_done_callback(lambda _: watch.ring())
                            continue
                        wait = min(wait, found) if found is not None else wait
                    except StoreUnavailable:
                        wait = 1.0
                    await watch.wait(wait)
        finally:
            await end(list(under_way))

    async def _next(self) -> Callback | float | None:
        return await self._store.next_callback(lease_seconds=_LEASE_SECONDS)

    async def _make_one(self, callback: Callback) -> None:
        try:
            await self._make(callback)
        except StoreUnavailable:
            pass  # its lease runs out, and it is made again
        except Exception:
            log.exception("a callback failed in an unexpected way", batch=callback.batch_id)

    async def _make(self, callback: Callback) -> None:
        batch = await self._store.get(callback.batch_id)
        if batch is None or not batch.options.callback_url:
            await self._store.end_callback(callback, "failed")
            return
        if batch.state not in ENDED:
            return  # a retry undid the end meanwhile; the next one has a callback of its own
        try:
            webhook = await self._webhooks.open(batch, url=batch.options.callback_url, timeout_seconds=_TIMEOUT_SECONDS)
        except (SecretsUnreadable, ValueError) as error:
            log.warning("a callback cannot be made", batch=batch.id, error=str(error))
            await self._store.end_callback(callback, "failed")
            return
        async with webhook:
            answer = await webhook.call(_call(batch, callback))
        if not isinstance(answer, Failure):
            await self._store.end_callback(callback, "delivered")
        elif callback.attempts + 1 >= _MOST_ATTEMPTS or not answer.is_retryable:
            log.warning("a callback failed", batch=batch.id, status=answer.status_code, error=answer.message)
            await self._store.end_callback(callback, "failed")
        else:
            pause = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2**callback.attempts)
            await self._store.end_callback(callback, "waiting", wait_seconds=max(pause, answer.retry_after or 0))


def _call(batch: Batch, callback: Callback) -> WebhookCall:
    counts = batch.counts
    body = {
        **batch.to_original(),
        "state": batch.state.value,
        "failed": counts.failed,
    }
    return WebhookCall(
        batch_id=batch.id,
        key="",
        body=dump(body),
        idempotency_key=idempotency_key(batch.id, f"callback {batch.finished_at}"),
        attempt=callback.attempts + 1,
    )
