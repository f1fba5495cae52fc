"""Outputs move from Redis to the disk, where they stay."""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from server.batches.dispatching import Kind
from server.batches.output_resource import OutputResource, OutputsChanged, Place
from server.batches.outputs import Outputs
from server.errors import OutputsUnavailable
from server.waiting import Waiting
from tests.store.batch_hand import BatchHand


async def called(batches: BatchHand, *keys: str) -> str:
    """A batch whose inputs have outputs, in this order, all in Redis."""
    batch_id = await batches.filled(*keys, concurrency=10_000)
    await batches.hold("one")
    await batches.take(batch_id, "one", most=10_000)
    await batches.output(batch_id, "one", *keys)
    return batch_id


async def test_outputs_are_read_in_the_order_of_keys_and_in_that_in_which_they_came(batches: BatchHand) -> None:
    keys = ["b", "é", "a10", "a9", "B", "\U0001f600", "~", "\uffff"]
    batch_id = await called(batches, *keys)
    await batches.outputs.move(batch_id)
    by_key = [key for key, _ in await batches.outputs.by_key(batch_id, None, 100)]
    assert by_key == sorted(keys, key=str.encode)
    came = [json.loads(text)["key"] for _, text in await batches.outputs.by_sequence(batch_id, 0, 100)]
    assert came == keys

    found: list[str] = []
    while rows := await batches.outputs.by_key(batch_id, found[-1] if found else None, 3):
        assert len(rows) <= 3
        found += [key for key, _ in rows]
    assert found == by_key
    numbers: list[int] = []
    while row := await batches.outputs.by_sequence(batch_id, numbers[-1] if numbers else 0, 1):
        numbers.append(row[0][0])
    assert numbers == list(range(1, len(keys) + 1))


async def test_what_is_on_the_disk_is_no_longer_in_redis(batches: BatchHand, redis: Redis) -> None:
    batch_id = await called(batches, *(f"{number}" for number in range(3000)))
    turn = await batches.turn(batch_id, "one")
    assert turn.unmoved == 3000
    assert turn.unmoved_bytes > 3000 * 40
    for _ in range(2):
        await batches.outputs.move(batch_id)
        turn = await batches.turn(batch_id, "one")
        assert (turn.unmoved, turn.unmoved_bytes) == (0, 0)
    assert await redis.hget(f"speedy:batch:{batch_id}", "held_bytes") == "0"
    assert await redis.exists(f"speedy:batch:{batch_id}:outputs", f"speedy:batch:{batch_id}:inputs") == 0
    assert len(await batches.kept(batch_id)) == 3000


async def test_outputs_that_are_moved_twice_are_there_once(batches: BatchHand) -> None:
    batch_id = await called(batches, "a", "b")
    _, outputs = await batches.store.unmoved(batch_id)
    file = batches.outputs.file(batch_id)
    for _ in range(2):  # whoever moved them died before Redis was told
        file.add(outputs)
    for _ in range(2):
        assert await batches.store.moved(batch_id, outputs)
    turn = await batches.turn(batch_id, "one")
    assert (turn.unmoved, turn.unmoved_bytes) == (0, 0)
    assert [one["key"] for one in await batches.kept(batch_id)] == ["a", "b"]


async def test_outputs_that_two_move_at_once_are_there_once(batches: BatchHand, tmp_path: Path) -> None:
    keys = [f"{number:05}" for number in range(4000)]
    batch_id = await called(batches, *keys)
    others = [Outputs(batches.store, tmp_path / "batches") for _ in range(3)]
    await asyncio.gather(*(one.move(batch_id) for one in others))
    assert [one["key"] for one in await batches.kept(batch_id)] == keys
    assert (await batches.turn(batch_id, "one")).unmoved_bytes == 0


async def test_moving_outputs_ends_though_calls_give_ever_more(batches: BatchHand) -> None:
    keys = [f"{number}" for number in range(50)]
    batch_id = await batches.filled(*keys, concurrency=50)
    await batches.hold("one")
    await batches.take(batch_id, "one")
    await batches.output(batch_id, "one", keys.pop())
    moved = batches.store.moved

    async def moved_while_a_call_ends(*arguments: Any) -> bool:
        is_there = await moved(*arguments)
        await batches.output(batch_id, "one", keys.pop())
        return is_there

    batches.store.moved = moved_while_a_call_ends  # type: ignore[method-assign]
    await batches.outputs.move(batch_id)
    assert len(keys) == 48
    assert [output for _, output in await batches.outputs.by_sequence(batch_id, 0, 100)] == [
        '{"key": "49", "value": "49"}'
    ]


async def test_an_old_output_that_comes_late_does_not_replace_a_newer_one(batches: BatchHand) -> None:
    batch_id = await batches.filled("a")
    await batches.hold("one")
    await batches.take(batch_id, "one")
    await batches.output(batch_id, "one", "a", kind=Kind.FAILED)
    _, old = await batches.store.unmoved(batch_id)
    await batches.outputs.move(batch_id)
    await batches.retry(batch_id)
    assert await batches.kept(batch_id) == []
    await batches.take(batch_id, "one")
    await batches.output(batch_id, "one", "a")
    # The mover was slow: Redis holds the newer output still, then the disk does.
    await batches.store.moved(batch_id, old)
    assert await batches.places(batch_id, "a") == ["outputs"]
    await batches.outputs.move(batch_id)
    batches.outputs.file(batch_id).add(old)
    assert await batches.kept(batch_id) == [{"key": "a", "value": "a"}]


async def test_a_file_of_a_batch_that_is_removed_meanwhile_does_not_stay(batches: BatchHand, tmp_path: Path) -> None:
    batch_id = await called(batches, "a")
    _, outputs = await batches.store.unmoved(batch_id)
    await batches.store.delete(batch_id)
    await batches.outputs.delete(batch_id)
    batches.outputs.file(batch_id).add(outputs)  # by another process, which then dies
    kept = await called(batches, "b")
    await batches.outputs.move(kept)
    await batches.outputs.sweep()
    assert {path.name.partition(".")[0] for path in (tmp_path / "batches").iterdir()} == {kept}
    assert [one["key"] for one in await batches.kept(kept)] == ["b"]


async def test_a_file_that_cannot_be_removed_keeps_no_other(batches: BatchHand, tmp_path: Path) -> None:
    folder = tmp_path / "batches"
    names = ["a.sqlite", "b.sqlite", "c.sqlite"]
    for name in names:
        (folder / name).mkdir(parents=True)
    (folder / names[1]).rmdir()
    (folder / names[1]).write_bytes(b"")
    with pytest.raises(OutputsUnavailable):
        await batches.outputs.sweep()
    assert sorted(path.name for path in folder.iterdir()) == [names[0], names[2]]


async def test_old_drafts_of_files_are_swept_and_all_else_stays(batches: BatchHand, tmp_path: Path) -> None:
    batch_id = await called(batches, "a")
    await batches.outputs.move(batch_id)
    folder = tmp_path / "batches"
    old = [f"{batch_id}.sqlite.{'a1' * 16}", f"gone.sqlite.{'b2' * 16}", f"gone.sqlite.{'b2' * 16}-wal"]
    stay = [f"{batch_id}.sqlite.{'c3' * 16}", f"{batch_id}.sqlite.notes"]
    for name in (*old, *stay):
        (folder / name).write_bytes(b"")
    two_days_ago = time.time() - 2 * 86_400
    for name in (*old, stay[1], f"{batch_id}.sqlite"):
        os.utime(folder / name, (two_days_ago, two_days_ago))
    await batches.outputs.sweep()
    assert {path.name for path in folder.iterdir()} == {f"{batch_id}.sqlite", *stay}
    assert [one["key"] for one in await batches.kept(batch_id)] == ["a"]


async def test_a_batch_without_outputs_has_no_file_and_reads_as_empty(batches: BatchHand, tmp_path: Path) -> None:
    batch_id = await batches.new()
    await batches.outputs.move(batch_id)
    assert await batches.outputs.by_key(batch_id, None, 5) == []
    assert await batches.outputs.by_sequence(batch_id, 0, 5) == []
    assert await batches.outputs.digests(batch_id, ["a"]) == {}
    await batches.outputs.sweep()
    await batches.outputs.delete(batch_id)
    assert not (tmp_path / "batches").exists()


async def test_outputs_that_are_taken_away_while_they_are_sent_break_the_answer_off(batches: BatchHand) -> None:
    batch_id = await called(batches, "a", "b")
    await batches.outputs.move(batch_id)
    batch = await batches.get(batch_id)
    resource = OutputResource(batches.store, batches.outputs, Waiting(batches.store.changes()))
    assert [len(block) async for block in resource._all(batch)] == [2]
    await batches.outputs.delete(batch_id)
    with pytest.raises(OutputsChanged):
        async for _ in resource._all(batch):
            pass


async def test_an_output_that_is_moved_late_is_not_passed_over_by_who_follows(batches: BatchHand) -> None:
    batch_id = await batches.filled("a", "b", "c")
    await batches.hold("one")
    await batches.take(batch_id, "one")
    await batches.output(batch_id, "one", "a")
    await batches.outputs.move(batch_id)
    batch = await batches.get(batch_id)
    # After that two more came; another process moved the last of them, and not yet the one before.
    await batches.output(batch_id, "one", "b", "c")
    _, outputs = await batches.store.unmoved(batch_id)
    batches.outputs.file(batch_id).add([one for one in outputs if one.key == "c"])
    resource = OutputResource(batches.store, batches.outputs, Waiting(batches.store.changes()))
    page, after = await resource._page(batch, Place("sequence", 0), 10)
    assert [json.loads(one)["key"] for one in page] == ["a"]
    await batches.outputs.move(batch_id)
    assert after is not None
    page, _ = await resource._page(await batches.get(batch_id), after, 10)
    assert [json.loads(one)["key"] for one in page] == ["b", "c"]


async def test_a_disk_that_cannot_be_written_is_told_and_loses_nothing(batches: BatchHand) -> None:
    batch_id = await called(batches, "a")
    place = batches.outputs.file(batch_id).path
    place.mkdir(parents=True)
    with pytest.raises(OutputsUnavailable):
        await batches.outputs.move(batch_id)
    place.rmdir()
    await batches.outputs.move(batch_id)
    assert [one["key"] for one in await batches.kept(batch_id)] == ["a"]
