"""The dispatcher: looks after all batches that have work. Several share every batch."""

from __future__ import annotations

import asyncio
import contextlib
import math
import uuid
from collections.abc import Callable

import structlog

from server.batches.batch import State
from server.batches.callbacks import Callbacks
from server.batches.calls import BatchCalls
from server.batches.dispatching import Holding, TakenForDead
from server.batches.outputs import Outputs
from server.batches.store import ACTIVE, BatchStore
from server.batches.webhooks import Webhooks
from server.changes import Changes
from server.ending import end
from server.errors import OutputsUnavailable, StoreUnavailable
from server.secrets import SecretsUnreadable

#: A dispatcher that has said nothing for so long counts as dead, seconds; it speaks every few of them.
LEASE_SECONDS = 15.0
#: The part of it after which it speaks again; and so long before its end all calls are ended.
_BEATS = 5
_UPKEEP_SECONDS = 60.0
_DAY_MS = 86_400_000

log = structlog.get_logger("dispatcher")


class Dispatcher:
    """One process's part in all batches."""

    def __init__(
        self,
        store: BatchStore,
        outputs: Outputs,
        changes: Changes,
        webhooks: Webhooks,
        *,
        slot: str,
        keep_days: float,
        idle_days: float,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        """Nothing begins yet.

        Args:
            store: Where batches are kept.
            outputs: Moves outputs to the disk.
            changes: Tells of changes; entered by the caller.
            webhooks: Makes what calls.
            slot: Our place: whoever had it before us is dead.
            keep_days: How long ended batches are kept.
            idle_days: After how long without use an open batch is completed.
            lease_seconds: How long others wait for a word of ours before they count us as dead.
        """
        self._store = store
        self._outputs = outputs
        self._changes = changes
        self._webhooks = webhooks
        self._slot = slot
        self._keep_ms = round(keep_days * _DAY_MS)
        self._idle_ms = round(idle_days * _DAY_MS)
        self._lease_seconds = lease_seconds
        self._beat_seconds = lease_seconds / _BEATS
        self._holder = uuid.uuid4().hex
        #: Until when nobody takes us for dead, by the loop's clock; before the first word nothing is held.
        self._held_until = math.inf
        self._calls: dict[str, BatchCalls] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def run(self, stop: asyncio.Event, *, stop_seconds: float) -> None:
        """Works until it is told to stop; then lets the calls that run end, for so long, and gives back the rest.

        Raises:
            TakenForDead: When it could not say in time that it lives; it is to begin anew, under another name.
        """
        guard = asyncio.create_task(self._guard())
        callbacks = asyncio.create_task(Callbacks(self._store, self._changes, self._webhooks).run())
        others = [guard, callbacks, asyncio.create_task(self._upkeep())]
        try:
            others.append(looks := asyncio.create_task(self._look(stop)))
            await _first(looks, guard)
            # Other dispatchers would take what still runs, did we not go on saying that we live.
            others.append(beats := asyncio.create_task(self._beat()))
            others.append(finish := asyncio.create_task(self._finish(stop_seconds)))
            await _first(finish, beats, guard)
        finally:
            await end([*others, *self._tasks.values()])

    async def _guard(self) -> None:
        """Ends all calls before others count us as dead, and make them, too.

        Raises:
            TakenForDead: When Redis did not hear from us in time.
        """
        while self._lives():  # noqa: ASYNC110 - it is time itself that is waited for
            await asyncio.sleep(self._beat_seconds / 3)
        raise TakenForDead

    def _lives(self) -> bool:
        return asyncio.get_running_loop().time() < self._held_until

    async def _hold(self, slot: str = "") -> Holding:
        before = asyncio.get_running_loop().time()
        holding = await self._store.hold(self._holder, lease_seconds=self._lease_seconds, slot=slot)
        self._held_until = before + self._lease_seconds - self._beat_seconds
        return holding

    async def _beat(self) -> None:
        """Says that we live, until it is cancelled."""
        while True:
            with contextlib.suppress(StoreUnavailable):
                await self._hold()
            await asyncio.sleep(self._beat_seconds)

    async def _look(self, stop: asyncio.Event) -> None:
        """Says that we live, and finds work."""
        slot = self._slot
        with self._changes.watch(ACTIVE) as watch:
            ringing = asyncio.create_task(_ring_on(stop, watch.ring))
            try:
                while not stop.is_set():
                    with contextlib.suppress(StoreUnavailable):
                        holding = await self._hold(slot)
                        slot = ""
                        await self._attend(holding)
                    await watch.wait(self._beat_seconds)
            finally:
                await end([ringing])

    async def _attend(self, holding: Holding) -> None:
        if holding.has_dead:
            for batch_id in holding.active:
                await self._store.reap(batch_id)
            await self._store.leave("", "", dead_before_ms=holding.at)
        for batch_id, task in list(self._tasks.items()):
            if task.done():
                del self._tasks[batch_id], self._calls[batch_id]
                self._tell_end(batch_id, task)
        for batch_id in holding.active - self._tasks.keys():
            await self._begin(batch_id)
        for calls in self._calls.values():
            calls.dispatchers = holding.dispatchers

    async def _begin(self, batch_id: str) -> None:
        batch = await self._store.get(batch_id)
        if batch is None or batch.state not in (State.OPEN, State.COMPLETE):
            return
        try:
            webhook = await self._webhooks.open(batch)
        except (SecretsUnreadable, ValueError) as error:
            log.warning("a batch cannot be worked on, and is cancelled", batch=batch_id, error=str(error))
            await self._store.cancel(batch_id)
            return
        calls = BatchCalls(self._store, self._outputs, self._changes, batch, webhook=webhook, holder=self._holder)
        calls.lives = self._lives

        async def work() -> None:
            async with webhook:
                await calls.run()

        self._calls[batch_id] = calls
        self._tasks[batch_id] = asyncio.create_task(work())

    def _tell_end(self, batch_id: str, task: asyncio.Task[None]) -> None:
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, TakenForDead):
            raise error
        if error is not None:
            log.error("work on a batch broke off; it begins again", batch=batch_id, exc_info=error)

    async def _finish(self, stop_seconds: float) -> None:
        """Lets calls end, and gives back what is left."""
        for calls in self._calls.values():
            calls.stop()
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=stop_seconds)
        await end(self._tasks.values())
        with contextlib.suppress(StoreUnavailable):
            for batch_id in self._calls:
                await self._store.give_back(batch_id, self._holder, ())
            await self._store.leave(self._holder, self._slot)

    async def _upkeep(self) -> None:
        while True:
            try:
                await self._end_unused()
                for batch_id in await self._store.old(keep_ms=self._keep_ms):
                    await self._store.delete(batch_id)
                await self._outputs.sweep()
            except StoreUnavailable:
                pass
            except OutputsUnavailable as error:
                log.warning("files of batches that are gone could not be removed", error=str(error.__cause__))
            await asyncio.sleep(_UPKEEP_SECONDS)

    async def _end_unused(self) -> None:
        """Completes the batches that somebody made and forgot: they end, tell so, and are removed in their time."""
        for batch_id in await self._store.unused(unused_ms=self._idle_ms):
            state = await self._store.complete(batch_id, unused_ms=self._idle_ms)
            log.info("an open batch that nobody used was completed", batch=batch_id, state=state)


async def _ring_on(stop: asyncio.Event, ring: Callable[[], None]) -> None:
    await stop.wait()
    ring()


async def _first(*tasks: asyncio.Task[None]) -> None:
    """Waits for the first of some tasks, and raises its error."""
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()
