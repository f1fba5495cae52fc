"""Checks that jobs and the places they stand in agree, and repairs what does not.

Places are compared here, in pages, so that Redis never stands still for long; a job that looks wrong is looked
at again, and repaired, by one script. Jobs may move meanwhile: that makes some look wrong that are not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping

from redis.asyncio import Redis

from server.jobs.job import ENDED, State
from server.jobs.protocol import CheckReport
from server.scripts import Call, Scripts

_QUEUES = ("queued_high", "queued_normal", "queued_low")
_SIZE = {
    **dict.fromkeys((*_QUEUES, "running"), "LLEN"),
    **dict.fromkeys(("delayed", "leases", "by_time", "ended", *State), "ZCARD"),
    "claims": "HLEN",
}
_PAGE = 10_000
_INDEX_PAGE = 250
#: Up to so many jobs all are looked at each time; more only at first, and when the numbers do not add up.
_FEW = 20_000
#: Most jobs looked at again in one check; the next finds the others.
_MOST_SUSPECTS = 1_000
_MISSING_LEASE_MS = 30_000


class Checker:
    """Compares records, lists and indexes."""

    def __init__(self, redis: Redis, scripts: Scripts) -> None:
        self._redis = redis
        self._scripts = scripts
        self._all_seen = False

    async def check(self) -> CheckReport:
        """Looks and repairs."""
        sizes = await self._sizes()
        suspects = await self._around_runners()
        if not self._all_seen or sizes["by_time"] <= _FEW or not _adds_up(sizes):
            suspects += [(job_id, "") for job_id in await self._around_queues()]
            suspects += [(job_id, "") for job_id in await self._misfiled()]
        suspects = list(dict.fromkeys(suspects))
        repaired: list[str] = []
        for job_id, nonce in suspects[:_MOST_SUSPECTS]:  # one by one: others get their turn between
            arguments: dict[str, str | int] = {"id": job_id, "nonce": nonce, "lease_ms": _MISSING_LEASE_MS}
            repaired += await self._scripts.run(Call("repair", arguments))
        self._all_seen = len(suspects) <= _MOST_SUSPECTS
        if not self._all_seen:
            repaired.append(f"{len(suspects) - _MOST_SUSPECTS} more look wrong; the next check goes on")
        return CheckReport(repaired)

    async def _sizes(self) -> dict[str, int]:
        pipeline = self._redis.pipeline(transaction=True)
        for name, command in _SIZE.items():
            pipeline.execute_command(command, self._scripts.key(name))
        return dict(zip(_SIZE, await pipeline.execute(), strict=True))

    async def _around_runners(self) -> list[tuple[str, str]]:
        """Jobs that are not once in each place of a running job; with a nonce that may be no claim any more."""
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.lrange(self._scripts.key("running"), 0, -1)
        pipeline.zrange(self._scripts.key("leases"), 0, -1)
        pipeline.zrange(self._scripts.key(State.RUNNING), 0, -1)
        pipeline.hgetall(self._scripts.key("claims"))
        running, leases, index, claims = await pipeline.execute()
        places = [Counter(place) for place in (running, leases, index, claims.values())]
        wrong = {job_id for place in places for job_id in place if any(other[job_id] != 1 for other in places)}
        return [(job_id, "") for job_id in wrong] + [
            (job_id, nonce) for nonce, job_id in claims.items() if job_id in wrong
        ]

    async def _around_queues(self) -> list[str]:
        """Jobs that wait in no place, in several, or without being QUEUED."""
        seconds, micros = await self._scripts.command("TIME")
        began_ms = int(seconds) * 1000 + int(micros) // 1000
        seen: set[str] = set()
        twice: set[str] = set()
        for name in (*_QUEUES, "delayed"):
            # What enters at the tail moves ids from one page to the next: they are seen twice, but stand there once.
            before: set[str] = set()
            async for page in self._pages(name):
                twice.update(job_id for job_id, count in Counter(page).items() if count > 1)
                here = set(page)
                twice |= (here & seen) - before
                seen |= here
                before = here
        nowhere: set[str] = set()
        async for page in self._pages("QUEUED"):
            nowhere.update(job_id for job_id in page if job_id not in seen)
            seen.difference_update(page)
        return [*twice, *await self._unmoved(nowhere | seen, began_ms)]

    async def _unmoved(self, job_ids: Iterable[str], began_ms: int) -> list[str]:
        """Those that were neither filed nor claimed nor ended since the check began."""
        ids = list(job_ids)
        unmoved = []
        for start in range(0, len(ids), _INDEX_PAGE):
            part = ids[start : start + _INDEX_PAGE]
            pipeline = self._redis.pipeline(transaction=False)
            for job_id in part:
                pipeline.hmget(self._scripts.key("job", job_id), "submitted", "started_at", "finished_at")
            for job_id, times in zip(part, await pipeline.execute(), strict=True):
                submitted, *later = (int(time or 0) for time in times)
                if max(submitted // 1000, *later) <= began_ms:
                    unmoved.append(job_id)
        return unmoved

    async def _misfiled(self) -> list[str]:
        """Jobs that stand in an index of another state than theirs, or are missing in one."""
        wrong: list[str] = []
        for name in ("by_time", "ended", *State):
            start = -int(await self._scripts.command("ZCARD", self._scripts.key(name)))
            while start < 0:
                arguments: dict[str, str | int] = {
                    "name": name,
                    "start": start,
                    "stop": min(start + _INDEX_PAGE, 0) - 1,
                }
                call = Call("misfiled", arguments, keys={"index": self._scripts.key(name)})
                wrong += await self._scripts.run(call)
                start += _INDEX_PAGE
        return wrong

    async def _pages(self, name: str) -> AsyncIterator[list[str]]:
        """The ids in a list or sorted set, counted from its end: what is taken from its head moves none of them."""
        key = self._scripts.key(name)
        is_list = name in _QUEUES
        start = -int(await self._scripts.command("LLEN" if is_list else "ZCARD", key))
        while start < 0:
            yield await self._scripts.command("LRANGE" if is_list else "ZRANGE", key, start, min(start + _PAGE, 0) - 1)
            start += _PAGE


def _adds_up(sizes: Mapping[str, int]) -> bool:
    """Whether the numbers of jobs by place and by state agree."""
    waiting = sum(sizes[name] for name in (*_QUEUES, "delayed"))
    ended = sum(sizes[state] for state in ENDED)
    return (
        waiting == sizes[State.QUEUED]
        and sizes["running"] == sizes["leases"] == sizes["claims"] == sizes[State.RUNNING]
        and ended == sizes["ended"]
        and sizes["by_time"] == waiting + sizes["running"] + ended
    )
