"""Dispatchers share a batch: its inputs are given out, and what calls gave is taken in, once."""

from __future__ import annotations

import asyncio
import random
import time

import pytest

from server.batches.batch import State
from server.batches.dispatching import Kind, Result, TakenForDead
from tests.store.batch_hand import BatchHand, fast_breaker

KEYS = [f"k{number:03}" for number in range(100)]
PATIENT = fast_breaker(failures=1_000_000)


async def test_inputs_are_given_in_the_order_in_which_they_came(batches: BatchHand) -> None:
    batch_id = await batches.filled("b", "a", "c", concurrency=2)
    await batches.hold("one")
    assert await batches.take(batch_id, "one") == ["b", "a"]
    await batches.output(batch_id, "one", "b")
    assert await batches.take(batch_id, "one") == ["c"]


async def test_the_concurrency_is_never_exceeded_by_two_dispatchers_at_once(batches: BatchHand) -> None:
    batch_id = await batches.filled(*KEYS, concurrency=7)
    await batches.hold("one", "two")
    seen: list[int] = []
    dealt = random.Random(1)

    async def work(holder: str) -> None:
        held: list[str] = []
        while (await batches.get(batch_id)).counts.outputs < len(KEYS):
            done = [held.pop() for _ in range(dealt.randint(0, len(held)))]
            turn = await batches.turn(batch_id, holder, [batches.result(key) for key in done], most=5)
            held += [taken.key for taken in turn.inputs]
            seen.append((await batches.get(batch_id)).counts.in_flight)

    await asyncio.gather(work("one"), work("two"))
    assert max(seen) == 7
    assert [one["key"] for one in await batches.kept(batch_id)] == KEYS


async def test_a_dispatcher_gets_no_more_than_it_asks_for(batches: BatchHand) -> None:
    batch_id = await batches.filled(*KEYS, concurrency=50)
    await batches.hold("one")
    assert await batches.take(batch_id, "one", most=0) == []
    assert await batches.take(batch_id, "one", most=3) == KEYS[:3]


@pytest.mark.parametrize("kind", [Kind.AGAIN, Kind.LATER])
async def test_an_input_is_called_again_after_its_pause_with_its_next_attempt(batches: BatchHand, kind: Kind) -> None:
    batch_id = await batches.filled("a", breaker=PATIENT)
    await batches.hold("one")
    await batches.take(batch_id, "one")
    turn = await batches.turn(batch_id, "one", [Result("a", kind, pause_ms=60_000)])
    assert turn.inputs == ()
    assert turn.wait_seconds == pytest.approx(60, abs=1)
    assert (await batches.get(batch_id)).counts.retrying == 1

    other = await batches.filled("b", breaker=PATIENT)
    await batches.take(other, "one")
    begun = time.monotonic()
    await batches.turn(other, "one", [Result("b", kind, pause_ms=80)])
    turn = await batches.until_taken(other, "one", "b")
    assert time.monotonic() - begun > 0.07
    assert turn.inputs[0].attempt == 2


async def test_a_result_that_is_handed_in_twice_counts_once(batches: BatchHand) -> None:
    batch_id = await batches.filled("a", "b", "c", breaker=PATIENT)
    await batches.hold("one")
    await batches.take(batch_id, "one")
    results = [
        batches.result("a"),
        batches.result("b", Kind.REFUSED),
        Result("c", Kind.AGAIN, pause_ms=60_000),
    ]
    for _ in range(2):
        await batches.turn(batch_id, "one", results, most=0)
        counts = (await batches.get(batch_id)).counts
        assert (counts.outputs, counts.failed, counts.retrying, counts.in_flight) == (2, 1, 1, 0)
    assert [await batches.places(batch_id, key) for key in "abc"] == [["outputs"], ["outputs"], ["delayed"]]


async def test_a_result_of_another_and_of_an_unknown_input_is_ignored(batches: BatchHand) -> None:
    batch_id = await batches.filled("a", "b", concurrency=1)
    await batches.hold("one", "two")
    await batches.take(batch_id, "one")
    await batches.output(batch_id, "two", "a", "b", "unknown")
    assert (await batches.get(batch_id)).counts.outputs == 0
    assert await batches.places(batch_id, "a") == ["flying"]
    assert await batches.places(batch_id, "b") == ["waiting"]


async def test_what_a_reaped_dispatcher_hands_in_late_is_ignored(batches: BatchHand) -> None:
    batch_id = await batches.filled("a", "b")
    await batches.hold("one", "two")
    await batches.take(batch_id, "one")
    await batches.kill("one")
    for left in (2, 0):
        assert await batches.store.reap(batch_id) == left
    assert sorted(await batches.take(batch_id, "two")) == ["a", "b"]
    late = Result("a", Kind.OUTPUT, '{"key":"a","value":"late"}')
    with pytest.raises(TakenForDead):
        await batches.store.turn(batch_id, "one", [late], held=0, most=5)
    await batches.output(batch_id, "two", "a", "b")
    with pytest.raises(TakenForDead):
        await batches.store.turn(batch_id, "one", [late], held=0, most=5)
    assert [one["value"] for one in await batches.kept(batch_id)] == ["a", "b"]
    assert (await batches.get(batch_id)).counts.outputs == 2


async def test_an_input_that_died_with_its_dispatcher_keeps_its_attempt(batches: BatchHand) -> None:
    batch_id = await batches.filled("a")
    await batches.hold("one", "two")
    await batches.take(batch_id, "one")
    await batches.kill("one")
    await batches.store.reap(batch_id)
    turn = await batches.turn(batch_id, "two")
    assert [(taken.key, taken.attempt) for taken in turn.inputs] == [("a", 1)]


async def test_the_dead_are_told_and_forgotten_and_the_living_left_alone(batches: BatchHand) -> None:
    batch_id = await batches.filled("a", "b", concurrency=2)
    await batches.hold("one", "two")
    assert await batches.take(batch_id, "one", most=1) == ["a"]
    assert await batches.take(batch_id, "two", most=1) == ["b"]
    await batches.kill("one")
    holding = await batches.store.hold("two", lease_seconds=60)
    assert (holding.dispatchers, holding.has_dead, holding.active) == (1, True, {batch_id})
    assert await batches.store.reap(batch_id) == 1
    assert await batches.places(batch_id, "b") == ["flying"]
    for _ in range(2):
        await batches.store.leave("", "", dead_before_ms=holding.at)
    assert not (await batches.store.hold("two", lease_seconds=60)).has_dead
    with pytest.raises(TakenForDead):
        await batches.store.hold("one", lease_seconds=60)


async def test_who_comes_with_a_slot_takes_the_place_of_who_had_it(batches: BatchHand) -> None:
    batch_id = await batches.filled("a")
    await batches.hold("one", slot="place")
    await batches.take(batch_id, "one")
    for _ in range(2):  # its answer may be lost
        holding = await batches.store.hold("two", lease_seconds=60, slot="place")
        assert (holding.dispatchers, holding.has_dead) == (1, True)
    with pytest.raises(TakenForDead):
        await batches.store.hold("one", lease_seconds=60)
    assert await batches.store.reap(batch_id) == 1
    assert await batches.take(batch_id, "two") == ["a"]
    # Who left late does not take the place of its successor away.
    await batches.store.leave("one", "place")
    assert (await batches.store.hold("three", lease_seconds=60, slot="place")).has_dead


async def test_inputs_of_a_lost_answer_show_and_are_given_back(batches: BatchHand) -> None:
    batch_id = await batches.filled("a", "b", "c", "d", concurrency=4)
    await batches.hold("one", "two")
    known = await batches.take(batch_id, "one", most=1)
    assert known == ["a"]
    await batches.take(batch_id, "two", most=1)
    await batches.take(batch_id, "one", most=1)  # its answer is lost
    turn = await batches.turn(batch_id, "one", held=1, most=1)
    assert turn.holds_more
    keep = [*known, *(taken.key for taken in turn.inputs)]
    for count in (1, 0):
        assert await batches.store.give_back(batch_id, "one", keep) == count
    assert not (await batches.turn(batch_id, "one", held=2, most=0)).holds_more
    assert await batches.places(batch_id, "c") == ["waiting"]
    assert await batches.places(batch_id, "b") == ["flying"]
    assert await batches.take(batch_id, "two") == ["c"]


async def test_a_dispatcher_that_ends_gives_back_all_of_its_own(batches: BatchHand) -> None:
    batch_id = await batches.filled("a", "b")
    await batches.hold("one", "two")
    await batches.take(batch_id, "one")
    assert await batches.store.give_back(batch_id, "one", ()) == 2
    for _ in range(2):
        await batches.store.leave("one", "slot of one")
    holding = await batches.store.hold("two", lease_seconds=60)
    assert (holding.dispatchers, holding.has_dead) == (1, False)
    assert sorted(await batches.take(batch_id, "two")) == ["a", "b"]


async def test_calls_are_begun_no_faster_than_the_rate(batches: BatchHand) -> None:
    batch_id = await batches.filled(*KEYS[:30], concurrency=100, rate_per_second=100)
    await batches.hold("one", "two")
    begun = time.monotonic()
    taken: list[str] = []
    while len(taken) < 30:
        for holder in ("one", "two"):
            turn = await batches.turn(batch_id, holder)
            taken += [one.key for one in turn.inputs]
            # What was missed is made up for 50 ms at most.
            assert len(taken) <= (time.monotonic() - begun) * 100 + 7
            assert len(taken) == 30 or turn.wait_seconds
        await batches.until_later()
    assert taken == KEYS[:30]


async def test_a_rate_below_one_a_second_gives_one_and_says_when_to_come_again(batches: BatchHand) -> None:
    batch_id = await batches.filled("a", "b", rate_per_second=0.1)
    await batches.hold("one")
    turn = await batches.turn(batch_id, "one")
    assert [taken.key for taken in turn.inputs] == ["a"]
    assert turn.wait_seconds == pytest.approx(10, abs=0.2)
    again = await batches.turn(batch_id, "one")
    assert again.inputs == ()
    assert again.wait_seconds == pytest.approx(10, abs=0.5)


async def test_the_lowest_rates_are_waited_for(batches: BatchHand) -> None:
    await batches.hold("one")
    for rate in (1e-6, 1e-17, 1e-300):
        batch_id = await batches.filled("a", "b", rate_per_second=rate)
        assert await batches.take(batch_id, "one") == ["a"]
        turn = await batches.turn(batch_id, "one")
        assert turn.inputs == ()
        assert turn.wait_seconds == 3600


async def test_the_concurrency_grows_from_one_to_its_whole(batches: BatchHand) -> None:
    slow = await batches.filled(*KEYS, concurrency=50, ramp_up_seconds=3600)
    await batches.hold("one")
    assert await batches.take(slow, "one") == [KEYS[0]]
    assert await batches.take(slow, "one") == []

    batch_id = await batches.filled(*KEYS, concurrency=50, ramp_up_seconds=0.3)
    begun = time.monotonic()
    grown: list[int] = []
    while (await batches.get(batch_id)).counts.in_flight < 50:
        turn = await batches.turn(batch_id, "one")
        grown.append((await batches.get(batch_id)).counts.in_flight)
        assert grown[-1] <= 50 * (time.monotonic() - begun) / 0.3 + 2
        assert grown[-1] == 50 or turn.wait_seconds
        await batches.until_later()
    assert grown[0] == 1
    assert grown == sorted(grown)


async def test_after_so_many_failures_in_a_row_calls_are_suspended_and_one_tries_again(batches: BatchHand) -> None:
    batch_id = await batches.filled(*KEYS[:10], concurrency=4, breaker=fast_breaker(cooldown_seconds=0.1))
    await batches.hold("one", "two")
    await batches.take(batch_id, "one", most=2)
    await batches.take(batch_id, "two", most=2)
    await batches.output(batch_id, "one", KEYS[0], KEYS[1], kind=Kind.FAILED)
    assert (await batches.get(batch_id)).suspended_until is None
    turn = await batches.turn(batch_id, "two", [batches.result(KEYS[2], Kind.FAILED)])
    assert turn.inputs == ()
    assert turn.wait_seconds == pytest.approx(0.1, abs=0.05)
    until = (await batches.get(batch_id)).suspended_until
    assert until is not None
    # The fourth call was under way; once it has ended one input tries the webhook, and no dispatcher another.
    await batches.output(batch_id, "two", KEYS[3], kind=Kind.FAILED)
    await batches.until_taken(batch_id, "one", KEYS[4])
    assert await batches.take(batch_id, "one") == []
    assert await batches.take(batch_id, "two") == []

    # In vain: the pause is twice as long.
    turn = await batches.turn(batch_id, "one", [batches.result(KEYS[4], Kind.FAILED)])
    assert turn.wait_seconds == pytest.approx(0.2, abs=0.05)
    await batches.until_taken(batch_id, "two", KEYS[5])
    turn = await batches.turn(batch_id, "two", [batches.result(KEYS[5])])
    assert [taken.key for taken in turn.inputs] == KEYS[6:10]
    assert (await batches.get(batch_id)).suspended_until is None


@pytest.mark.parametrize("kind", [Kind.OUTPUT, Kind.REFUSED])
async def test_any_answer_of_a_webhook_that_lives_begins_the_count_of_failures_anew(
    batches: BatchHand, kind: Kind
) -> None:
    batch_id = await batches.filled(*KEYS[:10], concurrency=10, breaker=fast_breaker())
    await batches.hold("one")
    await batches.take(batch_id, "one")
    await batches.output(batch_id, "one", KEYS[0], KEYS[1], kind=Kind.FAILED)
    await batches.output(batch_id, "one", KEYS[2], kind=kind)
    await batches.output(batch_id, "one", KEYS[3], KEYS[4], kind=Kind.FAILED)
    assert (await batches.get(batch_id)).suspended_until is None
    # One that asks for time has not failed, and has not lived up to anything either.
    await batches.output(batch_id, "one", KEYS[5], kind=Kind.LATER)
    await batches.output(batch_id, "one", KEYS[6], kind=Kind.FAILED)
    assert (await batches.get(batch_id)).suspended_until is not None


async def test_when_the_webhook_only_fails_for_too_long_what_waits_fails_too(batches: BatchHand) -> None:
    breaker = fast_breaker(give_up_seconds=0.1)
    batch_id = await batches.filled(*(f"{number}" for number in range(1200)), breaker=breaker)
    await batches.store.complete(batch_id)
    await batches.hold("one")
    keys = await batches.take(batch_id, "one", most=4)
    await batches.output(batch_id, "one", keys[0], kind=Kind.AGAIN)
    await batches.output(batch_id, "one", *keys[1:3], kind=Kind.FAILED)
    held = {keys[3]}
    for _ in range(1000):
        turn = await batches.turn(batch_id, "one", [batches.result(key, Kind.FAILED) for key in held])
        held = {taken.key for taken in turn.inputs}
        if turn.state is State.DONE:
            break
        await batches.until_later()
    counts = (await batches.get(batch_id)).counts
    assert (counts.outputs, counts.failed, counts.waiting, counts.in_flight) == (1200, 1200, 0, 0)
    given_up = [one for one in await batches.kept(batch_id) if "given up" in one["error"]["message"]]
    assert len(given_up) > 1000
    assert given_up[0]["error"]["statusCode"] is None


async def broken(batches: BatchHand, *keys: str) -> str:
    """A batch whose webhook failed for the first three keys."""
    batch_id = await batches.filled(*keys, concurrency=3, breaker=fast_breaker(give_up_seconds=60))
    await batches.hold("one")
    taken = await batches.take(batch_id, "one", most=3)
    await batches.output(batch_id, "one", *taken, kind=Kind.FAILED)
    assert (await batches.get(batch_id)).suspended_until is not None
    return batch_id


async def test_a_webhook_is_not_given_up_for_the_time_in_which_no_dispatcher_lived(batches: BatchHand) -> None:
    batch_id = await broken(batches, *KEYS[:6])
    await batches.pass_time(batch_id, 3_600_000)
    await batches.hold("two")
    turn = await batches.turn(batch_id, "two")
    assert [taken.key for taken in turn.inputs] == [KEYS[3]]
    assert (await batches.get(batch_id)).counts.outputs == 3
    # What passes while it is looked at counts.
    for _ in range(8):
        await batches.pass_time(batch_id, 9_000)
        await batches.output(batch_id, "two")
    assert (await batches.get(batch_id)).counts.outputs == 5


async def test_a_webhook_is_not_given_up_for_the_time_in_which_nothing_was_to_be_called(batches: BatchHand) -> None:
    batch_id = await broken(batches, *KEYS[:3])
    for _ in range(8):
        await batches.pass_time(batch_id, 9_000)
        await batches.output(batch_id, "one")
    await batches.add(batch_id, "late")
    assert await batches.take(batch_id, "one") == ["late"]


async def test_a_batch_without_work_is_none_of_the_dispatchers(batches: BatchHand) -> None:
    empty = await batches.new()
    batch_id = await batches.filled("a")
    await batches.hold("one")
    assert (await batches.store.hold("one", lease_seconds=60)).active == {batch_id}
    await batches.take(batch_id, "one")
    await batches.output(batch_id, "one", "a")
    await batches.store.complete(batch_id)
    assert (await batches.store.hold("one", lease_seconds=60)).active == set()
    assert (await batches.get(empty)).state is State.OPEN


async def test_who_waits_for_room_is_told_when_there_is_some(batches: BatchHand) -> None:
    batch_id = await batches.filled(*KEYS[:10], maxsize=10)
    assert (await batches.add(batch_id, "more")).taken == 0
    await batches.hold("one")
    async with batches.store.changes() as changes:
        with changes.watch(batch_id) as watch:
            while await watch.wait(0.01):
                pass  # the subscription itself rings
            await batches.take(batch_id, "one", most=2)
            assert await watch.wait(5)
    assert (await batches.add(batch_id, "more")).taken == 1
