"""Random sequences of operations on batch keys, against a small model."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from server.errors import KeyNotHeld
from server.processes.process import Ending
from server.processes.store import ProcessStore, Wanted
from server.redis_connection import connect

T = TypeVar("T")
JOB = "job"
PICK = st.integers(0, 10_000)
ENDINGS = st.sampled_from([Ending.COMPLETED, Ending.FAILED, Ending.FORCED])


class Keys(RuleBasedStateMachine):
    """The model: the free keys in their order, who holds which, who waits."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._redis = connect(self.url)
        self._do(self._redis.flushall())
        self._store = ProcessStore(self._redis)
        self._do(self._store.create(JOB, 3))
        self._size = 3
        #: Key → its place; None: never completed.
        self._free: dict[int, int] = dict.fromkeys(range(3), 0)
        self._held: dict[str, int] = {}
        self._line: list[str] = []
        self._ended: list[str] = []
        self._completed: dict[int, int] = {}
        self._interrupted: dict[int, int] = {}
        self._checkpoints: dict[int, str] = {}
        self._fence = self._turn = 0

    def teardown(self) -> None:
        self._do(self._redis.aclose())
        self._runner.close()

    @rule(wait=st.booleans())
    def acquire(self, wait: bool) -> None:
        own = str(uuid4())
        got = self._do(self._store.acquire(Wanted(JOB, "m", lease_seconds=3600), own, wait=wait))
        if self._free:
            self._got(got.lease, own, self._first())
        else:
            assert got.lease is None
            self._line += [own] if wait else []

    @precondition(lambda self: self._line)
    @rule(pick=PICK, accept=st.booleans())
    def leave(self, pick: int, accept: bool) -> None:
        own = self._line.pop(pick % len(self._line))
        assert self._do(self._store.leave(own, accept=accept)).lease is None

    @precondition(lambda self: self._held)
    @rule(pick=PICK, ending=ENDINGS)
    def release(self, pick: int, ending: Ending) -> None:
        own = list(self._held)[pick % len(self._held)]
        self._do(self._store.release(own, ending))
        self._end(own, ending)

    @precondition(lambda self: self._held)
    @rule(pick=PICK)
    def expire(self, pick: int) -> None:
        own = list(self._held)[pick % len(self._held)]
        self._do(self._redis.zadd(f"speedy:processes:expiry:default:{JOB}", {str(self._held[own]): 1}))
        self._do(self._store.get(JOB))
        self._end(own, Ending.EXPIRED)

    @precondition(lambda self: self._held)
    @rule(pick=PICK, text=st.sampled_from(["1", '"x"']))
    def checkpoint(self, pick: int, text: str) -> None:
        own = list(self._held)[pick % len(self._held)]
        assert self._do(self._store.checkpoint(own, text)).checkpoint == text
        self._checkpoints[self._held[own]] = text

    @rule(size=st.integers(1, 5))
    def resize(self, size: int) -> None:
        self._do(self._store.resize(JOB, size))
        leased = set(self._held.values())
        for key in set(range(5)) - leased:
            if key >= size:
                self._forget(key)
            elif key >= self._size:
                self._free[key] = 0
        self._size = size
        self._serve()

    @precondition(lambda self: self._ended)
    @rule(pick=PICK)
    def use_an_ended_lease(self, pick: int) -> None:
        own = self._ended[pick % len(self._ended)]
        for call in (self._store.release(own), self._store.renew(own), self._store.checkpoint(own, "0")):
            with pytest.raises(KeyNotHeld):
                self._do(call)

    @invariant()
    def the_list_shows_the_model(self) -> None:
        shown = self._do(self._store.keys(JOB))
        assert {key.external_id: key.key for key in shown if key.external_id} == self._held
        assert {key.key for key in shown if not key.external_id} == set(self._free)
        assert not (self._free and self._line)

    def _first(self) -> int:
        return min(self._free, key=lambda key: (self._free[key], key))

    def _got(self, lease: Any, own: str, key: int) -> None:
        assert lease is not None
        assert (lease.batch_key.key, lease.checkpoint) == (key, self._checkpoints.get(key))
        assert lease.fence > self._fence
        self._fence = lease.fence
        del self._free[key]
        self._held[own] = key

    def _serve(self) -> None:
        while self._free and self._line:
            own = self._line.pop(0)
            got = self._do(self._store.acquire(Wanted(JOB, "m", lease_seconds=3600), own, wait=True))
            self._got(got.lease, own, self._first())

    def _end(self, own: str, ending: Ending) -> None:
        key = self._held.pop(own)
        self._ended.append(own)
        self._turn += 1
        place = self._turn
        if ending is Ending.COMPLETED:
            self._completed[key] = place
            self._interrupted.pop(key, None)
        elif ending is not Ending.FAILED:
            self._interrupted[key] = self._interrupted.get(key, 0) + 1
            if self._interrupted[key] == 1:
                place = self._completed.get(key, 0)
        if key < self._size:
            self._free[key] = place
        else:
            self._forget(key)
        self._serve()

    def _forget(self, key: int) -> None:
        for known in (self._free, self._completed, self._interrupted, self._checkpoints):
            known.pop(key, None)  # type: ignore[attr-defined]

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)


def test_random_operations_agree_with_the_model(redis_url: str) -> None:
    Keys.url = redis_url
    run_state_machine_as_test(
        Keys,
        settings=settings(
            max_examples=60, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
