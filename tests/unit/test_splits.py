"""How files are cut into what tasks read."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from functions.storage.reading.splits import File, Split, plan

MB = 1 << 20


def files(*sizes: int, ending: str = "") -> list[File]:
    return [File(f"/{place}{ending}", size) for place, size in enumerate(sizes)]


def test_no_files_and_files_without_bytes_need_no_task() -> None:
    assert plan([], parallelism=2) == []
    assert plan(files(0, 0), parallelism=2) == []


def test_a_large_file_is_cut_into_ranges_that_meet() -> None:
    (whole,) = files(100 * MB)
    found = [split for task in plan([whole], parallelism=2) for split in task]
    assert len(found) == 4
    assert found[0].start == 0
    assert found[-1].end == whole.size
    assert all(one.end == other.start for one, other in pairwise(found))


def test_a_file_of_moderate_size_is_shared_by_all_cores() -> None:
    assert len(plan(files(20 * MB), parallelism=4)) == 4


def test_a_small_file_is_not_worth_two_tasks() -> None:
    assert len(plan(files(100_000), parallelism=4)) == 1


def test_a_packed_file_is_one_split_whatever_its_size() -> None:
    for ending in (".gz", ".bz2", ".zst", ".zstd"):
        assert plan(files(500 * MB, ending=ending), parallelism=2) == [[Split(f"/0{ending}", 0, 500 * MB, 500 * MB)]]


def test_many_small_files_share_few_tasks_in_their_order() -> None:
    wanted = files(*[1000] * 1000)
    tasks = plan(wanted, parallelism=2)
    assert len(tasks) <= 34
    assert [split.place for task in tasks for split in task] == [file.place for file in wanted]


def test_what_the_folders_tell_goes_with_each_split() -> None:
    partition = (("year", "2024"),)
    tasks = plan([File("/a", 100 * MB, partition)], parallelism=1)
    assert {split.partition for task in tasks for split in task} == {partition}


@given(st.lists(st.integers(0, 5000), max_size=30), st.integers(1, 8), st.integers(1, 3000), st.integers(0, 500))
def test_each_byte_of_each_file_is_in_one_split(
    sizes: list[int], parallelism: int, max_bytes: int, open_cost: int
) -> None:
    wanted = files(*sizes)
    tasks = plan(wanted, parallelism=parallelism, max_bytes=max_bytes, open_cost=open_cost)
    assert tasks == plan(wanted, parallelism=parallelism, max_bytes=max_bytes, open_cost=open_cost)
    assert all(tasks)
    found = [split for task in tasks for split in task]
    for file in wanted:
        edges = [(split.start, split.end) for split in found if split.place == file.place]
        assert sum(end - start for start, end in edges) == file.size
        assert edges == sorted(edges)
        assert all(start < end for start, end in edges)
    assert all(split.end - split.start <= max_bytes for split in found)
