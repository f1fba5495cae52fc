"""Cutting files into what tasks read: large ones into ranges, many small ones together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

#: Endings of files that are packed, and so read from their beginning to their end.
PACKED = (".gz", ".bz2", ".zst", ".zstd")


@dataclass(frozen=True)
class File:
    """A file to read."""

    #: Absolute local path, or `bucket/key`.
    place: str
    #: Bytes.
    size: int
    #: Columns that the names of its folders tell, `key=value`.
    partition: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Split:
    """Bytes `start` (of these) to `end` (not of these) of a file: what begins there is read."""

    place: str
    start: int
    end: int
    #: Bytes of the whole file.
    size: int
    partition: tuple[tuple[str, str], ...] = ()


def is_packed(place: str) -> bool:
    """Whether a file's name says that it is packed."""
    return place.endswith(PACKED)


def is_plain(place: str) -> bool:
    """Whether a file may be read in ranges, as far as packing goes."""
    return not is_packed(place)


def plan(
    files: Iterable[File],
    *,
    parallelism: int,
    splittable: Callable[[str], bool] = is_plain,
    max_bytes: int = 32 << 20,
    open_cost: int = 1 << 20,
) -> list[list[Split]]:
    """What each task reads: the same for the same files, in their order.

    Args:
        files: The files.
        parallelism: Tasks that can run at a time; fewer bytes than `max_bytes` a task where that keeps all busy.
        splittable: Whether the file at a place may be cut.
        max_bytes: Most bytes of a range, and of what one task reads, unless one file that cannot be cut is larger.
        open_cost: What opening a file costs, in bytes that could have been read meanwhile.

    Returns:
        The splits of each task; no file without bytes is among them.
    """
    wanted = [file for file in files if file.size > 0]
    total = sum(file.size + open_cost for file in wanted)
    bound = max(1, min(max_bytes, max(open_cost, -(-total // max(1, parallelism)))))
    tasks: list[list[Split]] = []
    filled = bound
    for file in wanted:
        for split in _cut(file, bound) if splittable(file.place) else [_whole(file)]:
            cost = split.end - split.start
            if filled + cost > bound:
                tasks.append([])
                filled = 0
            tasks[-1].append(split)
            filled += cost + open_cost
    return tasks


def _cut(file: File, bound: int) -> list[Split]:
    count = -(-file.size // bound)
    edges = [file.size * place // count for place in range(count + 1)]
    return [Split(file.place, start, end, file.size, file.partition) for start, end in pairwise(edges)]


def _whole(file: File) -> Split:
    return Split(file.place, 0, file.size, file.size, file.partition)
