"""The store's dispatcher side: taking inputs, keeping outputs, callbacks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from redis.asyncio import Redis

from functions.storage.batch_outputs import Output
from server.batches.batch import State
from server.batches.codec import output_of
from server.redis_connection import tells_absence
from server.scripts import Call, Scripts
from server.secrets import Cipher

#: Outputs that are read from Redis at once.
_READ_AT_ONCE = 1000


class Kind(StrEnum):
    """What a call gave."""

    OUTPUT = "output"
    #: The webhook answered, and will not do it.
    REFUSED = "refused"
    #: The webhook failed, as it did at all attempts before.
    FAILED = "failed"
    #: The webhook failed, and is called again.
    AGAIN = "again"
    #: The webhook asks for time.
    LATER = "later"


@dataclass(frozen=True)
class Result:
    """What the call of one input gave."""

    key: str
    kind: Kind
    #: The output, JSON in one line; empty when it is called again.
    output: str = ""
    #: When it is called again, milliseconds from now.
    pause_ms: int = 0


@dataclass(frozen=True)
class Taken:
    """An input to call."""

    key: str
    #: From 1.
    attempt: int
    #: JSON.
    value: str


@dataclass(frozen=True)
class Turn:
    """What a dispatcher is to do next for a batch."""

    state: State
    inputs: tuple[Taken, ...]
    #: Seconds after which to ask again; None: when something happens.
    wait_seconds: float | None
    #: Outputs that are not on the disk yet, and their bytes.
    unmoved: int
    unmoved_bytes: int
    #: An answer was lost: more inputs are held than were told.
    holds_more: bool
    #: Some of the inputs may be held ready; else all that are not called are to be given back.
    is_ahead: bool
    #: Whoever put failed inputs back has died: this dispatcher is to go on with it.
    has_retry: bool = False


@dataclass(frozen=True)
class Holding:
    """What a living dispatcher learns."""

    #: How many live.
    dispatchers: int
    #: Some died: what they held is to be reaped.
    has_dead: bool
    #: When this was so, milliseconds.
    at: int
    #: Batches that have work.
    active: frozenset[str]


@dataclass(frozen=True)
class Callback:
    """A callback to make: whose, and how often it was tried."""

    batch_id: str
    attempts: int
    #: How many ends of the batch were undone by a retry before the end that it tells of.
    undone: int = 0


class TakenForDead(Exception):
    """This dispatcher did not tell in time that it lives; what it held is another's."""


class BatchDispatching:
    """Takes inputs and keeps outputs."""

    _redis: Redis
    _scripts: Scripts
    _cipher: Cipher

    @tells_absence
    async def secret(self, batch_id: str) -> str | None:
        """The batch's secret in clear; None: it has none.

        Raises:
            SecretsUnreadable: When the key is another than it was encrypted with.
        """
        sealed = await self._scripts.command("GET", self._scripts.key("secrets", batch_id))
        return str(self._cipher.decrypt(batch_id, sealed)["secret"]) if sealed else None

    @tells_absence
    async def hold(self, holder: str, *, lease_seconds: float, slot: str = "") -> Holding:
        """Says that a dispatcher lives.

        Args:
            holder: The dispatcher; a new name for each process.
            lease_seconds: It counts as dead after so long without another call.
            slot: Its place, at the first call: whoever had it before is dead.

        Raises:
            TakenForDead: When its time was over.
        """
        arguments: dict[str, str | int] = {"holder": holder, "slot": slot, "lease_ms": round(lease_seconds * 1000)}
        answer = await self._scripts.run(Call("hold", arguments))
        if answer is None:
            raise TakenForDead
        return Holding(answer[0], bool(answer[1]), int(answer[2]), frozenset(answer[3]))

    @tells_absence
    async def turn(
        self, batch_id: str, holder: str, results: Sequence[Result], *, held: int, most: int, ahead: int = -1
    ) -> Turn | None:
        """Takes in what calls gave, and gives the next inputs to call.

        Args:
            batch_id: The batch.
            holder: The dispatcher.
            results: What calls gave; what it does not hold any more is left out.
            held: How many inputs it holds beside those.
            most: Most inputs to give.
            ahead: Most when some may be held ready, to be called when a call ends; -1: none may.

        Returns:
            None when there is no such batch.

        Raises:
            TakenForDead: When it did not tell in time that it lives. The results were taken in where they could be.
        """
        arguments: dict[str, str | int] = {"id": batch_id, "holder": holder, "held": held, "most": most, "ahead": ahead}
        rest = [text for one in results for text in (one.key, one.kind.value, one.output, str(one.pause_ms))]
        answer = await self._scripts.run(Call("turn", arguments, rest=rest))
        if answer is None:
            return None
        if answer == 0:
            raise TakenForDead
        state, wait_ms, unmoved, unmoved_bytes, holds_more, is_ahead, has_retry, *flat = answer
        inputs = tuple(Taken(*flat[place : place + 3]) for place in range(0, len(flat), 3))
        wait = wait_ms / 1000 if wait_ms else None
        return Turn(
            State(state), inputs, wait, unmoved, unmoved_bytes, bool(holds_more), bool(is_ahead), bool(has_retry)
        )

    @tells_absence
    async def give_back(self, batch_id: str, holder: str, keep: Iterable[str]) -> int:
        """Gives back the inputs that a dispatcher holds of a batch, but for some; how many."""
        found: int = await self._scripts.run(Call("returned", {"id": batch_id, "holder": holder}, rest=list(keep)))
        return found

    @tells_absence
    async def reap(self, batch_id: str) -> int:
        """Gives back what dead dispatchers hold of a batch; how many inputs wait again."""
        found: int = await self._scripts.run(Call("reap", {"id": batch_id}))
        return found

    @tells_absence
    async def leave(self, holder: str, slot: str, *, dead_before_ms: int = 0) -> None:
        """Forgets a dispatcher that ends ("" for none), and those that were dead at a time.

        All that they held must have been given back.
        """
        await self._scripts.run(Call("leave", {"holder": holder, "slot": slot, "before": dead_before_ms}))

    @tells_absence
    async def unmoved(self, batch_id: str, cursor: int = 0) -> tuple[int, list[Output]]:
        """Some of the outputs that are not on the disk yet, and where to go on; 0: that is all of them.

        Those that are there from the first call to the last are told, others may be.
        """
        key = self._scripts.key("outputs", batch_id)
        found: Any
        cursor, found = await self._redis.hscan(key, cursor, count=_READ_AT_ONCE)
        return cursor, [output_of(name, text) for name, text in found.items()]

    @tells_absence
    async def moved(self, batch_id: str, outputs: Iterable[Output]) -> bool:
        """Removes outputs that are on the disk; whether the batch is still there."""
        rest = [text for one in outputs for text in (one.key, str(one.sequence))]
        return bool(await self._scripts.run(Call("moved", {"id": batch_id}, rest=rest)))

    @tells_absence
    async def next_callback(self, *, lease_seconds: float) -> Callback | float | None:
        """The next callback to make, for so long; or the seconds until one is due; None: there is none."""
        found = await self._scripts.run(Call("next_callback", {"lease_ms": round(lease_seconds * 1000)}))
        if found is None:
            return None
        return Callback(*found) if found[0] else float(found[1]) / 1000

    @tells_absence
    async def end_callback(self, callback: Callback, outcome: str, *, wait_seconds: float = 0) -> None:
        """Notes what a callback gave, unless a retry undid the end that it told of.

        Args:
            callback: The callback.
            outcome: delivered or failed; waiting: it is to be made again.
            wait_seconds: After so long.
        """
        arguments: dict[str, str | int] = {
            "id": callback.batch_id,
            "undone": callback.undone,
            "outcome": outcome,
            "wait_ms": round(wait_seconds * 1000),
        }
        await self._scripts.run(Call("end_callback", arguments))
