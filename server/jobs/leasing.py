"""The store's runner side: claiming jobs, keeping leases, ending jobs. Every call proves its lease."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis

from server.jobs.codec import as_json, job_of, outcome_arguments, progress_arguments, record
from server.jobs.job import Reason
from server.jobs.protocol import (
    Beat,
    Claim,
    Failed,
    Finished,
    Heartbeat,
    Outcome,
    Prepared,
    Progress,
    Reaped,
)
from server.redis_connection import tells_absence
from server.scripts import Call, Scripts
from server.secrets import Cipher, SecretsUnreadable


class JobLeasing:
    """Claims, keeps and ends jobs."""

    _redis: Redis
    _scripts: Scripts
    _cipher: Cipher

    @tells_absence
    async def claim(self, owner: str, nonce: str, *, lease_seconds: float) -> Claim | None:
        """Leases the next job; None: none waits.

        Args:
            owner: The runner; `cancel` calls it by this name.
            nonce: A new text for each claim. With the nonce of a claim that still holds, that claim again.
            lease_seconds: How long the lease lasts without a beat.
        """
        arguments: dict[str, str | int] = {"owner": owner, "nonce": nonce, "lease_ms": _milliseconds(lease_seconds)}
        while True:
            found = await self._scripts.run(Call("claim", arguments))
            if found is None:
                return None
            if found == 0:
                continue  # the queue held ids of no job; the script cleared some away
            try:
                return self._claim(found)
            except SecretsUnreadable as error:
                job = job_of(found[0], record(found[2]))
                reason = Reason(error.code, error.detail, hint=error.hint)
                if await self.fail(job.id, job.fence, nonce, reason, retryable=False) is Failed.LOST:
                    return self._taken_over(found)  # it commits already, and cannot fail for this

    @tells_absence
    async def beat(
        self, job_id: str, fence: int, nonce: str, *, lease_seconds: float, progress: Progress | None = None
    ) -> Beat:
        """Extends a lease and keeps progress; tells whether to go on."""
        return Beat(await self._scripts.run(_beat(Heartbeat(job_id, fence, nonce, progress), lease_seconds)))

    @tells_absence
    async def beat_many(self, beats: Sequence[Heartbeat], *, lease_seconds: float) -> list[Beat]:
        """Beats for several jobs in one round trip; the answers in the same order."""
        return [Beat(answer) for answer in await self._scripts.run_many([_beat(beat, lease_seconds) for beat in beats])]

    @tells_absence
    async def prepare(
        self, job_id: str, fence: int, nonce: str, digest: str, outcome: Outcome | None = None
    ) -> Prepared:
        """Records the decision to publish: from OK on, the job can only be completed.

        Args:
            job_id: The job.
            fence: Of the claim.
            nonce: Of the claim.
            digest: Of the manifest of what will be published.
            outcome: What a runner that takes over would not know.
        """
        return Prepared(await self._scripts.run(_settling("prepare", job_id, fence, nonce, outcome, digest=digest)))

    @tells_absence
    async def finish(self, job_id: str, digest: str, outcome: Outcome) -> Finished:
        """All output is in place: the job is DONE. Needs no lease, but the digest that was prepared."""
        return Finished(await self._scripts.run(_settling("finish", job_id, 0, "", outcome, digest=digest)))

    @tells_absence
    async def commit(self, job_id: str, fence: int, nonce: str, digest: str, outcome: Outcome) -> Prepared:
        """Prepares and finishes at once, for a job that publishes nothing outside its own folder; OK: it is DONE."""
        return Prepared(await self._scripts.run(_settling("commit", job_id, fence, nonce, outcome, digest=digest)))

    @tells_absence
    async def fail(
        self,
        job_id: str,
        fence: int,
        nonce: str,
        reason: Reason,
        *,
        retryable: bool,
        kept: bool = False,
        outcome: Outcome | None = None,
    ) -> Failed:
        """The attempt failed: DELAYED when it may pass and attempts are left, else FAILED.

        A job whose publication was decided can fail only by destination_exists, storage_failed or disk_full, after
        its caller has undone the publication; it is not run again. Nor is one that was to be cancelled.

        Args:
            job_id: The job.
            fence: Of the claim.
            nonce: Of the claim.
            reason: Why.
            retryable: Whether it may pass.
            kept: Whether the attempt's folder stays, with its rejects, where the job is FAILED by this.
            outcome: What is known of the work.
        """
        extra: dict[str, str | int] = {
            "reason": as_json(reason.to_json()),
            "code": reason.code,
            "retryable": int(retryable),
            "kept": int(kept),
            "jitter": f"{random.random():.6f}",  # noqa: S311  # spreads retries; guards nothing
        }
        return Failed(await self._scripts.run(_settling("fail", job_id, fence, nonce, outcome, **extra)))

    @tells_absence
    async def stopped(self, job_id: str, fence: int, nonce: str, outcome: Outcome | None = None) -> bool:
        """The work of a job that was to be cancelled has stopped: it is CANCELLED. False: not by this claim."""
        return bool(await self._scripts.run(_settling("stopped", job_id, fence, nonce, outcome)))

    @tells_absence
    async def hand_back(self, job_id: str, fence: int, nonce: str) -> bool:
        """A stopping runner gives a job back to the head of its queue. False: not by this claim, or too late.

        A job that was to be cancelled becomes CANCELLED instead. One whose publication was decided is not given back.
        """
        return bool(await self._scripts.run(Call("hand_back", {"id": job_id, "fence": fence, "nonce": nonce})))

    @tells_absence
    async def reap(self, owner: str, *, lease_seconds: float, max_crashes: int = 3, nonce: str | None = None) -> Reaped:
        """Takes jobs from runners whose leases ran out, at most 100 a call.

        After a restart of Redis it does nothing for the length of one lease.

        Args:
            owner: The runner that calls; publications half done become its own.
            lease_seconds: The length of leases.
            max_crashes: A job that has lost so many runners is FAILED.
            nonce: Of this call; a call repeated with it gets the same takeovers.
        """
        server = await self._redis.info("server")
        found = await self._scripts.run(
            Call(
                "reap",
                {
                    "owner": owner,
                    "nonce": nonce or uuid.uuid4().hex,
                    "lease_ms": _milliseconds(lease_seconds),
                    "max_crashes": max_crashes,
                    "run_id": server.get("run_id", ""),
                    "uptime_ms": server["uptime_in_seconds"] * 1000,
                },
            )
        )
        requeued, failed, cancelled, takeovers = found
        return Reaped(requeued, failed, cancelled, [self._taken_over(taken) for taken in takeovers])

    def _claim(self, found: Sequence[Any]) -> Claim:
        """A claim from a script's answer.

        Raises:
            SecretsUnreadable: When the credentials were encrypted with another key.
        """
        job_id, ciphertext, flat = found
        fields = record(flat)
        job = job_of(job_id, fields)
        return Claim(
            job=job,
            fence=job.fence,
            nonce=fields["nonce"],
            secrets=self._cipher.decrypt(job_id, ciphertext) if ciphertext else None,
            committing=job.phase == "committing",
            digest=fields.get("digest", ""),
        )

    def _taken_over(self, found: Sequence[Any]) -> Claim:
        """A publication to complete. Without readable credentials its storage will refuse it, which fails it."""
        try:
            return self._claim(found)
        except SecretsUnreadable:
            return self._claim([found[0], None, found[2]])


def _beat(beat: Heartbeat, lease_seconds: float) -> Call:
    return Call(
        "beat",
        {
            "id": beat.job_id,
            "fence": beat.fence,
            "nonce": beat.nonce,
            "lease_ms": _milliseconds(lease_seconds),
            **progress_arguments(beat.progress),
        },
    )


def _settling(script: str, job_id: str, fence: int, nonce: str, outcome: Outcome | None, **extra: str | int) -> Call:
    return Call(script, {"id": job_id, "fence": fence, "nonce": nonce, **extra, **outcome_arguments(outcome)})


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))
