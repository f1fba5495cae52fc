"""A hand that plays clients and dispatchers on a store of batches."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from server.batches.batch import Batch, Breaker, Input, NewBatch, Options
from server.batches.dispatching import Kind, Result, Turn
from server.batches.outputs import Outputs
from server.batches.store import Added, BatchStore
from tests.waiting import until

MOST_BYTES = 1 << 30
LEASE = 60.0
URL = "http://127.0.0.1:9/hook"


@dataclass
class BatchHand:
    """Plays clients and dispatchers."""

    store: BatchStore
    outputs: Outputs
    redis: Redis

    async def new(self, *, secret: str | None = None, tenant: str = "default", **options: Any) -> str:
        """A batch; its id."""
        made = await self.store.create(NewBatch(Options(url=URL, **options), secret, tenant))
        return made.batch_id

    async def filled(self, *keys: str, **options: Any) -> str:
        batch_id = await self.new(**options)
        assert (await self.add(batch_id, *keys)).taken == len(keys)
        return batch_id

    async def add(
        self,
        batch_id: str,
        *keys: str,
        value: str | None = None,
        moves: int | None = None,
        is_whole: bool = False,
        most_bytes: int = MOST_BYTES,
    ) -> Added:
        """Adds inputs; the value of each is its key, in JSON, unless told otherwise."""
        inputs = [Input(key, json.dumps(key) if value is None else value) for key in keys]
        known = (await self.get(batch_id)).moves if moves is None else moves
        added = await self.store.add(batch_id, inputs, moves=known, is_whole=is_whole, most_bytes=most_bytes)
        assert added is not None
        return added

    async def get(self, batch_id: str) -> Batch:
        batch = await self.store.get(batch_id)
        assert batch is not None
        return batch

    async def hold(self, *holders: str, slot: str = "") -> None:
        """Dispatchers begin, each in a place of its own."""
        for holder in holders:
            await self.store.hold(holder, lease_seconds=LEASE, slot=slot or f"slot of {holder}")

    async def turn(
        self, batch_id: str, holder: str, results: Sequence[Result] = (), *, most: int = 1000, held: int = 1_000_000
    ) -> Turn:
        turn = await self.store.turn(batch_id, holder, results, held=held, most=most)
        assert turn is not None
        return turn

    async def take(self, batch_id: str, holder: str, most: int = 1000) -> list[str]:
        """The keys of the inputs that a turn gives."""
        return [taken.key for taken in (await self.turn(batch_id, holder, most=most)).inputs]

    async def output(self, batch_id: str, holder: str, *keys: str, kind: Kind = Kind.OUTPUT) -> Turn:
        """Hands in what calls gave, and takes nothing."""
        return await self.turn(batch_id, holder, [self.result(key, kind) for key in keys], most=0)

    async def retry(self, batch_id: str) -> int:
        """Puts all failed inputs back; how many."""
        count = await self.store.retry(batch_id, uuid.uuid4().hex)
        assert count is not None
        await self.outputs.put_back(batch_id, self.until_later)
        return count

    async def requeue(
        self, batch_id: str, *keys: str, value: str | None = None, is_last: bool = True, most_bytes: int = MOST_BYTES
    ) -> Added:
        """Puts a portion of failed inputs back, for the retry that is under way."""
        batch = await self.get(batch_id)
        inputs = [Input(key, json.dumps(key) if value is None else value) for key in keys]
        added = await self.store.requeue(
            batch_id, inputs, before=batch.retry_before or 0, moves=batch.moves, is_last=is_last, most_bytes=most_bytes
        )
        assert added is not None
        return added

    @staticmethod
    def result(key: str, kind: Kind = Kind.OUTPUT) -> Result:
        if kind in (Kind.AGAIN, Kind.LATER):
            return Result(key, kind, pause_ms=1)
        member: dict[str, Any] = {"value": key} if kind is Kind.OUTPUT else {"error": {"message": "it failed"}}
        return Result(key, kind, json.dumps({"key": key, **member}))

    async def until_taken(self, batch_id: str, holder: str, key: str) -> Turn:
        """Turns until one gives this input."""
        turns: list[Turn] = []
        for _ in range(1000):
            turns.append(await self.turn(batch_id, holder))
            if key in [taken.key for taken in turns[-1].inputs]:
                return turns[-1]
            await self.until_later()
        raise AssertionError(f"`{key}` never comes")

    @staticmethod
    async def until_later() -> None:
        """Until a little time has passed: Redis' time goes on with ours."""
        then = time.monotonic() + 0.005
        await until(lambda: time.monotonic() > then, within=5, what="time passes")

    async def kill(self, holder: str) -> None:
        """A dispatcher dies: its lease runs out."""
        await self.redis.zadd("speedy:batches:holders", {holder: 1})

    async def pass_time(self, batch_id: str, milliseconds: int) -> None:
        """Time passes for a webhook that fails, and nobody looks at its batch."""
        for name in ("broken_at", "looked_at", "suspended_until"):
            if await self.redis.hexists(f"speedy:batch:{batch_id}", name):
                await self.redis.hincrby(f"speedy:batch:{batch_id}", name, -milliseconds)

    async def kept(self, batch_id: str) -> list[Any]:
        """All outputs, moved to the disk, in the order of keys."""
        await self.outputs.move(batch_id)
        return [json.loads(text) for _, text in await self.outputs.by_key(batch_id, None, 100_000)]

    async def places(self, batch_id: str, key: str) -> list[str]:
        """Every place in which an input stands, as often as it does; an input stands in exactly one."""
        at = f"speedy:batch:{batch_id}:"
        found = ["waiting"] * (await self.redis.lrange(f"{at}waiting", 0, -1)).count(key)
        found += ["delayed"] if await self.redis.zscore(f"{at}delayed", key) is not None else []
        found += ["flying"] if await self.redis.hexists(f"{at}flying", key) else []
        found += ["outputs"] if await self.redis.hexists(f"{at}outputs", key) else []
        return found


def fast_breaker(**options: Any) -> Breaker:
    """A breaker that tries again after 50 ms."""
    return Breaker(**{"failures": 3, "cooldown_seconds": 0.05, "give_up_seconds": 3600.0, **options})


async def everything_in(redis: Redis) -> str:
    """All keys and values of a Redis, as one text."""
    read: dict[str, Callable[[str], Awaitable[Any]]] = {
        "string": redis.get,
        "hash": redis.hgetall,
        "set": redis.smembers,
        "list": lambda key: redis.lrange(key, 0, -1),
        "zset": lambda key: redis.zrange(key, 0, -1),
    }
    return "\n".join([f"{key} {await read[await redis.type(key)](key)}" for key in await redis.keys("*")])
