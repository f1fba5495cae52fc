"""The calls that one dispatcher makes for one batch."""

from __future__ import annotations

import asyncio
import math
import random
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import structlog

from server.batches.answers import Answer, Failure, Output
from server.batches.batch import Batch, State
from server.batches.dispatching import Kind, Result, Taken, Turn
from server.batches.outputs import Outputs
from server.batches.store import BatchStore
from server.batches.webhook import Webhook, WebhookCall
from server.changes import Changes, Watch
from server.ending import end
from server.errors import BatchClosed, OutputsUnavailable, StoreUnavailable
from server.strict_json import dump

#: Pauses before an input is called again, seconds: the first, doubled at each attempt up to the longest.
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 60.0
#: Outputs are moved to the disk when so many, or so many bytes of them, are in Redis.
_MOST_UNMOVED = 5_000
_MOST_UNMOVED_BYTES = 16 << 20
#: Bytes of outputs in Redis beyond which none are made: the disk does not take them.
_FULL_BYTES = 4 * _MOST_UNMOVED_BYTES
#: Inputs held ready beside those that are called, at least.
_READY = 16
#: While nothing happens the batch is looked at so often, seconds: word of a change may be lost.
_LOOK_SECONDS = 5.0
#: Pause before Redis is asked again, seconds.
_ABSENT_SECONDS = 0.5

log = structlog.get_logger("dispatcher")


class BatchCalls:
    """Takes inputs of one batch, calls the webhook, hands in what that gave."""

    def __init__(
        self, store: BatchStore, outputs: Outputs, changes: Changes, batch: Batch, *, webhook: Webhook, holder: str
    ) -> None:
        """Nothing begins yet.

        Args:
            store: Where batches are kept.
            outputs: Moves outputs to the disk.
            changes: Tells when the batch changes.
            batch: The batch.
            webhook: Makes the calls; opened by the caller.
            holder: The dispatcher's name.
        """
        self._store = store
        self._outputs = outputs
        self._changes = changes
        self._batch = batch
        self._webhook = webhook
        self._holder = holder
        self._watch = Watch()
        #: The calls that run, by key, and inputs that are called as these end.
        self._flying: dict[str, asyncio.Task[None]] = {}
        self._ready: deque[Taken] = deque()
        self._results: list[Result] = []
        #: Failed calls in a row, as far as they were ours.
        self._bad = 0
        self._moving: asyncio.Task[None] | None = None
        self._putting_back: asyncio.Task[None] | None = None
        self._stopping = False
        #: Bytes of outputs that are not on the disk, those among them that Redis was not told of yet.
        self._unmoved_bytes = 0
        #: How many dispatchers share the batch.
        self.dispatchers = 1
        #: Whether no other dispatcher takes us for dead: else it may be calling what is held here.
        self.lives: Callable[[], bool] = lambda: True

    async def run(self) -> None:
        """Works until the batch has ended, or was told to stop and no call runs.

        Raises:
            TakenForDead: When the dispatcher is to begin anew.
        """
        try:
            with self._changes.watch(self._batch.id) as watch:
                self._watch = watch
                await self._work(watch)
            if self._moving is not None:
                await self._moving
        finally:
            await end([*self._flying.values(), *(task for task in (self._moving, self._putting_back) if task)])

    def stop(self) -> None:
        """Takes no more inputs; `run` returns when the calls that run have ended."""
        self._stopping = True
        self._watch.ring()

    async def _work(self, watch: Watch) -> None:
        while True:
            turn = await self._turn()
            if turn is None or turn.state is State.CANCELLED:
                return
            self._weigh(turn)
            is_late = self._take(turn)
            if turn.holds_more or is_late:
                await self._settle()
            self._move_if_many(turn)
            if turn.has_retry and (self._putting_back is None or self._putting_back.done()):
                self._putting_back = asyncio.create_task(self._put_back())
            if turn.state is State.DONE:
                await self._move()
                return
            if self._stopping and not self._flying and not self._results:
                return
            if not self._results:
                await watch.wait(min(turn.wait_seconds or _LOOK_SECONDS, _LOOK_SECONDS))

    async def _turn(self) -> Turn | None:
        """Hands in results until Redis has them; they are kept here while it is away."""
        results, self._results = self._results, []
        while True:
            held = len(self._flying) + len(self._ready)
            may_call = not self._stopping and not self._is_full
            most = max(0, self._share - held) if may_call else 0
            may_hold = may_call and self.dispatchers == 1
            ahead = max(0, self._share + max(self._share, _READY) - held) if may_hold else -1
            try:
                return await self._store.turn(self._batch.id, self._holder, results, held=held, most=most, ahead=ahead)
            except StoreUnavailable:
                results, self._results = [*results, *self._results], []
                await asyncio.sleep(_ABSENT_SECONDS)

    def _take(self, turn: Turn) -> bool:
        """Begins calls; whether some inputs are held that may not be held ready any more."""
        if turn.is_ahead:
            self._ready += turn.inputs
            if not self._results:
                self._bad = 0  # the store knows of all failures, and lets us go on
            if not self._is_broken:
                self._begin()
            return False
        is_late = bool(self._ready)
        self._ready = deque(turn.inputs)
        self._begin()
        is_late = is_late or bool(self._ready)
        self._ready.clear()
        return is_late

    @property
    def _share(self) -> int:
        """How many calls may run here at once."""
        return math.ceil(self._batch.options.concurrency / self.dispatchers)

    @property
    def _is_full(self) -> bool:
        """Whether the disk takes so few outputs that no more may come."""
        return self._unmoved_bytes > _FULL_BYTES

    @property
    def _is_broken(self) -> bool:
        """Whether what is held ready waits for the store's word: the breaker will open, or has."""
        return self._bad >= self._batch.options.breaker.failures

    def _begin(self) -> None:
        """Begins calls as long as some may run."""
        while self._ready and len(self._flying) < self._share and self.lives() and not self._is_full:
            taken = self._ready.popleft()
            self._flying[taken.key] = asyncio.create_task(self._call(taken))

    async def _settle(self) -> None:
        """Gives back what is held beyond the calls that run: the inputs of a lost answer, or what was held ready."""
        keep = [*self._flying, *(taken.key for taken in self._ready), *(result.key for result in self._results)]
        count = await self._store.give_back(self._batch.id, self._holder, keep)
        log.debug("inputs were given back", batch=self._batch.id, inputs=count)

    async def _call(self, taken: Taken) -> None:
        call = WebhookCall(
            batch_id=self._batch.id,
            key=taken.key,
            body=taken.value.encode(),
            idempotency_key=idempotency_key(self._batch.id, taken.key),
            attempt=taken.attempt,
        )
        try:
            answer: Answer = await self._webhook.call(call)
        except Exception as error:
            log.exception("a call failed in an unexpected way", batch=self._batch.id)
            answer = Failure(None, f"the call failed in an unexpected way ({type(error).__name__})", is_retryable=True)
        result = result_of(taken, answer, self._batch.options.max_attempts)
        self._results.append(result)
        self._unmoved_bytes += len(result.output)
        del self._flying[taken.key]
        if result.kind in (Kind.AGAIN, Kind.FAILED):
            self._bad += 1
        elif result.kind is not Kind.LATER:
            self._bad = 0
        if not self._stopping and not self._is_broken:
            self._begin()
        self._watch.ring()

    def _weigh(self, turn: Turn) -> None:
        was_full = self._is_full
        self._unmoved_bytes = turn.unmoved_bytes + sum(len(result.output) for result in self._results)
        if was_full and not self._is_full:
            self._watch.ring()  # the turn before this was not to give inputs; the next one is

    def _move_if_many(self, turn: Turn) -> None:
        if turn.unmoved < _MOST_UNMOVED and turn.unmoved_bytes < _MOST_UNMOVED_BYTES:
            return
        if self._moving is None or self._moving.done():
            self._moving = asyncio.create_task(self._move())

    async def _move(self) -> None:
        try:
            await self._outputs.move(self._batch.id)
            if self._is_full:
                self._watch.ring()
        except StoreUnavailable:
            pass  # whoever reads them moves them
        except OutputsUnavailable as error:
            log.warning("outputs could not be moved to the disk", batch=self._batch.id, error=str(error.__cause__))

    async def _put_back(self) -> None:
        """Goes on with a retry whose process has died."""
        with self._changes.watch(self._batch.id) as watch:
            try:
                await self._outputs.put_back(self._batch.id, lambda: watch.wait(_LOOK_SECONDS))
            except (StoreUnavailable, BatchClosed):
                pass  # another turn tells to go on, or that it is cancelled
            except OutputsUnavailable as error:
                log.warning("failed inputs could not be put back", batch=self._batch.id, error=str(error.__cause__))


def idempotency_key(batch_id: str, key: str) -> str:
    """The same text for every call of an input: by it a webhook can tell that it did the work already."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{batch_id}/{key}"))


def result_of(taken: Taken, answer: Answer, max_attempts: int) -> Result:
    """What a call's answer means for its input."""
    if not isinstance(answer, Failure):
        return Result(taken.key, Kind.OUTPUT, _line(b'"value":' + _value(answer), taken.key, answer.format))
    if answer.is_retryable and taken.attempt < max_attempts:
        kind = Kind.LATER if answer.status_code == 429 else Kind.AGAIN
        return Result(taken.key, kind, pause_ms=round(_pause(taken.attempt, answer.retry_after) * 1000))
    error: Mapping[str, Any] = {
        "statusCode": answer.status_code,
        "message": answer.message if taken.attempt == 1 else f"{answer.message} (attempt {taken.attempt})",
        "body": answer.body,
    }
    kind = Kind.FAILED if answer.is_retryable and answer.status_code != 429 else Kind.REFUSED
    return Result(taken.key, kind, _line(b'"error":' + dump(error), taken.key, "json"))


def _pause(attempt: int, retry_after: float | None) -> float:
    longest = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))
    # Jitter: what failed together is not called together again.
    pause = random.uniform(longest / 2, longest)  # noqa: S311 - nothing is secret here
    return pause if retry_after is None else retry_after + pause / 4


def _value(answer: Output) -> bytes:
    return answer.value.encode() if answer.format == "json" else dump(answer.value)


def _line(member: bytes, key: str, form: str) -> str:
    """An output: JSON in one line. Line ends in JSON stand only between its parts, where a space means the same."""
    more = b',"format":' + dump(form) if form != "json" else b""
    whole = b'{"key":' + dump(key) + b"," + member + more + b"}"
    return whole.replace(b"\r", b" ").replace(b"\n", b" ").decode()
