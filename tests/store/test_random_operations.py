"""Random sequences of operations, by clients and by runners that may be dead without knowing it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Coroutine
from itertools import pairwise
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from server.jobs.job import ENDED, Job, Priority, Reason, State, check_transition
from server.jobs.store import Beat, Cancelled, Claim, Event, Failed, Finished, JobStore, Outcome, Prepared
from server.redis_connection import connect
from server.secrets import Cipher
from tests.store.conftest import KEY, LEASE, Hand

T = TypeVar("T")

#: Few jobs at once, so that each goes through much.
MOST_LIVE = 3
PICK = st.integers(0, 10_000)
CALLS = st.sampled_from(["claim again", "beat", "prepare", "commit", "finish", "fail", "stopped", "hand back"])
DIGESTS = st.sampled_from(["digest-1", "digest-2"])
CODES = st.sampled_from(["step_failed", "timeout", "destination_exists", "storage_failed", "disk_full"])
PLACES = {
    State.QUEUED: (["queued:high"], ["queued"], ["queued:low"], ["delayed"]),
    State.RUNNING: (["running", "leases"],),
}


class Operations(RuleBasedStateMachine):
    """The model: which claim holds each running job, and what was decided for it."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._redis = connect(self.url)
        self._do(self._redis.flushall())
        self._store = JobStore(self._redis, Cipher(KEY))
        self._hand = Hand(self._store, self._redis)
        #: Every job with its state when last seen.
        self._seen: dict[str, State] = {}
        #: Every claim ever given; most hold no more.
        self._claims: list[Claim] = []
        #: Job → the claim that holds it.
        self._holder: dict[str, Claim] = {}
        #: Job → the digest decided on.
        self._decided: dict[str, str] = {}
        self._asked_to_stop: set[str] = set()
        self._done: set[str] = set()

    def teardown(self) -> None:
        assert self._do(self._store.check()).repaired == []
        self._do(self._store.aclose())
        self._do(self._redis.aclose())
        self._runner.close()

    # -- clients

    @precondition(lambda self: len(self._live()) < MOST_LIVE)
    @rule(priority=st.sampled_from(Priority), max_attempts=st.integers(1, 3), secret=st.booleans())
    def submit(self, priority: Priority, max_attempts: int, secret: bool) -> None:
        fields = {"secrets": {"key": "value"}} if secret else {}
        job_id = self._do(self._hand.submit(priority=priority, max_attempts=max_attempts, **fields))
        assert job_id not in self._seen
        self._seen[job_id] = State.QUEUED

    @precondition(lambda self: len(self._live()) == MOST_LIVE)
    @rule(pick=PICK)
    def cancel(self, pick: int) -> None:
        if pick % 4:
            return  # seldom: a cancelled job goes through nothing more
        job_id = self._job(pick)
        before = self._seen[job_id]
        answer = self._do(self._store.cancel(job_id))
        if before is State.RUNNING:
            decided = job_id in self._decided
            assert answer is (Cancelled.ENDED if decided else Cancelled.REQUESTED)
            if not decided:
                self._asked_to_stop.add(job_id)
        elif before in (State.QUEUED, State.CANCELLED):
            assert answer is Cancelled.CANCELLED
        else:
            assert answer is Cancelled.ENDED

    @precondition(lambda self: self._seen)
    @rule(pick=PICK)
    def log(self, pick: int) -> None:
        self._do(self._store.log(self._job(pick), "info", "line"))

    # -- runners

    @rule(owner=st.sampled_from(["runner-1", "runner-2"]))
    def claim(self, owner: str) -> None:
        queued = {job_id for job_id, state in self._seen.items() if state is State.QUEUED}
        claim = self._do(self._store.claim(owner, next(self._hand.nonces), lease_seconds=LEASE))
        if claim is not None:
            assert claim.job.id in queued
            assert not claim.committing
            assert all(claim.fence > old.fence for old in self._claims)
            self._hold(claim)

    # One rule for all that a runner may say: hypothesis often leaves rules out, and here each needs the others.
    @precondition(lambda self: self._claims)
    @rule(call=CALLS, pick=PICK, digest=DIGESTS, code=CODES, retryable=st.booleans())
    def say(self, call: str, pick: int, digest: str, code: str, retryable: bool) -> None:
        if call == "claim again":
            self._claim_again(pick)
        elif call == "beat":
            self._beat(pick)
        elif call in ("prepare", "commit"):
            self._decide(pick, digest, at_once=call == "commit")
        elif call == "finish":
            self._finish(pick, digest)
        elif call == "fail":
            self._fail(pick, code, retryable)
        elif call == "stopped":
            self._stopped(pick)
        else:
            self._hand_back(pick)

    def _claim_again(self, pick: int) -> None:
        if not self._holder:
            return
        held = list(self._holder.values())[pick % len(self._holder)]
        again = self._do(self._store.claim("runner-1", held.nonce, lease_seconds=LEASE))
        assert again is not None
        assert (again.job.id, again.fence) == (held.job.id, held.fence)

    def _beat(self, pick: int) -> None:
        claim, holds = self._claim(pick)
        answer = self._do(self._store.beat(claim.job.id, claim.fence, claim.nonce, lease_seconds=LEASE))
        stop = claim.job.id in self._asked_to_stop and claim.job.id not in self._decided
        assert answer is (Beat.LOST if not holds else Beat.CANCEL if stop else Beat.OK)

    def _decide(self, pick: int, digest: str, *, at_once: bool) -> None:
        claim, holds = self._claim(pick)
        job_id = claim.job.id
        if at_once:
            answer = self._do(self._store.commit(job_id, claim.fence, claim.nonce, digest, Outcome()))
        else:
            answer = self._do(self._store.prepare(job_id, claim.fence, claim.nonce, digest))
        if not holds:
            # A repetition may be answered as the first call was; it decides nothing any more.
            assert answer is Prepared.LOST or (self._seen[job_id] is State.DONE and self._decided[job_id] == digest)
        elif job_id in self._decided:
            assert answer is (Prepared.OK if self._decided[job_id] == digest else Prepared.LOST)
        elif job_id in self._asked_to_stop:
            assert answer is Prepared.CANCEL
        else:
            assert answer is Prepared.OK
            self._decided[job_id] = digest
        if holds and at_once and answer is Prepared.OK:
            self._end(job_id, done=True)

    def _finish(self, pick: int, digest: str) -> None:
        claim, _ = self._claim(pick)
        job_id = claim.job.id
        answer = self._do(self._store.finish(job_id, digest, Outcome()))
        if self._decided.get(job_id) != digest or self._seen[job_id] in (State.FAILED, State.CANCELLED):
            assert answer is Finished.REFUSED
        elif self._seen[job_id] is State.DONE:
            assert answer is Finished.ALREADY
        else:
            assert answer is Finished.DONE
            self._end(job_id, done=True)

    def _fail(self, pick: int, code: str, retryable: bool) -> None:
        claim, holds = self._claim(pick)
        job_id = claim.job.id
        reason = Reason(code, "no")
        answer = self._do(self._store.fail(job_id, claim.fence, claim.nonce, reason, retryable=retryable))
        if holds and job_id in self._decided and code in ("step_failed", "timeout"):
            assert answer is Failed.LOST
        elif holds:
            assert answer is not Failed.LOST
            if job_id in self._decided or job_id in self._asked_to_stop or not retryable:
                assert answer is Failed.FAILED
            self._end(job_id) if answer is Failed.FAILED else self._holder.pop(job_id)

    def _stopped(self, pick: int) -> None:
        claim, holds = self._claim(pick)
        job_id = claim.job.id
        answer = self._do(self._store.stopped(job_id, claim.fence, claim.nonce))
        if holds:
            assert answer == (job_id in self._asked_to_stop and job_id not in self._decided)
            if answer:
                self._end(job_id)

    def _hand_back(self, pick: int) -> None:
        claim, holds = self._claim(pick)
        answer = self._do(self._store.hand_back(claim.job.id, claim.fence, claim.nonce))
        if holds:
            assert answer == (claim.job.id not in self._decided)
            if answer:
                self._holder.pop(claim.job.id)

    # -- time

    @rule(pick=PICK, lose=st.booleans(), retries_fall_due=st.booleans())
    def let_time_pass(self, pick: int, lose: bool, retries_fall_due: bool) -> None:
        if lose and self._holder:
            self._do(self._hand.expire(list(self._holder)[pick % len(self._holder)]))
        if retries_fall_due:
            for job_id in self._do(self._redis.zrange("speedy:jobs:delayed", 0, -1)):
                self._do(self._hand.let_retry_fall_due(job_id))
        self._reap()

    def _reap(self) -> None:
        reaped = self._do(self._hand.reap("runner-2"))
        for claim in reaped.takeovers:
            assert claim.committing
            assert claim.digest == self._decided[claim.job.id]
            self._hold(claim)
        for job_id in (*reaped.requeued, *reaped.failed, *reaped.cancelled):
            assert job_id not in self._decided, "a decision never goes back"
            self._holder.pop(job_id)
        assert set(reaped.cancelled) <= self._asked_to_stop

    # -- what always holds

    @invariant()
    def every_job_is_in_order(self) -> None:
        self._do(self._check_jobs())
        running = {job_id for job_id, state in self._seen.items() if state is State.RUNNING}
        assert running == set(self._holder)

    async def _check_jobs(self) -> None:
        jobs, _ = await self._store.list(limit=1000)
        assert {job.id for job in jobs} == set(self._seen)
        places = await self._places()
        histories = await asyncio.gather(*(self._store.events(job.id) for job in jobs))
        for job, events in zip(jobs, histories, strict=True):
            before = self._seen[job.id]
            if job.state is not before:
                check_transition(before, job.state)
                self._seen[job.id] = job.state
            assert places[job.id] in PLACES.get(job.state, ([],))
            self._check_history(job, events)
        kept = await self._redis.keys("speedy:job:*:secrets")
        assert not {key.split(":")[2] for key in kept} & {job.id for job in jobs if job.state in ENDED}

    async def _places(self) -> defaultdict[str, list[str]]:
        """Where each job stands, as often as it does."""
        lists, sets = ("queued:high", "queued", "queued:low", "running"), ("leases", "delayed")
        pipeline = self._redis.pipeline(transaction=False)
        for name in lists:
            pipeline.lrange(f"speedy:jobs:{name}", 0, -1)
        for name in sets:
            pipeline.zrange(f"speedy:jobs:{name}", 0, -1)
        found: defaultdict[str, list[str]] = defaultdict(list)
        for name, ids in zip((*lists, *sets), await pipeline.execute(), strict=True):
            for job_id in ids:
                found[job_id].append(name)
        return found

    def _check_history(self, job: Job, events: list[Event]) -> None:
        """A job ends at most once, and is DONE when a runner was told so."""
        states = [State(event.data["state"]) for event in events if event.kind == "state"]
        for before, after in pairwise(states):
            check_transition(before, after)
        assert states[-1] is job.state
        assert (job.id in self._done) == (job.state is State.DONE)

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(_as_coroutine(work))

    def _job(self, pick: int) -> str:
        return list(self._seen)[pick % len(self._seen)]

    def _live(self) -> list[str]:
        return [job_id for job_id, state in self._seen.items() if state not in ENDED]

    def _claim(self, pick: int) -> tuple[Claim, bool]:
        """Any claim ever given, the latest ones more often; and whether it holds."""
        claim = self._claims[-1 - pick % min(len(self._claims), 6)]
        holder = self._holder.get(claim.job.id)
        return claim, holder is not None and (holder.fence, holder.nonce) == (claim.fence, claim.nonce)

    def _hold(self, claim: Claim) -> None:
        self._claims.append(claim)
        self._holder[claim.job.id] = claim

    def _end(self, job_id: str, *, done: bool = False) -> None:
        self._holder.pop(job_id)
        if done:
            assert job_id not in self._done
            self._done.add(job_id)


async def _as_coroutine(work: Any) -> Any:
    return await work


@pytest.mark.timeout(600)
def test_random_operations_keep_every_promise(redis_url: str) -> None:
    Operations.url = redis_url
    run_state_machine_as_test(
        Operations,
        settings=settings(
            max_examples=70,
            stateful_step_count=50,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
