"""Jobs in Redis: filed, leased, finished. Every operation is one script, and safe to repeat.

`docs/job-protocol.md` tells the protocol; `lua/` holds its operations, one a file.
"""

from __future__ import annotations

import builtins
import uuid

from redis.asyncio import Redis

from server.changes import Changes, Watch
from server.errors import IdempotencyConflict, QueueFull
from server.idempotency import KEPT_MS, Idempotency, place_of
from server.jobs.bells import Bells
from server.jobs.check import Checker
from server.jobs.codec import as_json, new_fields
from server.jobs.job import NewJob
from server.jobs.leasing import JobLeasing
from server.jobs.protocol import (
    Beat,
    Cancelled,
    CheckReport,
    Claim,
    Event,
    Failed,
    Finished,
    Heartbeat,
    Outcome,
    Prepared,
    Progress,
    Reaped,
    Submitted,
)
from server.jobs.reading import JobReading
from server.jobs.scripts import job_scripts
from server.pages import Pages
from server.redis_connection import tells_absence
from server.scripts import Call
from server.secrets import Cipher

__all__ = [
    "Beat",
    "Cancelled",
    "Changes",
    "CheckReport",
    "Claim",
    "Event",
    "Failed",
    "Finished",
    "Heartbeat",
    "Idempotency",
    "JobStore",
    "Outcome",
    "Prepared",
    "Progress",
    "Reaped",
    "Submitted",
    "Watch",
]

_LONGEST_LOG_LINE = 4000
#: What a refused submission is told to wait, seconds.
_RETRY_AFTER = 5


class JobStore(JobReading, JobLeasing):
    """All jobs of one server.

    Every operation raises StoreUnavailable while Redis does not answer. Times are Redis TIME, milliseconds.
    """

    def __init__(self, redis: Redis, cipher: Cipher, *, prefix: str = "speedy:") -> None:
        """Uses a client made by `redis_connection.connect` (its answers are text).

        Args:
            redis: The client; the caller closes it.
            cipher: Encrypts credentials.
            prefix: What the name of every key begins with.
        """
        self._redis = redis
        self._cipher = cipher
        self._prefix = prefix
        self._scripts = job_scripts(redis, prefix)
        self._pages = Pages(self._scripts, cipher, records="job")
        self._bells = Bells(redis, self._scripts, prefix)
        self._checker = Checker(redis, self._scripts)

    async def aclose(self) -> None:
        """Closes the connections that the store made for itself."""
        await self._bells.aclose()

    # -- submission

    @tells_absence
    async def submit(
        self,
        job: NewJob,
        *,
        job_id: str | None = None,
        idempotency: Idempotency | None = None,
        capacity: int = 1_000_000,
    ) -> Submitted:
        """Files a job; once this has returned, the job is not lost.

        Args:
            job: A checked submission.
            job_id: Its id; a new one by default. An id that is filed already is not filed again.
            idempotency: The same key with the same fingerprint, within 24 hours, gives the job filed first.
            capacity: Most jobs that may be QUEUED at once.

        Raises:
            QueueFull: When so many are queued.
            IdempotencyConflict: When the key came with another fingerprint.
        """
        job_id = job_id or str(uuid.uuid4())
        arguments: dict[str, str | int] = {
            "id": job_id,
            "capacity": capacity,
            "fingerprint": idempotency.fingerprint if idempotency else "",
            "keep_ms": KEPT_MS,
            "ciphertext": "" if job.secrets is None else self._cipher.encrypt(job_id, job.secrets),
        }
        keys = {
            "idempotency": place_of(idempotency, self._prefix),
            "queue": self._scripts.key(f"queued_{job.priority.value}"),
        }
        answer = await self._scripts.run(Call("submit", arguments, keys, new_fields(job)))
        if answer[0] == "FULL":
            raise QueueFull(_RETRY_AFTER)
        if answer[0] == "CONFLICT":
            raise IdempotencyConflict
        return Submitted(answer[1], replayed=answer[0] == "REPLAYED")

    @tells_absence
    async def submitted(self, idempotency: Idempotency) -> Submitted | None:
        """What was filed with an Idempotency-Key in the last 24 hours; None: nothing.

        Raises:
            IdempotencyConflict: When the key came with another fingerprint.
        """
        known = await self._scripts.command("GET", place_of(idempotency, self._prefix))
        if known is None:
            return None
        job_id, _, fingerprint = known.partition(" ")
        if fingerprint != idempotency.fingerprint:
            raise IdempotencyConflict
        return Submitted(job_id, replayed=True)

    # -- from outside, while it runs and after

    @tells_absence
    async def cancel(self, job_id: str) -> Cancelled:
        """Stops a job: one that waits at once, one that runs by telling its runner."""
        return Cancelled(await self._scripts.run(Call("cancel", {"id": job_id})))

    @tells_absence
    async def log(self, job_id: str, level: str, message: str) -> None:
        """Adds a line to a job's history; its first 4,000 characters are kept.

        Args:
            job_id: The job; where there is none, nothing happens.
            level: debug, info, warning or error.
            message: The line. It is shown to clients: no secret may be in it.
        """
        data = as_json({"level": level, "message": message[:_LONGEST_LOG_LINE]})
        await self._scripts.run(Call("log", {"id": job_id, "token": uuid.uuid4().hex, "data": data}))

    @tells_absence
    async def forget(self, *, before_ms: int, limit: int = 100) -> builtins.list[str]:
        """Removes ended jobs, the longest ended first.

        Args:
            before_ms: Those that ended before this time.
            limit: Most jobs of one call.

        Returns:
            Their ids; the caller removes their folders.
        """
        found: list[str] = await self._scripts.run(Call("forget", {"before_ms": before_ms, "limit": limit}))
        return found

    @tells_absence
    async def check(self) -> CheckReport:
        """Makes sure that every job that has not ended is in exactly one place; repairs and reports."""
        return await self._checker.check()

    # -- waiting

    @tells_absence
    async def wait_for_work(self, timeout: float) -> None:  # noqa: ASYNC109  # the time is part of the question
        """Returns once a job was queued or a retry is due, or after `timeout` seconds. Claim before waiting.

        Each ring wakes one waiter. A wait that is cancelled may swallow a ring, so `timeout` should be finite.
        """
        await self._bells.wait_for_work(timeout)

    @tells_absence
    async def next_call(self, owner: str, timeout: float) -> str | None:  # noqa: ASYNC109  # the time is part of the question
        """The id of a job that this runner is to stop; None when none came in `timeout` seconds."""
        return await self._bells.next_call(owner, timeout)

    def changes(self) -> Changes:
        """Tells waiters when jobs change; an async context manager, one a process."""
        return Changes(self._redis, f"{self._prefix}changed")
